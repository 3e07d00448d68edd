#!/usr/bin/env python3
"""Runs an int8 ONNX file (QDQ) in ONNX Runtime and compares with golden_ort.npz, byte for byte.

    judge_onnx_int8.py MODEL.onnx GOLDEN.npz [--json]

GOLDEN.npz holds int8 inputs x [samples, ...], channels last, and the int8 outputs y of the integer twin in the arithmetic
ort_f32_even. Passed: ONNX's own checker finds the file well formed, ONNX Runtime fuses every convolution and every linear
layer into integer operators (QLinearConv, QGemm), and with session.x64quantprecision=1 every byte agrees. The same session
without that option is reported beside it: on x86 without VNNI its 16-bit sums saturate where weights exceed 7 bits.

Exit code: 0 agreement, 3 disagreement, 2 files that cannot be used, 77 the runtime or NumPy is not installed.
"""

import argparse
import collections
import json
import os
import sys
import tempfile

from int8_outputs import difference

NOT_INSTALLED = 77
DISAGREES = 3
UNUSABLE = 2
JUDGE = "onnxruntime"
FUSED = {"QLinearConv": "Conv", "QGemm": "Gemm"}


def encodings(numpy, onnx, model):
    """(scale, zero point, type) of the first QuantizeLinear and of the last DequantizeLinear: the file's two ends."""
    values = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    source, sink = model.graph.input[0].name, model.graph.output[0].name
    first = next(n for n in model.graph.node if n.op_type == "QuantizeLinear" and n.input[0] == source)
    last = next(n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.output[0] == sink)
    return [(numpy.float32(values[n.input[1]]), int(values[n.input[2]]) - 128) for n in (first, last)]


def session_of(onnxruntime, path, precise, optimized=None, level="EXTENDED"):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, "ORT_ENABLE_" + level)
    options.log_severity_level = 3
    if precise:
        options.add_session_config_entry("session.x64quantprecision", "1")
    if optimized:
        options.optimized_model_filepath = optimized
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def run(numpy, session, inputs, ends):
    """int8 [samples, ...] channels last -> int8 [samples, elements], channels last."""
    (scale, zero_point), (out_scale, out_zero_point) = ends
    real = (inputs.astype(numpy.float32) - numpy.float32(zero_point)) * scale
    if real.ndim == 4:
        real = numpy.ascontiguousarray(real.transpose(0, 3, 1, 2))
    outputs = session.run(None, {session.get_inputs()[0].name: real})[0]
    if outputs.ndim == 4:
        outputs = outputs.transpose(0, 2, 3, 1)
    codes = numpy.rint(outputs / out_scale) + out_zero_point
    return codes.reshape(len(inputs), -1).astype(numpy.int8)


def fused_layers(onnx, onnxruntime, path, model):
    """How many layers the file has, and how many of them ONNX Runtime runs in integers."""
    with tempfile.TemporaryDirectory() as folder:
        optimized = os.path.join(folder, "optimized.onnx")
        session_of(onnxruntime, path, True, optimized)
        found = collections.Counter(node.op_type for node in onnx.load(optimized).graph.node)
    layers = collections.Counter(node.op_type for node in model.graph.node)
    return {
        "layers": sum(layers[kind] for kind in FUSED.values()),
        "fused": sum(found[kind] for kind in FUSED),
        "operators": dict(sorted(found.items())),
    }


def judge(arguments, numpy, onnx, onnxruntime):
    with numpy.load(arguments.golden, allow_pickle=False) as golden:
        inputs, expected = golden["x"], golden["y"]
    if inputs.dtype != numpy.int8 or expected.dtype != numpy.int8 or len(inputs) != len(expected) or not len(inputs):
        raise ValueError("x and y must be int8 and hold as many samples, at least one")
    model = onnx.load(arguments.model)
    onnx.checker.check_model(model, full_check=True)
    ends = encodings(numpy, onnx, model)
    outputs = run(numpy, session_of(onnxruntime, arguments.model, True), inputs, ends)
    if outputs.size != expected.size:
        raise ValueError("y has %d values, the model gives %d" % (expected.size, outputs.size))
    verdict = {
        "artifact": arguments.model,
        "judge": JUDGE,
        "version": onnxruntime.__version__,
        "samples": int(len(inputs)),
        **difference(numpy, outputs, expected),
        **fused_layers(onnx, onnxruntime, arguments.model, model),
    }
    plain = run(numpy, session_of(onnxruntime, arguments.model, False, level="ALL"), inputs, ends)
    verdict["also"] = [{"judge": "onnxruntime, default session", **difference(numpy, plain, expected)}]
    verdict["reason"] = "%d of %d layers in integers; a default session differs in %d outputs here, by up to %d" % (
        verdict["fused"], verdict["layers"], verdict["also"][0]["differing"], verdict["also"][0]["max_lsb"])  # fmt: skip
    if verdict["differing"]:
        verdict["reason"] = "%d outputs differ, by up to %d; %s" % (verdict["differing"], verdict["max_lsb"], verdict["reason"])
    verdict["passed"] = verdict["differing"] == 0 and verdict["fused"] == verdict["layers"]
    if verdict["fused"] != verdict["layers"]:
        verdict["reason"] = "ONNX Runtime fused %d of %d layers" % (verdict["fused"], verdict["layers"])
    return verdict


def tell(verdict):
    print(
        "%(artifact)s: %(judge)s %(version)s: %(samples)d samples, %(differing)d of %(outputs)d outputs differ, at most "
        "%(max_lsb)d LSB; %(fused)d of %(layers)d layers in integers" % verdict
    )
    for other in verdict["also"]:
        print("  beside: " + json.dumps(other))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model")
    parser.add_argument("golden")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    try:
        import numpy
        import onnx
        import onnxruntime
    except ImportError as missing:
        print(json.dumps({"judge": JUDGE, "not_run": str(missing)}) if arguments.json else "not run: %s" % missing)
        return NOT_INSTALLED
    try:
        verdict = judge(arguments, numpy, onnx, onnxruntime)
    except Exception as problem:  # noqa: BLE001 - runtimes raise RuntimeError and classes of their own for a damaged file
        print(json.dumps({"artifact": arguments.model, "judge": JUDGE, "passed": False, "error": str(problem)}))
        print("%s: %s: %s" % (JUDGE, arguments.model, problem), file=sys.stderr)
        return UNUSABLE
    print(json.dumps(verdict)) if arguments.json else tell(verdict)
    return 0 if verdict["passed"] else DISAGREES


if __name__ == "__main__":
    sys.exit(main())
