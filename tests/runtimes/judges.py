"""Models for other runtimes, built from a ProgramDump (program_dump.h) without the project's exporters."""

import json
import pathlib

import numpy as np


class Dump:
    """cases.json and arrays.bin of one folder."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.cases = json.loads((folder / "cases.json").read_text())["cases"]
        self._blob = (folder / "arrays.bin").read_bytes()

    def array(self, place, dtype):
        return np.frombuffer(self._blob, dtype, place["count"], place["offset"])


def batched(shape):
    return [1, *shape]


class TfliteBuilder:
    """A Program as a .tflite file, through the schema that ships with ai-edge-litert."""

    CLAMPS = {"none": 0, "relu": 1, "relu6": 3}

    def __init__(self, dump, program):
        import flatbuffers
        from ai_edge_litert import schema_py_generated as schema

        self.flatbuffers, self.schema, self.dump, self.program = flatbuffers, schema, dump, program
        self.model, self.graph = schema.ModelT(), schema.SubGraphT()
        self.model.version, self.model.buffers, self.model.operatorCodes = 3, [schema.BufferT()], []
        self.graph.tensors, self.graph.operators = [], []

    def build(self):
        for activation in self.program["activations"]:
            self.tensor(activation["name"], batched(activation["shape"]), np.int8, None,
                        [activation["scale"]], activation["zero_point"])
        for instruction in self.program["instructions"]:
            getattr(self, instruction["operator"].lower())(instruction)
        self.graph.inputs = np.array([self.program["input"]], np.int32)
        self.graph.outputs = np.array([self.program["output"]], np.int32)
        self.model.subgraphs = [self.graph]
        builder = self.flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def tensor(self, name, shape, dtype, data, scale=None, zero_point=0, axis=0):
        schema, tensor = self.schema, self.schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name.encode(), np.array(shape, np.int32), 0
        tensor.type = schema.TensorType.INT8 if dtype == np.int8 else schema.TensorType.INT32
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(np.ascontiguousarray(data, dtype).tobytes(), np.uint8)
            self.model.buffers.append(buffer)
            tensor.buffer = len(self.model.buffers) - 1
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = np.asarray(scale, np.float32)
            tensor.quantization.zeroPoint = np.full(len(scale), zero_point, np.int64)
            tensor.quantization.quantizedDimension = axis
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def operator(self, instruction, version, inputs, options=None):
        schema = self.schema
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, instruction["operator"])
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), version
        self.model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs, operator.outputs = np.array(inputs, np.int32), np.array([instruction["output"]], np.int32)
        if options is not None:
            operator.builtinOptions = options
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__[:-1])
        self.graph.operators.append(operator)

    def weights(self, instruction, shape, axis):
        scale = self.dump.array(instruction["weight_scale"], np.float32)
        bias = self.dump.array(instruction["bias"], np.int32)
        source = self.program["activations"][instruction["inputs"][0]]["scale"]
        return [self.tensor("w", shape, np.int8, self.dump.array(instruction["weights"], np.int8), scale, 0, axis),
                self.tensor("b", [bias.size], np.int32, bias, np.float32(source) * scale)]

    def windowed(self, options, instruction):
        window = instruction["window"]
        options.strideH, options.strideW = window["stride"]
        options.padding = 0 if any(window["pads"]) else 1
        options.fusedActivationFunction = self.CLAMPS[instruction["clamp"]]
        return options

    def channels(self, activation):
        return self.program["activations"][activation]["shape"][-1]

    def conv_2d(self, instruction):
        options = self.windowed(self.schema.Conv2DOptionsT(), instruction)
        options.dilationHFactor = options.dilationWFactor = 1
        shape = [self.channels(instruction["output"]), *instruction["window"]["kernel"], self.channels(instruction["inputs"][0])]
        self.operator(instruction, 3, [instruction["inputs"][0], *self.weights(instruction, shape, 0)], options)

    def depthwise_conv_2d(self, instruction):
        options = self.windowed(self.schema.DepthwiseConv2DOptionsT(), instruction)
        options.dilationHFactor = options.dilationWFactor = options.depthMultiplier = 1
        shape = [1, *instruction["window"]["kernel"], self.channels(instruction["output"])]
        self.operator(instruction, 3, [instruction["inputs"][0], *self.weights(instruction, shape, 3)], options)

    def fully_connected(self, instruction):
        options = self.schema.FullyConnectedOptionsT()
        options.fusedActivationFunction = self.CLAMPS[instruction["clamp"]]
        outputs = self.channels(instruction["output"])
        shape = [outputs, instruction["weights"]["count"] // outputs]
        version = 4 if instruction["weight_scale"]["count"] == 1 else 12
        self.operator(instruction, version, [instruction["inputs"][0], *self.weights(instruction, shape, 0)], options)

    def add(self, instruction):
        options = self.schema.AddOptionsT()
        options.fusedActivationFunction = self.CLAMPS[instruction["clamp"]]
        self.operator(instruction, 2, instruction["inputs"], options)

    def mul(self, instruction):
        options = self.schema.MulOptionsT()
        options.fusedActivationFunction = self.CLAMPS[instruction["clamp"]]
        self.operator(instruction, 2, instruction["inputs"], options)

    def average_pool_2d(self, instruction):
        options = self.windowed(self.schema.Pool2DOptionsT(), instruction)
        options.filterHeight, options.filterWidth = instruction["window"]["kernel"]
        self.operator(instruction, 2, instruction["inputs"], options)

    max_pool_2d = average_pool_2d

    def mean(self, instruction):
        options = self.schema.ReducerOptionsT()
        options.keepDims = False
        self.operator(instruction, 2, [*instruction["inputs"], self.tensor("axes", [2], np.int32, [1, 2])], options)

    def softmax(self, instruction):
        options = self.schema.SoftmaxOptionsT()
        options.beta = instruction["beta"]
        self.operator(instruction, 2, instruction["inputs"], options)

    def logistic(self, instruction):
        self.operator(instruction, 2, instruction["inputs"])

    def hard_swish(self, instruction):
        self.operator(instruction, 1, instruction["inputs"], self.schema.HardSwishOptionsT())

    def reshape(self, instruction):
        shape = batched(self.program["activations"][instruction["output"]]["shape"])
        options = self.schema.ReshapeOptionsT()
        options.newShape = np.array(shape, np.int32)
        self.operator(instruction, 1, [*instruction["inputs"], self.tensor("shape", [len(shape)], np.int32, shape)], options)

    def concatenation(self, instruction):
        options = self.schema.ConcatenationOptionsT()
        options.axis = len(self.program["activations"][instruction["output"]]["shape"])
        options.fusedActivationFunction = 0
        self.operator(instruction, 2, instruction["inputs"], options)

    def pad(self, instruction):
        top, left, bottom, right = instruction["pads"]
        pads = self.tensor("pads", [4, 2], np.int32, [[0, 0], [top, bottom], [left, right], [0, 0]])
        self.operator(instruction, 2, [*instruction["inputs"], pads], self.schema.PadOptionsT())

    def padv2(self, instruction):
        top, left, bottom, right = instruction["pads"]
        pads = self.tensor("pads", [4, 2], np.int32, [[0, 0], [top, bottom], [left, right], [0, 0]])
        encoding = self.program["activations"][instruction["output"]]
        lowest = self.tensor("lowest", [1], np.int8, [-128], [encoding["scale"]], encoding["zero_point"])
        self.operator(instruction, 2, [*instruction["inputs"], pads, lowest], self.schema.PadV2OptionsT())

    def quantize(self, instruction):
        self.operator(instruction, 2, instruction["inputs"], self.schema.QuantizeOptionsT())


def run_tflm(model, inputs):
    """inputs: [samples, 1, ...] int8. Returns [samples, elements]."""
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=4 << 20)
    outputs = []
    for sample in inputs:
        interpreter.set_input(sample, 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).copy().reshape(-1))
    return np.stack(outputs)


class QdqBuilder:
    """A Program as a QDQ ONNX model, channels first: DequantizeLinear, float operator, QuantizeLinear.

    Activations are uint8, 128 above the program's int8: on x86 the runtime leaves int8 unfused where a tensor has two readers.
    """

    def __init__(self, dump, program):
        import onnx

        self.onnx, self.dump, self.program = onnx, dump, program
        self.nodes, self.constants, self.reals, self.fresh = [], [], {}, 0

    def build(self):
        helper, kind = self.onnx.helper, self.onnx.TensorProto
        self.quantize_to("real_input", self.program["input"])
        for instruction in self.program["instructions"]:
            value = getattr(self, instruction["operator"].lower())(instruction)
            self.quantize_to(value, instruction["output"])
        output = self.real(self.program["output"])
        ends = [helper.make_tensor_value_info(name, kind.FLOAT, self.shape(self.program[end]))
                for end, name in (("input", "real_input"), ("output", output))]
        graph = helper.make_graph(self.nodes, "program", ends[:1], ends[1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        self.onnx.checker.check_model(model)
        return model.SerializeToString()

    def name(self, activation):
        return f"q{activation}"

    def shape(self, activation):
        shape = self.program["activations"][activation]["shape"]
        if len(shape) == 1:
            return ["n", *shape]
        return ["n", shape[2], shape[0], shape[1]]

    def constant(self, array):
        self.fresh += 1
        name = f"c{self.fresh}"
        self.constants.append(self.onnx.numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, kind, inputs, output=None, **attributes):
        self.fresh += 1
        output = output or f"v{self.fresh}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [output], **attributes))
        return output

    def encoding(self, activation):
        found = self.program["activations"][activation]
        return [self.constant(np.float32(found["scale"])), self.constant(np.uint8(found["zero_point"] + 128))]

    def real(self, activation):
        if activation not in self.reals:
            self.reals[activation] = self.node("DequantizeLinear", [self.name(activation), *self.encoding(activation)])
        return self.reals[activation]

    def quantize_to(self, value, activation):
        self.node("QuantizeLinear", [value, *self.encoding(activation)], self.name(activation))

    def weights(self, instruction, shape, order):
        scale = self.dump.array(instruction["weight_scale"], np.float32)
        weights = self.dump.array(instruction["weights"], np.int8).reshape(shape).transpose(order)
        bias = self.dump.array(instruction["bias"], np.int32)
        source = np.float32(self.program["activations"][instruction["inputs"][0]]["scale"])
        wide = np.broadcast_to(scale, bias.shape)
        return [self.node("DequantizeLinear", [self.constant(np.ascontiguousarray(weights)), self.constant(wide),
                                               self.constant(np.zeros(bias.size, np.int8))], axis=0),
                self.node("DequantizeLinear", [self.constant(bias), self.constant(source * wide),
                                               self.constant(np.zeros(bias.size, np.int32))], axis=0)]

    def window(self, instruction):
        window = instruction["window"]
        return {"kernel_shape": window["kernel"], "strides": window["stride"], "pads": window["pads"]}

    def channels(self, activation):
        return self.program["activations"][activation]["shape"][-1]

    def conv_2d(self, instruction):
        source = instruction["inputs"][0]
        shape = [self.channels(instruction["output"]), *instruction["window"]["kernel"], self.channels(source)]
        return self.node("Conv", [self.real(source), *self.weights(instruction, shape, (0, 3, 1, 2))], **self.window(instruction))

    def depthwise_conv_2d(self, instruction):
        source = instruction["inputs"][0]
        shape = [1, *instruction["window"]["kernel"], self.channels(source)]
        return self.node("Conv", [self.real(source), *self.weights(instruction, shape, (3, 0, 1, 2))],
                         group=self.channels(source), **self.window(instruction))

    def fully_connected(self, instruction):
        source, outputs = instruction["inputs"][0], self.channels(instruction["output"])
        weights = self.weights(instruction, [outputs, instruction["weights"]["count"] // outputs], (0, 1))
        return self.node("Gemm", [self.real(source), *weights], transB=1)

    def add(self, instruction):
        return self.node("Add", [self.real(source) for source in instruction["inputs"]])

    def mul(self, instruction):
        left, right = instruction["inputs"]
        factor = self.real(right)
        if len(self.program["activations"][right]["shape"]) == 1 < len(self.program["activations"][left]["shape"]):
            factor = self.again(self.node("Unsqueeze", [factor, self.constant(np.array([2, 3], np.int64))]), right)
        return self.node("Mul", [self.real(left), factor])

    def again(self, value, activation):
        """Quantized and dequantized in the activation's own encoding: a view of it that fuses."""
        encoding = self.encoding(activation)
        return self.node("DequantizeLinear", [self.node("QuantizeLinear", [value, *encoding]), *encoding])

    def logistic(self, instruction):
        return self.node("Sigmoid", [self.real(instruction["inputs"][0])])

    def hard_swish(self, instruction):
        return self.node("HardSwish", [self.real(instruction["inputs"][0])])

    def quantize(self, instruction):
        # Two pairs side by side would be merged into one with other bytes; a slope of 1 holds them apart.
        return self.node("LeakyRelu", [self.real(instruction["inputs"][0])], alpha=1.0)

    def average_pool_2d(self, instruction):
        return self.node("AveragePool", [self.real(instruction["inputs"][0])], count_include_pad=0, **self.window(instruction))

    def max_pool_2d(self, instruction):
        return self.node("MaxPool", [self.real(instruction["inputs"][0])], **self.window(instruction))

    def mean(self, instruction):
        # Quantized before it is flattened: only then does the runtime fuse the pool.
        encoding = self.encoding(instruction["output"])
        pooled = self.node("GlobalAveragePool", [self.real(instruction["inputs"][0])])
        pooled = self.node("QuantizeLinear", [pooled, *encoding])
        return self.node("Flatten", [self.node("DequantizeLinear", [pooled, *encoding])])

    def reshape(self, instruction):
        shape = self.program["activations"][instruction["output"]]["shape"]
        if len(self.program["activations"][instruction["inputs"][0]]["shape"]) == 1:  # features to one pixel
            return self.node("Reshape", [self.real(instruction["inputs"][0]), self.constant(np.array([-1, shape[2], 1, 1], np.int64))])
        last = self.node("Transpose", [self.real(instruction["inputs"][0])], perm=[0, 2, 3, 1])
        return self.node("Reshape", [last, self.constant(np.array([-1, *shape], np.int64))])

    def concatenation(self, instruction):
        return self.node("Concat", [self.real(source) for source in instruction["inputs"]], axis=1)

    def pad(self, instruction):
        top, left, bottom, right = instruction["pads"]
        pads = self.constant(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
        return self.node("Pad", [self.real(instruction["inputs"][0]), pads])

    def padv2(self, instruction):
        top, left, bottom, right = instruction["pads"]
        pads = self.constant(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
        encoding = self.program["activations"][instruction["output"]]
        lowest = self.constant(np.array((-128 - encoding["zero_point"]) * encoding["scale"], np.float32))
        return self.node("Pad", [self.real(instruction["inputs"][0]), pads, lowest])


def run_ort(model, program, inputs):
    """inputs: int8 [samples, h, w, c] or [samples, n]. Returns int8 [samples, elements], channels last."""
    import onnxruntime

    source, target = program["activations"][program["input"]], program["activations"][program["output"]]
    inputs = (inputs.astype(np.float32) - source["zero_point"]) * np.float32(source["scale"])

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    if inputs.ndim == 4:
        inputs = np.ascontiguousarray(inputs.transpose(0, 3, 1, 2))
    output = session.run(None, {session.get_inputs()[0].name: inputs})[0]
    if output.ndim == 4:
        output = output.transpose(0, 2, 3, 1)
    quantized = np.rint(output / np.float32(target["scale"])) + target["zero_point"]
    return quantized.astype(np.int8).reshape(len(inputs), -1)
