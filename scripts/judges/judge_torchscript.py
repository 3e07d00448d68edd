#!/usr/bin/env python3
"""Loads a TorchScript file in Python's PyTorch and compares its float outputs with an archive.

    judge_torchscript.py MODEL.pt GOLDEN.npz [--json] [--tolerance 1e-4]

GOLDEN.npz holds float32 inputs x [samples, ...] and outputs y [samples, ...]. Passed: every |output - y| <= tolerance.

Exit code: 0 agreement, 3 disagreement, 2 files that cannot be used, 77 PyTorch or NumPy is not installed.
"""

import argparse
import json
import sys

NOT_INSTALLED = 77
DISAGREES = 3
UNUSABLE = 2


def judge(arguments, numpy, torch):
    with numpy.load(arguments.golden, allow_pickle=False) as golden:
        inputs, expected = golden["x"], golden["y"]
    if len(inputs) != len(expected) or not len(inputs):
        raise ValueError("x and y must hold as many samples, at least one")
    model = torch.jit.load(arguments.model, map_location="cpu").eval()
    with torch.no_grad():
        outputs = model(torch.from_numpy(inputs.astype(numpy.float32))).numpy()
    if outputs.size != expected.size:
        raise ValueError("y has %d values, the model gives %d" % (expected.size, outputs.size))
    gap = numpy.abs(outputs.reshape(-1).astype(numpy.float64) - expected.reshape(-1).astype(numpy.float64))
    # A NaN is never within the tolerance.
    differing = int(numpy.count_nonzero(~(gap <= arguments.tolerance)))
    return {
        "artifact": arguments.model,
        "judge": "pytorch",
        "version": torch.__version__,
        "samples": int(len(inputs)),
        "outputs": int(gap.size),
        "differing": differing,
        "max_difference": float(gap.max()),
        "tolerance": arguments.tolerance,
        "passed": differing == 0,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model")
    parser.add_argument("golden")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_args()
    try:
        import numpy
        import torch
    except ImportError as missing:
        print(json.dumps({"judge": "pytorch", "not_run": str(missing)}) if arguments.json else "not run: %s" % missing)
        return NOT_INSTALLED
    try:
        verdict = judge(arguments, numpy, torch)
    except Exception as problem:  # noqa: BLE001 - torch.jit.load raises RuntimeError and more for a damaged file
        print(json.dumps({"artifact": arguments.model, "judge": "pytorch", "passed": False, "error": str(problem)}))
        print("judge_torchscript.py: %s: %s" % (arguments.model, problem), file=sys.stderr)
        return UNUSABLE
    print(json.dumps(verdict)) if arguments.json else print(
        "%(artifact)s: PyTorch %(version)s: %(samples)d samples, %(differing)d of %(outputs)d outputs differ by more than "
        "%(tolerance)g, at most %(max_difference)g" % verdict
    )
    return 0 if verdict["passed"] else DISAGREES


if __name__ == "__main__":
    sys.exit(main())
