#!/usr/bin/env python3
"""Loads an int8 TorchScript file in Python's PyTorch and compares with golden_ort.npz, byte for byte.

    judge_torchscript_int8.py MODEL.pt GOLDEN.npz [--json]

GOLDEN.npz holds int8 inputs x [samples, ...], channels last, the int8 outputs y of the integer twin in the arithmetic
ort_f32_even, and both encodings. Passed: under the engine qnnpack every byte agrees. What the process's default engine
gives, which is what a user gets who chooses none, is reported beside it.

Exit code: 0 agreement, 3 disagreement, 2 files that cannot be used, 77 PyTorch or NumPy is not installed.
"""

import argparse
import json
import sys
import warnings

from int8_outputs import difference

NOT_INSTALLED = 77
DISAGREES = 3
UNUSABLE = 2
JUDGE = "pytorch"


def codes(numpy, torch, path, golden, engine):
    """int8 outputs [samples, elements], channels last, of the file loaded under `engine`."""
    before, torch.backends.quantized.engine = torch.backends.quantized.engine, engine
    model = torch.jit.load(path, map_location="cpu").eval()
    real = (golden["x"].astype(numpy.float32) - numpy.float32(golden["input_zero_point"])) * golden["input_scale"]
    if real.ndim == 4:
        real = numpy.ascontiguousarray(real.transpose(0, 3, 1, 2))
    with torch.no_grad():
        outputs = model(torch.from_numpy(real)).numpy()
    torch.backends.quantized.engine = before
    if outputs.ndim == 4:
        outputs = outputs.transpose(0, 2, 3, 1)
    steps = numpy.rint(outputs / golden["output_scale"]) + golden["output_zero_point"]
    return steps.reshape(len(real), -1).astype(numpy.int32)


def compared(numpy, found, expected):
    if found.shape != expected.shape:
        raise ValueError("y has %d outputs, the model gives %d" % (expected.shape[1], found.shape[1]))
    return difference(numpy, found, expected)


def judge(arguments, numpy, torch):
    with numpy.load(arguments.golden, allow_pickle=False) as archive:
        golden = dict(archive)
    if golden["x"].dtype != numpy.int8 or golden["y"].dtype != numpy.int8 or not len(golden["x"]):
        raise ValueError("x and y must be int8 and hold at least one sample")
    expected = golden["y"].reshape(len(golden["y"]), -1).astype(numpy.int32)
    default = torch.backends.quantized.engine
    verdict = {
        "artifact": arguments.model,
        "judge": JUDGE,
        "version": torch.__version__,
        "engine": "qnnpack",
        "samples": int(len(expected)),
        **compared(numpy, codes(numpy, torch, arguments.model, golden, "qnnpack"), expected),
    }
    beside = compared(numpy, codes(numpy, torch, arguments.model, golden, default), expected)
    verdict["also"] = [{"judge": "pytorch, engine %s" % default, **beside}]
    verdict["passed"] = verdict["differing"] == 0
    if verdict["passed"]:
        verdict["reason"] = "engine qnnpack; under %s, Python's default here, %d of %d outputs differ, by up to %d" % (
            default, beside["differing"], beside["outputs"], beside["max_lsb"])  # fmt: skip
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model")
    parser.add_argument("golden")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    try:
        import numpy
        import torch

        verdict = judge(arguments, numpy, torch)
    except ImportError as missing:
        print(json.dumps({"judge": JUDGE, "not_run": str(missing)}) if arguments.json else "not run: %s" % missing)
        return NOT_INSTALLED
    except Exception as problem:  # noqa: BLE001 - PyTorch raises RuntimeError for a damaged file, and others
        print(json.dumps({"artifact": arguments.model, "judge": JUDGE, "passed": False, "error": str(problem)}))
        print("%s: %s: %s" % (JUDGE, arguments.model, str(problem).split("\n", 1)[0]), file=sys.stderr)
        return UNUSABLE
    print(json.dumps(verdict)) if arguments.json else print(
        "%(artifact)s: %(judge)s %(version)s, engine %(engine)s: %(samples)d samples, %(differing)d of %(outputs)d outputs "
        "differ, at most %(max_lsb)d LSB" % verdict
    )
    return 0 if verdict["passed"] else DISAGREES


if __name__ == "__main__":
    sys.exit(main())
