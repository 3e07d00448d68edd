#!/usr/bin/env python3
"""The estimate of `trainer profile` beside published times of the same networks on real boards.

    latency_against_published.py TRAINER ARCHIVE.tar.gz [--markdown]

ARCHIVE holds MLPerf Tiny's reference models. published_latency.csv says which time is whose and what it was used for: `fit`,
the target's cycles were fitted to it; `test`, the same engine on a network that no fit saw; `other`, another engine on the same
board. Exit code: 0; 1 when the largest error of `test` on the microcontrollers leaves 20 %; 77 when the archive is absent.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

MODELS = {
    "kws": "kws_ref_model_int8.tflite",
    "ic": "ic_resnet8_int8.tflite",
    "vww": "vww_96_int8.tflite",
    "ad": "ad01_int8.tflite",
}
LARGEST_ERROR = 0.20
NOT_MICROCONTROLLERS = ("raspberry_pi_4",)


class Profiler:
    """Cycles by `trainer profile`, asked once for each model, target and runtime."""

    def __init__(self, trainer, models):
        self.trainer, self.models, self.known = trainer, models, {}

    def cycles(self, network, target, runtime):
        key = (network, target, runtime)
        if key not in self.known:
            command = [self.trainer, "profile", str(self.models[network]), "--target", target, "--runtime", runtime, "--json"]
            self.known[key] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["cycles"]
        return self.known[key]


def compared(profiler):
    with open(pathlib.Path(__file__).with_name("published_latency.csv"), newline="") as file:
        for row in csv.DictReader(file):
            row["estimate"] = profiler.cycles(row["network"], row["target"], row["runtime"]) / (float(row["mhz"]) * 1e3)
            row["error"] = row["estimate"] / float(row["milliseconds"]) - 1
            yield row


def tell(rows, markdown):
    head = ("board", "engine", "by", "network", "published ms", "estimated ms", "error", "use")
    table = [
        (row["board"], row["engine"], row["runtime"], row["network"], row["milliseconds"], "%.4g" % row["estimate"],
         "%+.0f %%" % (100 * row["error"]), row["use"])
        for row in rows
    ]  # fmt: skip
    if markdown:
        print("| %s |\n|%s" % (" | ".join(head), "---|" * len(head)))
        for line in table:
            print("| %s |" % " | ".join(line))
        return
    widths = [max(len(line[i]) for line in [head, *table]) for i in range(len(head))]
    for line in [head, *table]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def summary(rows):
    """Prints the error by board and use; returns the largest of `test` on a microcontroller."""
    print("\nmean of the absolute errors (largest):")
    for board in dict.fromkeys(row["board"] for row in rows):
        parts = []
        for use in ("fit", "test", "other"):
            errors = [abs(row["error"]) for row in rows if row["board"] == board and row["use"] == use]
            if errors:
                parts.append("%s %.0f %% (%.0f %%)" % (use, 100 * sum(errors) / len(errors), 100 * max(errors)))
        print("  %-18s %s" % (board, ", ".join(parts)))
    return max(abs(row["error"]) for row in rows if row["use"] == "test" and row["target"] not in NOT_MICROCONTROLLERS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("trainer")
    parser.add_argument("archive")
    parser.add_argument("--markdown", action="store_true")
    arguments = parser.parse_args()
    if not pathlib.Path(arguments.archive).exists():
        print("skipped: %s is absent" % arguments.archive)
        return 77
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(arguments.archive) as files:
            files.extractall(name, filter="data")
        models = {network: next(pathlib.Path(name).rglob(file)) for network, file in MODELS.items()}
        rows = list(compared(Profiler(arguments.trainer, models)))
    tell(rows, arguments.markdown)
    largest = summary(rows)
    print("\nlargest error on a network that no fit saw, microcontrollers: %.0f %% (allowed %.0f %%)" % (100 * largest, 100 * LARGEST_ERROR))
    return 1 if largest > LARGEST_ERROR else 0


if __name__ == "__main__":
    sys.exit(main())
