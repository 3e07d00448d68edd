#!/usr/bin/env python3
"""Milliseconds of a QAT step beside PyTorch's: DS-CNN-S, batch 100, float32, one machine, one run, the same LibTorch.

    qat_step.py QAT_STEP [--rounds N] [--steps N] [--threads N] [--dropout]

The trainer's own step (QAT_STEP is that program) and torch.ao's FX graph mode QAT in channels_last take turns of a few
steps, so that a machine that turns slow slows both: what counts is the ratio. Then the same with distillation from
DS-CNN-L, run in every step (PyTorch's is traced, frozen and folded). Exits with 77 where PyTorch is not installed.
--dropout keeps the dropout of the model file in both networks; without it both are as in MLPerf Tiny.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "configs" / "models"


class Side:
    """A process that answers a number of steps with their milliseconds."""

    def __init__(self, command):
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.milliseconds = []
        self.rounds = []

    def take_turn(self, steps, counts=True):
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"qat_step.py: {self.process.args[0]} ended with {self.process.wait()}")
        if counts:
            self.rounds.append(statistics.median(json.loads(answer)))
            self.milliseconds += json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def quartile(values):
    return statistics.quantiles(values, n=4)[0] if len(values) > 1 else values[0]


def compare(title, ours, theirs, arguments):
    """Prints one comparison and returns it as a map."""
    sides = [Side(ours), Side(theirs)]
    for side in sides:
        side.take_turn(3, counts=False)
    for _ in range(arguments.rounds):
        for side in sides:
            side.take_turn(1, counts=False)  # the caches are the other's
            side.take_turn(arguments.steps)
    for side in sides:
        side.close()
    medians = [statistics.median(side.milliseconds) for side in sides]
    quartiles = [quartile(side.milliseconds) for side in sides]
    paired = [theirs / ours for ours, theirs in zip(*(side.rounds for side in sides))]
    result = {"ours_ms": {"median": medians[0], "p25": quartiles[0]},
              "torch_ms": {"median": medians[1], "p25": quartiles[1]},
              "ratio": {"median": medians[1] / medians[0], "p25": quartiles[1] / quartiles[0],
                        "of_rounds": statistics.median(paired)}}
    print(f"{title}: espalier {medians[0]:.1f} (p25 {quartiles[0]:.1f}) ms, PyTorch {medians[1]:.1f} "
          f"(p25 {quartiles[1]:.1f}) ms, ratio {result['ratio']['median']:.2f} (p25 {result['ratio']['p25']:.2f}, "
          f"median of rounds {result['ratio']['of_rounds']:.2f})", flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--dropout", action="store_true")
    arguments = parser.parse_args()
    if importlib.util.find_spec("torch") is None:
        print("SKIPPED: PyTorch is not installed")
        return 77
    more = ["--threads", arguments.threads] + (["--dropout"] if arguments.dropout else [])
    ours = [arguments.program, MODELS / "ds_cnn_s.yaml"]
    theirs = [sys.executable, HERE / "qat_step_peer.py"]
    results = {"qat": compare("QAT step", ours + more, theirs + more, arguments),
               "qat_distilled": compare("QAT step, distilled from DS-CNN-L", ours + [MODELS / "ds_cnn_l.yaml"] + more,
                                        theirs + ["--teacher"] + more, arguments)}
    print(json.dumps({"threads": arguments.threads, "batch": 100, **results}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
