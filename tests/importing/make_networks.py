#!/usr/bin/env python3
"""Networks that people might bring, with random weights and statistics, saved by PyTorch: traced and scripted.

    make_networks.py FOLDER

Writes FOLDER/<name>_{traced,scripted}.pt and FOLDER/networks.txt: name, then the input's extents without the batch. The
same networks as FOLDER/<name>*.onnx and FOLDER/onnx_networks.txt: file, the TorchScript file that computes the same, the
input's extents. For the tests of recipes a tiny network, its state_dict, and a module that cannot be imported. And
FOLDER/refused_<Class>.pt, scripted, each for a reason of its own. FOLDER/recurrent_*: see recurrent_networks.py.

Where onnxscript is installed, some are also written by PyTorch's newer exporter, which keeps weights in files of their
own; where onnx and onnxruntime are, one is quantized.
"""

import copy
import importlib.util
import logging
import pathlib
import sys
import warnings
import zipfile

import recurrent_networks
import refused_networks
import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8, 1), BasicBlock(8, 8, 1))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16, 1))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer2(self.layer1(x))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        self.joins = stride == 1 and inputs == outputs
        self.conv = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return x + self.conv(x) if self.joins else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU6(inplace=True),
            InvertedResidual(8, 8, 1, 2), InvertedResidual(8, 12, 2, 3), InvertedResidual(12, 12, 1, 3))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(12, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class DepthwiseKeywords(nn.Module):
    """With an explicit, uneven zero padding, and its softmax."""

    def __init__(self):
        super().__init__()
        self.pad = nn.ZeroPad2d((1, 2, 4, 5))
        self.stem = nn.Conv2d(1, 8, (10, 4), 2)
        self.stem_norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding="same", groups=8)
        self.pointwise = nn.Conv2d(8, 12, 1)
        self.head = nn.Linear(12, 12)

    def forward(self, x):
        x = F.relu(self.stem_norm(self.stem(self.pad(x))))
        x = F.relu(self.pointwise(F.relu(self.depthwise(x))))
        x = F.dropout(x, 0.3, self.training)
        x = self.pooled(x)
        return F.softmax(self.head(x.view(x.size(0), -1)), dim=1)

    def pooled(self, x):
        return F.avg_pool2d(x, [x.size(2), x.size(3)])


class KeywordsOfFixedLength(DepthwiseKeywords):
    """PyTorch's older exporter wants the window as numbers."""

    def pooled(self, x):
        return F.avg_pool2d(x, (25, 5))


class Signals(nn.Module):
    """One axis of time, channels last when it comes in."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv1d(6, 8, 5, stride=2, padding=2)
        self.norm = nn.BatchNorm1d(8)
        self.conv2 = nn.Conv1d(8, 8, 3, padding=1)
        self.pool = nn.MaxPool1d(2)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        x = self.pool(F.relu(self.norm(self.conv1(x.transpose(1, 2)))))
        return self.head(F.relu(self.conv2(x)).mean(-1))


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(30, 16)
        self.norm = nn.BatchNorm1d(16)
        self.second = nn.Parameter(torch.randn(16, 5) / 4)
        self.bias = nn.Parameter(torch.randn(5))

    def forward(self, x):
        x = torch.clamp(self.norm(self.first(x.reshape(x.shape[0], -1))), 0.0, 6.0)
        return torch.addmm(self.bias, x, self.second)


class Branches(nn.Module):
    """Concatenation, and a flattening of channels that were turned last (as in networks that came from Keras)."""

    def __init__(self):
        super().__init__()
        self.left = nn.Conv2d(3, 4, 3, padding=1)
        self.right = nn.Conv2d(3, 6, 1)
        self.head = nn.Linear(10 * 4 * 4, 7)

    def forward(self, x):
        x = torch.cat([F.relu(self.left(x)), F.relu6(self.right(x))], 1)
        x = F.max_pool2d(F.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False), 2)
        return self.head(x.permute(0, 2, 3, 1).contiguous().flatten(1))


class GrowingLists(nn.Module):
    """Every layer reads all before it, from a list that grows; and a clamp beside a layer that reads what it clamps."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.layers = nn.ModuleList([nn.Conv2d(4 + 3 * i, 3, 3, padding=1) for i in range(3)])
        self.beside = nn.Conv2d(13, 13, 1)
        self.head = nn.Linear(13, 6)

    def forward(self, x):
        features = [self.stem(x) - 0.5]
        for layer in self.layers:
            features.append(F.relu(layer(torch.cat(features, 1))))
        x = torch.cat(features, 1)
        x = self.beside(x)[:, :13] + F.relu6(x)
        return self.head(x.mean([2, 3]))


