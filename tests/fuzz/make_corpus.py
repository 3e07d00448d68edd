#!/usr/bin/env python3
"""Writes the seeds of formats that a few lines of Python can write: tests/fuzz/corpus. Those of .tflite, .onnx and .npz are
copies of what the project's own programs write: tests/library's example, networks of tests/importing/make_networks.py, and
exports of a run with most operators on eight by eight random pixels (quantized.*, golden.npz)."""
import json
import pathlib
import struct
import zlib

CORPUS = pathlib.Path(__file__).parent / "corpus"


def write(path, content):
    file = CORPUS / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def idx(extents, values):
    return struct.pack(">BBBB", 0, 0, 8, len(extents)) + b"".join(struct.pack(">I", e) for e in extents) + values


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height):
    rows = b"".join(b"\0" + bytes(range(3 * width)) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(width, height):
    """No scan that would decode: what a header's reader sees."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0\1\1\0\0\1\0\1\0\0" + \
        b"\xff\xc0" + struct.pack(">H", 2 + len(frame)) + frame + b"\xff\xda\0\x08\1\1\0\0\x3f\0data\xff\xd9"


def bmp(width, height):
    row = (3 * width + 3) // 4 * 4
    return b"BM" + struct.pack("<IHHI", 54 + row * height, 0, 0, 54) + \
        struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, row * height, 0, 0, 0, 0) + bytes(row * height)


def tiff(width, height):
    entries = [(256, 3, 1, width), (257, 3, 1, height)]
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(struct.pack("<HHII", *e) for e in entries) + bytes(4)


def webp(width, height):
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little") + \
        (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def safetensors(tensors, metadata):
    header, content = {"__metadata__": metadata}, b""
    for name, (kind, shape, values) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(content), len(content) + len(values)]}
        content += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content


def checkpoint(kind, **more):
    """A network of one channel and two classes, pruned and quantized, as training/checkpoint.cpp and graph/saved_network.cpp
    write it; `more` of a training that goes on."""
    model = {"name": "tiny", "input": [1, 3, 1], "layers": [
        {"type": "conv2d", "name": "stem", "inputs": ["input"], "out": 2, "kernel": [3, 1], "bias": True},
        {"type": "relu", "name": "relu", "inputs": ["stem"]},
        {"type": "global_average_pool", "name": "pool", "inputs": ["relu"]},
        {"type": "linear", "name": "last", "inputs": ["pool"], "out": 2}]}
    encodings = {"stem.weight": {"low": -127, "high": 127, "axis": 0}, "relu": {"low": -128, "high": 127, "axis": -1},
                 "last.weight": {"low": -7, "high": 7, "axis": 0, "codes": [-3, 0, 5], "signs": [1, -1]}}

    def floats(*values):
        return struct.pack(f"<{len(values)}f", *values)

    tensors = {"stem.weight": ("F32", [2, 1, 3, 1], floats(1, 0, -1, 0.5, 0, 2)), "stem.bias": ("F32", [2], floats(0, 1)),
               "last.weight": ("F32", [2, 2], floats(1, 2, 3, 4)), "last.bias": ("F32", [2], floats(0, 0)),
               "mask.stem.weight": ("U8", [2, 1, 3, 1], bytes([1, 0, 1, 1, 0, 1]))}
    for name, scales in {"stem.weight": [0.01, 0.02], "relu": [0.1], "last.weight": [0.5, 0.25]}.items():
        tensors[f"encoding.scale.{name}"] = "F32", [len(scales)], floats(*scales)
        tensors[f"encoding.zero_point.{name}"] = "F32", [len(scales)], floats(*[0] * len(scales))
    meta = {"format": 1, "kind": kind, "model": json.dumps(model), "encodings": encodings, **more}
    return safetensors(tensors, {"espalier": json.dumps(meta)})


def wfdb_annotations():
    """A rhythm's note, beats near and far, a channel, the end."""
    words = [28 << 10 | 18, 63 << 10 | 3, struct.unpack("<H", b"(N")[0], 0, 1 << 10 | 77, 5 << 10 | 300, 59 << 10, 1, 34464,
             5 << 10, 62 << 10 | 1, 8 << 10 | 200, 41 << 10 | 10, 0]
    return struct.pack(f"<{len(words)}H", *words)


def series():
    write("ts/multivariate.ts", b"#comment\n@problemName Walks\n@timeStamps false\n@univariate false\n@dimensions 2\n"
          b"@equalLength true\n@seriesLength 3\n@classLabel true a b\n@data\n1,2.5,?:-3e2,+4,NaN:b\n5,6,7:8,9,10:a\n")
    write("ts/unequal.ts", b"@timeStamps false\n@classLabel true 1 2\n@data\n1,2,3:1\n4,5:2\n")
    write("ts/gigabytes.ts", b"@dimensions 4294967295\n@equalLength true\n@seriesLength 99999999999\n@classLabel true 1 2\n"
          b"@data\n1,2,3:1\n")
    write("series_csv/sensors.csv", b"time,x,y,label\n0,1,2.5,walk\n0.02,,NaN,walk\n0.04,-3e2,?,run\n")
    write("series_csv/quoted.csv", b"x,\"a \"\"b\"\"\",label\r\n1,2,\"w,x\"\r\n")
    two = b"# c\n100 2 360/1 8 12:00:00\n100.dat 212 200(10)/uV 11 1024 995 -22131 0 MLII\n100.dat 212x1:0+0 0 11 1024 1011 " \
        b"20052 0 V5 modified\n"
    write("wfdb_header/two.hea", two)
    write("wfdb_header/one.hea", b"r 1 125 4\nr.dat 16 100\n")
    write("wfdb_header/gigabytes.hea", b"r 256 360 9223372036854775807\n" + b"r.dat 212 200\n" * 256)
    write("wfdb_annotations/beats.atr", wfdb_annotations())
    # For wfdb_signal: a header, a zero byte, the signal file.
    write("wfdb_signal/format16", b"r 1 125 4\nr.dat 16 100\n\0" + struct.pack("<4h", 1, -2, 300, -32768))
    write("wfdb_signal/format212", two.replace(b"360/1 8", b"360/1 3") + b"\0" + bytes([0x12, 0xF3, 0x45] * 3))


def pickle():
    """{"w": a tensor of 2 x 3 in storage 7, "n": 5} as torch.save writes it, with the opcodes of protocols 2 and 4."""
    tensor = b"ctorch._utils\n_rebuild_tensor_v2\nq\3((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" \
        b"7X\3\0\0\0cpuK\x0atQK\4K\2K\3\x86K\3K\1\x86\x89ccollections\nOrderedDict\n)RtRq\x0d"
    two = b"\x80\2ccollections\nOrderedDict\nq\0)Rq\1(X\1\0\0\0w" + tensor + b"X\1\0\0\0nM\5\0u}X\1\0\0\0_Nsb."
    four = b"\x80\4\x95\0\0\0\0\0\0\0\0}\x94\x8c\1w\x8c\5torch\x8c\4Size\x93]\x94(K\1J\xff\xff\xff\xffe\x85R" \
        b"s\x8c\1fG\x3f\xf0\0\0\0\0\0\0s\x8c\1l\x8a\2\0\x80s."
    write("pickle/protocol2", two)
    write("pickle/protocol4", four)


def main():
    series()
    pickle()
    write("checkpoint/network.safetensors", checkpoint("network", extra={"content": "0"}))
    write("checkpoint/training.safetensors", checkpoint("checkpoint", stage="train", content="0", step=3, best=-1, best_epoch=-1, sums={},
                                            owned={}, observed=[], batch_norm_frozen=False, evaluate_with=""))
    write("idx/images", idx([2, 3, 4], bytes(range(24))))
    write("idx/labels", idx([5], b"\0\1\2\3\4"))
    write("idx/gigabytes", idx([65536, 65536, 65536, 65536], b"few"))
    write("cifar10/record", b"\7" + bytes(i % 251 for i in range(3072)))
    write("cifar10/cut_off", b"\7" + bytes(100))
    for name, make in {"png": png, "jpeg": jpeg, "bmp": bmp, "tiff": tiff, "webp": webp}.items():
        write(f"image_size/{name}", make(5, 3))
    write("image_size/ppm", b"P6\n# a comment\n2 1\n255\n" + bytes(6))
    write("image_size/jp2", struct.pack(">I", 12) + b"jP  " + bytes(32) + struct.pack(">I", 22) + b"ihdr" +
          struct.pack(">II", 3, 5))
    write("image_size/gigapixels.png", png(5, 3)[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + png(5, 3)[24:])
    write("safetensors/two", safetensors({"a.weight": ("F32", [2, 2], bytes(16)), "steps": ("I64", [], bytes(8))},
                                         {"graph": "{}"}))
    write("safetensors/empty", safetensors({}, {}))
    write("recipe/recipe.yaml", b"name: run\nseed: 1\ndata: {type: idx, root: data/mnist}\ntraining: {epochs: 3, lr: 1e-3}\n"
          b"compression:\n  - {type: prune, sparsity: 0.5, epochs: [1, 2]}\n  - {type: quantize, name: 'q'}\n")
    write("recipe/model.yaml", b"name: small\nlayers:\n  - {type: conv2d, name: stem, out: 4, kernel: [3, 1], padding: same}\n"
          b"  - batch_norm\n  - relu\n  - repeat: 2\n    name: block\n    layers:\n      - {type: conv2d, name: c, out: 4, kernel: 1}\n"
          b"  - {type: add, name: sum, inputs: [block1.c, block2.c]}\n  - {type: global_average_pool, name: pool}\n"
          b"  - {type: linear, name: last, out: classes}\n")
    write("recipe/odd.yaml", b"a: 010\nb: .nan\nc: &x [1, ~, \"\\u00e9\"]\nd: *x\ne: |\n  text\n")
    write("recipe/endless", b",:1, \xff\xff\xff\xff\x1f:\nb ")  # yaml-cpp takes nothing of it, document after document


if __name__ == "__main__":
    main()
