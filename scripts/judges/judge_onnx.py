#!/usr/bin/env python3
"""Runs a float ONNX file in ONNX Runtime and compares its outputs with an archive.

    judge_onnx.py MODEL.onnx GOLDEN.npz [--json] [--tolerance 1e-4]

GOLDEN.npz holds float32 inputs x [samples, ...] and outputs y [samples, ...]. Passed: ONNX's own checker finds the file
well formed, and every |output - y| <= tolerance.
"""

import sys

import float_outputs


def load(path):
    import onnx
    import onnxruntime

    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return onnxruntime.__version__, lambda inputs: session.run(None, {name: inputs})[0]


if __name__ == "__main__":
    sys.exit(float_outputs.main("onnxruntime", load, __doc__))