class SigmoidGates(nn.Module):
    """Squeeze and excite with sigmoids, "swish" by both of its names, and a gate of one axis."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.act = nn.SiLU()
        self.reduce = nn.Conv2d(8, 4, 1)
        self.expand = nn.Conv2d(4, 8, 1)
        self.mix = nn.Conv2d(8, 12, 1)
        self.gate = nn.Linear(12, 12)
        self.head = nn.Linear(12, 10)

    def forward(self, x):
        x = self.act(self.norm(self.stem(x)))
        squeezed = F.adaptive_avg_pool2d(x, 1)
        x = x * torch.sigmoid(self.expand(F.relu(self.reduce(squeezed))))
        x = self.mix(x)
        x = x * x.sigmoid()
        gate = self.gate(x.mean([2, 3])).sigmoid()
        x = gate.view(x.size(0), 12, 1, 1) * x
        return self.head(x.mean([2, 3]))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, 4, 1)
        self.fc2 = nn.Conv2d(4, channels, 1)
        self.activation = nn.ReLU(inplace=True)
        self.scale_activation = nn.Hardsigmoid()

    def forward(self, x):
        return self.scale_activation(self.fc2(self.activation(self.fc1(self.avgpool(x))))) * x


class GatedResidual(nn.Module):
    def __init__(self, inputs, hidden, outputs, stride):
        super().__init__()
        self.joins = stride == 1 and inputs == outputs
        self.block = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(inplace=True),
            SqueezeExcite(hidden), nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return x + self.block(x) if self.joins else self.block(x)


class MobileNetV3(nn.Module):
    """And, before its pool, activations that are spelt out."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish(),
                                      GatedResidual(8, 16, 8, 1), GatedResidual(8, 24, 12, 2))
        self.last = nn.Conv2d(12, 16, 1)
        self.last_norm = nn.BatchNorm2d(16)
        self.gate = nn.Linear(16, 16)
        self.classifier = nn.Sequential(nn.Linear(16, 16), nn.Hardswish(), nn.Dropout(0.2), nn.Linear(16, 10))

    def forward(self, x):
        x = self.last_norm(self.last(self.features(x)))
        x = x * F.relu6(x + 3) / 6
        gate = F.relu6(self.gate(x.mean([2, 3])) + 3.0) / 6.0
        x = x * gate[:, :, None, None]
        return self.classifier(x.mean([2, 3]))


class Tiny(nn.Module):
    """The small student of tests/pipeline/written_recipe.h."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        return self.head(F.relu(self.norm(self.stem(x))).mean([2, 3]))


class Wave(nn.Module):
    """What no operator here computes; of flattened samples."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(54, 5)

    def forward(self, x):
        return torch.cumsum(self.head(torch.sin(x)), 1)


NETWORKS = {"res_net": (ResNet, (3, 32, 32)), "mobile_net_v2": (MobileNetV2, (3, 32, 32)),
            "depthwise_keywords": (DepthwiseKeywords, (1, 49, 10)), "signals": (Signals, (64, 6)),
            "perceptron": (Perceptron, (5, 6)), "branches": (Branches, (3, 8, 8)),
            "mobile_net_v3": (MobileNetV3, (3, 32, 32)), "growing_lists": (GrowingLists, (3, 9, 9)), "sigmoid_gates": (SigmoidGates, (3, 16, 16))}


def lively(network):
    """Statistics and factors as after a training, not as made."""
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.3, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return network.eval()


def without_batch_norm(network):
    """Batch norm that follows a convolution in a Sequential becomes part of it; names stay."""
    network = copy.deepcopy(network)
    for block in [m for m in network.modules() if isinstance(m, nn.Sequential)]:
        for i in range(1, len(block)):
            if isinstance(block[i], nn.BatchNorm2d):
                block[i - 1] = nn.utils.fusion.fuse_conv_bn_eval(block[i - 1], block[i])
                block[i] = nn.Identity()
    return network


def installed(*packages):
    return all(importlib.util.find_spec(package) for package in packages)


def export(network, shape, file, any_batch=False):
    torch.onnx.export(network, (torch.randn(1, *shape),), str(file), dynamo=False, opset_version=17, input_names=["x"],
                      output_names=["y"], dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}} if any_batch else None)


def export_newly(network, shape, file):
    torch.onnx.export(network, (torch.randn(2, *shape),), str(file), dynamo=True, external_data=True, verbose=False,
                      input_names=["x"], output_names=["y"], dynamic_shapes=({0: torch.export.Dim("batch")},))


