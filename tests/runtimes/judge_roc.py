#!/usr/bin/env python3
"""Areas under ROC curves against scikit-learn's: judge_roc.py ROC_AREAS. Exit code 77 where scikit-learn is missing."""
import random
import subprocess
import sys

try:
    from sklearn.metrics import roc_auc_score
except ImportError:
    print("scikit-learn is not installed; skipped")
    sys.exit(77)


def main():
    worst = 0.0
    for seed in range(40):
        chance = random.Random(seed)
        # Few different scores make ties, as integer reconstruction errors do.
        digits = seed % 4
        labels = [0, 1] + [int(chance.random() < 0.3) for _ in range(chance.randint(1, 300))]
        scores = [round(chance.gauss(0.8 * label, 1), digits) for label in labels]
        text = "".join(f"{score!r} {label}\n" for score, label in zip(scores, labels))
        printed = subprocess.run([sys.argv[1]], input=text, capture_output=True, text=True, check=True).stdout.split()
        theirs = roc_auc_score(labels, scores), roc_auc_score(labels, scores, max_fpr=0.1)
        worst = max(worst, *(abs(float(own) - other) for own, other in zip(printed, theirs)))
    print(f"40 curves, area and partial area within {worst:.1e} of scikit-learn's")
    return 0 if worst < 1e-12 else 1


if __name__ == "__main__":
    sys.exit(main())
