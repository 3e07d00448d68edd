#!/usr/bin/env python3
"""Writes the seeds of formats that a few lines of Python can write: tests/fuzz/corpus. Those of .tflite and .onnx are
copies of what the project's own programs write: tests/library's example, and networks of tests/importing/make_networks.py."""
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


def main():
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


if __name__ == "__main__":
    main()