def quantize(network, shape, file):
    """FOLDER/quantized.onnx: int8 in the QDQ format, weights by channel. Beside it quantized.pt and quantized_state.pth: the
    floats that its integers stand for."""
    import numpy
    import onnx
    from onnxruntime import quantization

    class Samples(quantization.CalibrationDataReader):
        def __init__(self):
            random = numpy.random.default_rng(3)
            self.left = [{"x": random.standard_normal((1, *shape)).astype("float32")} for _ in range(8)]

        def get_next(self):
            return self.left.pop() if self.left else None

    network = without_batch_norm(network)
    export(network, shape, file.with_suffix(".float.onnx"))
    quantization.quantize_static(str(file.with_suffix(".float.onnx")), str(file), Samples(), per_channel=True,
                                 quant_format=quantization.QuantFormat.QDQ, activation_type=quantization.QuantType.QInt8,
                                 weight_type=quantization.QuantType.QInt8)
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(str(file)).graph.initializer}
    state = network.state_dict()
    for name, tensor in state.items():
        codes = stored[name + "_quantized"]
        prefix = name if name + "_scale" in stored else name + "_quantized"
        by_channel = (-1,) + (1,) * (codes.ndim - 1)
        scale = stored[prefix + "_scale"].reshape(by_channel)
        zero_point = stored[prefix + "_zero_point"].astype("int64").reshape(by_channel)
        tensor.copy_(torch.from_numpy((codes - zero_point).astype("float32") * scale))
    torch.jit.trace(network, torch.randn(1, *shape)).save(str(file.with_suffix(".pt")))
    torch.save(state, file.with_name("quantized_state.pth"))


def inflate(source, file):
    """A copy whose first tensor is 128 MiB of zeros, compressed."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for record in old.namelist():
            new.writestr(record, bytes(128 << 20) if record.endswith("/data/0") else old.read(record))


def write_onnx(networks, folder):
    """Each network in several files; returns the lines of onnx_networks.txt."""
    lines = []

    def add(file, name, original=None):
        lines.append(" ".join([file, original or f"{name}_traced.pt", *map(str, NETWORKS[name][1])]))

    for name, network in networks.items():
        shape = NETWORKS[name][1]
        exported = network
        if name == "depthwise_keywords":
            exported = KeywordsOfFixedLength().eval()
            exported.load_state_dict(network.state_dict())
        export(exported, shape, folder / f"{name}.onnx")
        export(exported, shape, folder / f"{name}_any_batch.onnx", any_batch=True)
        add(f"{name}.onnx", name)
        add(f"{name}_any_batch.onnx", name)
        if name in ("depthwise_keywords", "signals") and installed("onnxscript"):
            export_newly(network, shape, folder / f"{name}_new.onnx")
            add(f"{name}_new.onnx", name)
    if installed("onnx", "onnxruntime"):
        quantize(networks["mobile_net_v2"], NETWORKS["mobile_net_v2"][1], folder / "quantized.onnx")
        add("quantized.onnx", "mobile_net_v2", "quantized.pt")
    return lines


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(7)
    lines, networks = [], {}
    for name, (make, shape) in NETWORKS.items():
        network = networks[name] = lively(make())
        torch.jit.trace(network, torch.randn(1, *shape)).save(str(folder / f"{name}_traced.pt"))
        torch.jit.script(network).save(str(folder / f"{name}_scripted.pt"))
        for how in ("traced", "scripted"):
            lines.append(" ".join([f"{name}_{how}", *map(str, shape)]))
    tiny = lively(Tiny())
    torch.jit.trace(tiny, torch.randn(1, 1, 9, 6)).save(str(folder / "tiny.pt"))
    torch.jit.trace(lively(Wave()), torch.randn(1, 54)).save(str(folder / "wave.pt"))
    for refused in refused_networks.REFUSED:
        torch.jit.script(refused().eval()).save(str(folder / f"refused_{refused.__name__}.pt"))
    recurrent_networks.save(folder, export)
    torch.save(tiny.state_dict(), folder / "tiny_state.pth")
    wrapped = {"epoch": 3, "state_dict": {f"module.{name}": tensor for name, tensor in tiny.state_dict().items()}}
    torch.save(wrapped, folder / "tiny_checkpoint.pth")
    torch.save(tiny, folder / "tiny_module.pth")
    for name in ("tiny.pt", "tiny_state.pth"):
        inflate(folder / name, folder / f"inflated_{name}")
    torch.save({"repeated": torch.zeros(1).expand(1 << 30)}, folder / "repeated_state.pth")
    export(tiny, (1, 9, 6), folder / "tiny.onnx", any_batch=True)
    (folder / "onnx_networks.txt").write_text("\n".join(write_onnx(networks, folder)) + "\n")
    (folder / "networks.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the exporters' about their own future
    logging.getLogger().setLevel(logging.ERROR)
    main(pathlib.Path(sys.argv[1]))
