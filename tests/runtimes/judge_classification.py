"""The project's metrics of classification against scikit-learn's, on random answers."""
import json
import subprocess
import sys

try:
    import numpy
    import sklearn
    from sklearn import metrics
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)


def judge(dump, labels, said, classes):
    text = f"{classes}\n" + "".join(f"{a} {b}\n" for a, b in zip(labels, said))
    found = json.loads(subprocess.run([dump], input=text, capture_output=True, text=True, check=True).stdout)
    names = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, said, labels=names, zero_division=0)
    for i, one in enumerate(found["classes"]):
        wanted = (precision[i], recall[i], f1[i], support[i])
        assert numpy.allclose((one["precision"], one["recall"], one["f1"], one["support"]), wanted, atol=1e-12), (i, one, wanted)
    assert abs(found["accuracy"] - metrics.accuracy_score(labels, said)) < 1e-12
    assert abs(found["macro_f1"] - metrics.f1_score(labels, said, average="macro", zero_division=0)) < 1e-12
    assert (numpy.array(found["confusion"]) == metrics.confusion_matrix(labels, said, labels=names)).all()


def main(dump):
    draw = numpy.random.default_rng(1)
    for classes in (2, 3, 5, 12):
        for samples in (1, 7, 400):
            shares = draw.dirichlet(numpy.full(classes, 0.5))  # some classes are rare or absent
            labels = draw.choice(classes, samples, p=shares)
            said = numpy.where(draw.random(samples) < 0.7, labels, draw.choice(classes, samples))
            judge(dump, labels.tolist(), said.tolist(), classes)
    print(f"scikit-learn {sklearn.__version__}: accuracy, precision, sensitivity, F1 and macro-F1 agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
