"""What the judges of float files share: the command line, the comparison, the verdict.

A judge gives its name, and a function that takes the model's path and returns (version, run), where run maps float32
inputs [samples, ...] to outputs. The function imports the runtime, so that a missing one is noticed.

Exit code: 0 agreement, 3 disagreement, 2 files that cannot be used, 77 the runtime or NumPy is not installed.
"""

import argparse
import json
import sys

NOT_INSTALLED = 77
DISAGREES = 3
UNUSABLE = 2


def compare(judge, load, arguments, numpy):
    with numpy.load(arguments.golden, allow_pickle=False) as golden:
        inputs, expected = golden["x"], golden["y"]
        labels = golden["labels"] if "labels" in golden.files else None
    if len(inputs) != len(expected) or not len(inputs):
        raise ValueError("x and y must hold as many samples, at least one")
    version, run = load(arguments.model)
    inputs = inputs.astype(numpy.float32)
    # What is quantized as it comes takes its range from the whole batch: such a file is asked sample by sample.
    alone = arguments.relative is not None
    outputs = numpy.concatenate([run(inputs[i:i + 1]) for i in range(len(inputs))]) if alone else run(inputs)
    if outputs.size != expected.size:
        raise ValueError("y has %d values, the model gives %d" % (expected.size, outputs.size))
    outputs, expected = outputs.reshape(len(inputs), -1), expected.reshape(len(inputs), -1)
    outputs, expected = outputs.astype(numpy.float64), expected.astype(numpy.float64)
    gap = numpy.abs(outputs - expected)
    # A NaN is never within the tolerance.
    differing = int(numpy.count_nonzero(~(gap <= arguments.tolerance)))
    verdict = {
        "artifact": arguments.model,
        "judge": judge,
        "version": version,
        "samples": int(len(inputs)),
        "outputs": int(gap.size),
        "differing": differing,
        "max_difference": float(gap.max()),
        "tolerance": arguments.tolerance,
        "passed": differing == 0,
    }
    if alone:
        relative = float(numpy.linalg.norm(outputs - expected) / numpy.linalg.norm(expected))
        largest = float(gap.max() / numpy.abs(expected).max())
        agreement = float((outputs.argmax(1) == expected.argmax(1)).mean())
        passed = relative <= arguments.relative and largest <= arguments.relative_largest
        verdict.update(agreement=agreement, relative=relative, largest=largest, tolerance=arguments.relative, passed=passed)
        verdict["reason"] = (
            "no twin: outputs off by %.2f %% in the mean square, allowed %g %%, and by %.1f %% of the largest at most, allowed "
            "%g %%; the float model's class in %.1f %% of the samples"
            % (100 * relative, 100 * arguments.relative, 100 * largest, 100 * arguments.relative_largest, 100 * agreement))  # fmt: skip
        if labels is not None and len(labels) == len(outputs):
            accuracies = [100 * float((logits.argmax(1) == labels).mean()) for logits in (outputs, expected)]
            verdict["accuracy"] = accuracies[0] / 100
            verdict["reason"] += "; accuracy %.1f %%, in float %.1f %%" % tuple(accuracies)
    return verdict


def main(judge, load, description):
    parser = argparse.ArgumentParser(description=description.split("\n", 1)[0])
    parser.add_argument("model")
    parser.add_argument("golden")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--relative", type=float, help="for files without a twin: their error as a share of y, root mean squares")
    parser.add_argument("--relative-largest", type=float, default=0.1, help="beside --relative: their largest error by y's largest value")
    arguments = parser.parse_args()
    try:
        import numpy

        verdict = compare(judge, load, arguments, numpy)
    except ImportError as missing:
        print(json.dumps({"judge": judge, "not_run": str(missing)}) if arguments.json else "not run: %s" % missing)
        return NOT_INSTALLED
    except Exception as problem:  # noqa: BLE001 - runtimes raise RuntimeError and classes of their own for a damaged file
        print(json.dumps({"artifact": arguments.model, "judge": judge, "passed": False, "error": str(problem)}))
        print("%s: %s: %s" % (judge, arguments.model, problem), file=sys.stderr)
        return UNUSABLE
    print(json.dumps(verdict)) if arguments.json else print(
        "%(artifact)s: %(judge)s %(version)s: %(samples)d samples, %(differing)d of %(outputs)d outputs differ by more "
        "than %(tolerance)g, at most %(max_difference)g" % verdict
    )
    return 0 if verdict["passed"] else DISAGREES
