#!/usr/bin/env python3
"""Reads what the exporter writes with code that others wrote: LiteRT's generated schema and NumPy.

    read_exported_files.py PROGRAM     (random_programs_to_tflite)

Exit code: 0 all as it should be, 1 not, 77 the packages are not installed.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy
    from ai_edge_litert import schema_py_generated as schema
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)

FOLDER = None
VERSIONS = {
    "ADD": {2}, "AVERAGE_POOL_2D": {2}, "CONCATENATION": {2}, "CONV_2D": {3}, "DEPTHWISE_CONV_2D": {3}, "MAX_POOL_2D": {2},
    "FULLY_CONNECTED": {4, 12}, "HARD_SWISH": {1}, "LOGISTIC": {2}, "MUL": {2}, "RESHAPE": {1}, "SOFTMAX": {2}, "PAD": {2}, "PADV2": {2}, "MEAN": {2}, "QUANTIZE": {2},
}  # fmt: skip
NAMES = {value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")}
WEIGHT_AXIS = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0}


def models():
    for path in sorted(FOLDER.glob("*.tflite")):
        yield path.stem, schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)


def operators():
    """(label, model, tensors, operator, its code's table, name)"""
    for stem, model in models():
        graph = model.subgraphs[0]
        for index, operator in enumerate(graph.operators):
            code = model.operatorCodes[operator.opcodeIndex]
            name = NAMES[code.builtinCode]
            yield "%s %d %s" % (stem, index, name), model, graph.tensors, operator, code, name


class Schema(unittest.TestCase):
    def test_versions_and_codes(self):
        seen = set()
        for label, _, _, _, code, name in operators():
            with self.subTest(label):
                self.assertIn(code.version, VERSIONS[name])
                self.assertEqual(code.deprecatedBuiltinCode, min(code.builtinCode, 127))
            seen.add(name)
        self.assertEqual(seen, set(VERSIONS), "every operator is exercised")

    def test_per_channel_dense_has_its_version(self):
        for label, _, tensors, operator, code, name in operators():
            if name == "FULLY_CONNECTED":
                scales = len(tensors[operator.inputs[1]].quantization.scale)
                with self.subTest(label):
                    self.assertEqual(code.version, 12 if scales > 1 else 4)

    def test_weights_and_biases(self):
        for label, model, tensors, operator, _, name in operators():
            if name not in WEIGHT_AXIS:
                continue
            with self.subTest(label):
                source, weights, bias = (tensors[i] for i in operator.inputs)
                self.assertEqual(weights.type, schema.TensorType.INT8)
                self.assertEqual(bias.type, schema.TensorType.INT32)
                for tensor in (weights, bias):
                    self.assertFalse(numpy.any(tensor.quantization.zeroPoint))
                    self.assertEqual(len(tensor.quantization.zeroPoint), len(tensor.quantization.scale))
                if len(weights.quantization.scale) > 1:
                    self.assertEqual(weights.quantization.quantizedDimension, WEIGHT_AXIS[name])
                self.assertEqual(bias.quantization.quantizedDimension, 0)
                expected = numpy.float32(source.quantization.scale[0]) * numpy.asarray(weights.quantization.scale, numpy.float32)
                numpy.testing.assert_array_equal(numpy.asarray(bias.quantization.scale, numpy.float32), expected)
                size = len(model.buffers[weights.buffer].data)
                self.assertEqual(size, int(numpy.prod(weights.shape)))

    def test_depth_multiplier(self):
        for label, _, _, operator, _, name in operators():
            if name == "DEPTHWISE_CONV_2D":
                with self.subTest(label):
                    self.assertEqual(operator.builtinOptions.depthMultiplier, 1)

    def test_activations(self):
        for stem, model in models():
            with self.subTest(stem):
                self.assertEqual(model.version, 3)
                self.assertIsNone(model.buffers[0].data)
                for tensor in model.subgraphs[0].tensors:
                    if tensor.buffer == 0:
                        self.assertEqual(tensor.type, schema.TensorType.INT8)
                        self.assertEqual(tensor.shape[0], 1)
                        self.assertEqual(len(tensor.quantization.scale), 1)

    def test_metadata(self):
        for stem, model in models():
            with self.subTest(stem):
                entries = {m.name.decode(): bytes(model.buffers[m.buffer].data) for m in model.metadata}
                self.assertEqual(len(entries["min_runtime_version"]), 16)
                self.assertRegex(entries["min_runtime_version"].rstrip(b"\0").decode(), r"^\d+\.\d+\.\d+$")
                self.assertEqual(json.loads(entries["espalier.front_end"]), {})
                if stem.startswith("ds_cnn"):
                    self.assertEqual(json.loads(entries["espalier.labels"])[3], 'word "3"')


class Archives(unittest.TestCase):
    def test_every_type(self):
        with numpy.load(FOLDER / "every_type.npz", allow_pickle=False) as arrays:
            numpy.testing.assert_array_equal(arrays["bytes"], numpy.array([[-128, -1], [0, 127]], numpy.int8))
            self.assertEqual(arrays["words"].dtype, numpy.int32)
            self.assertEqual(arrays["words"].tolist(), [-70000])
            self.assertEqual(arrays["long"].tolist(), [-1, 2**40])
            self.assertEqual(arrays["scale"].shape, ())
            self.assertEqual(arrays["scale"].dtype, numpy.float32)
            self.assertEqual(arrays["names"].tolist(), ["yes", "", "größer"])
            self.assertEqual(arrays["none"].shape, (0, 4))

    def test_golden(self):
        for stem, model in models():
            with self.subTest(stem), numpy.load(FOLDER / (stem + ".npz"), allow_pickle=False) as golden:
                graph = model.subgraphs[0]
                source, sink = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
                self.assertEqual(list(golden["x"].shape[1:]), list(source.shape[1:]))
                self.assertEqual(list(golden["y"].shape[1:]), list(sink.shape[1:]))
                self.assertEqual(golden["input_scale"], numpy.float32(source.quantization.scale[0]))
                self.assertEqual(golden["input_zero_point"], source.quantization.zeroPoint[0])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FOLDER = pathlib.Path(folder)
        subprocess.run([sys.argv[1], folder, "3", "2"], check=True)
        verdict = unittest.main(argv=sys.argv[:1], exit=False).result
    sys.exit(0 if verdict.wasSuccessful() else 1)
