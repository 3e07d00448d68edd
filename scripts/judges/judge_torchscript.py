#!/usr/bin/env python3
"""Loads a TorchScript file in Python's PyTorch and compares its float outputs with an archive.

    judge_torchscript.py MODEL.pt GOLDEN.npz [--json] [--tolerance 1e-4]

GOLDEN.npz holds float32 inputs x [samples, ...] and outputs y [samples, ...]. Passed: every |output - y| <= tolerance.
"""

import sys

import float_outputs


def load(path):
    import torch

    model = torch.jit.load(path, map_location="cpu").eval()

    def run(inputs):
        with torch.no_grad():
            return model(torch.from_numpy(inputs)).numpy()

    return torch.__version__, run


if __name__ == "__main__":
    sys.exit(float_outputs.main("pytorch", load, __doc__))
