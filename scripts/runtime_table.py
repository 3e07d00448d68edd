#!/usr/bin/env python3
"""One model in every form: the accuracy of each exported file, in its own runtime, on the same test samples.

    runtime_table.py RUN [--json] [--samples N]

RUN is a run folder of a quantized student. The samples are those of export/golden.npz: give the recipe `golden_samples: 0` for
the whole test split. `agrees` is how often the twin's class is chosen, `differs` how many outputs have other bytes; files without a
twin (float, dynamic) are compared with the float model, by the largest distance of a logit. A form that was not
exported, or whose runtime is not installed, is a line that says so.

Exit code: 0 every runtime with a twin agrees, 3 one does not, 2 the folder cannot be used.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "judges"))


class Absent(Exception):
    """A form or a runtime that is not here, with the words for it."""


class Run:
    """The exported files and the samples of a run folder."""

    def __init__(self, folder, limit):
        self.export = pathlib.Path(folder) / "export"
        self.golden = self._archive("golden.npz", limit)
        self.golden_ort = self._archive("golden_ort.npz", limit)
        self.golden_float = self._archive("golden_float.npz", limit)

    def _archive(self, name, limit):
        import numpy

        path = self.export / name
        if not path.exists():
            return None
        with numpy.load(path, allow_pickle=False) as archive:
            arrays = dict(archive)
        for key in ("x", "y", "labels"):
            if limit and key in arrays:
                arrays[key] = arrays[key][:limit]
        return arrays

    def file(self, name):
        path = self.export / name
        if not path.exists():
            raise Absent("not exported")
        return str(path)


def real(numpy, golden):
    """The floats that the int8 inputs stand for, channels first."""
    values = (golden["x"].astype(numpy.float32) - numpy.float32(golden["input_zero_point"])) * golden["input_scale"]
    return numpy.ascontiguousarray(values.transpose(0, 3, 1, 2)) if values.ndim == 4 else values


def bytes_of(numpy, logits, golden):
    return numpy.rint(logits / golden["output_scale"]).astype(int) + int(golden["output_zero_point"])


# --- each form: what it answers, [samples, classes]; integer ones as int8 codes


def tflite_micro(numpy, run):
    import judge_tflite
    from tflite_micro import runtime

    model = pathlib.Path(run.file("model.tflite")).read_bytes()
    return judge_tflite.run_micro(numpy, runtime, model, run.golden["x"])[0]


def litert(kernels):
    def answer(numpy, run):
        import judge_tflite

        model = pathlib.Path(run.file("model.tflite")).read_bytes()
        with judge_tflite.captured_stderr():
            return judge_tflite.run_litert(numpy, model, run.golden["x"], kernels)

    return answer


def onnx_int8(precise, level):
    def answer(numpy, run):
        import judge_onnx_int8
        import onnx
        import onnxruntime

        path = run.file("model.onnx")
        session = judge_onnx_int8.session_of(onnxruntime, path, precise, level=level)
        return judge_onnx_int8.run(numpy, session, run.golden["x"], judge_onnx_int8.encodings(numpy, onnx, onnx.load(path)))

    return answer


def onnx_float(name):
    def answer(numpy, run):
        import judge_onnx

        return judge_onnx.load(run.file(name))[1](run.golden_float["x"].astype(numpy.float32))

    return answer


def torch_int8(engine):
    def answer(numpy, run):
        import judge_torchscript_int8
        import torch

        path, golden = run.file("model_int8.pt"), run.golden_ort
        return judge_torchscript_int8.codes(numpy, torch, path, golden, engine or torch.backends.quantized.engine)

    return answer


def torch_float(name):
    def answer(numpy, run):
        import judge_torchscript

        return judge_torchscript.load(run.file(name))[1](run.golden_float["x"].astype(numpy.float32))

    return answer


def c_on_host(numpy, run):
    """The folder's own program host/run_samples, compiled here."""
    folder = run.export / "c"
    if not (folder / "host" / "run_samples.c").exists():
        raise Absent("not exported")
    compiler = os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        raise Absent("no C compiler")
    sources = [str(path) for path in sorted(folder.glob("*.c"))] + [str(folder / "host" / "run_samples.c")]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        command = [compiler, "-std=c99", "-O2", "-I", str(folder), *sources, "-o", str(scratch / "run_samples")]
        subprocess.run(command, check=True)
        (scratch / "inputs").write_bytes(run.golden["x"].tobytes())
        subprocess.run([str(scratch / name) for name in ("run_samples", "inputs", "outputs")], check=True)
        return numpy.fromfile(scratch / "outputs", numpy.int8).reshape(len(run.golden["x"]), -1)


# name, the arithmetic that its bytes are compared in (None: no twin), whether they must agree, answers
FORMS = [
    ("twin, arithmetic tflm", "tflm", True, lambda numpy, run: run.golden["y"]),
    ("TFLite Micro", "tflm", True, tflite_micro),
    ("C on this host", "tflm", True, c_on_host),
    ("LiteRT, reference kernels", "tflm", False, litert("BUILTIN_REF")),
    ("LiteRT, default (XNNPACK)", "tflm", False, litert("AUTO")),
    ("twin, arithmetic ort_f32_even", "ort_f32_even", True, lambda numpy, run: run.golden_ort["y"]),
    ("ONNX Runtime, x64quantprecision", "ort_f32_even", True, onnx_int8(True, "EXTENDED")),
    ("ONNX Runtime, default session", "ort_f32_even", False, onnx_int8(False, "ALL")),
    ("TorchScript int8, qnnpack", "ort_f32_even", True, torch_int8("qnnpack")),
    ("TorchScript int8, default engine", "ort_f32_even", False, torch_int8("")),
    ("TorchScript float", None, False, torch_float("model.pt")),
    ("ONNX Runtime float", None, False, onnx_float("model_float.onnx")),
    ("TorchScript dynamic", None, False, torch_float("model_dynamic.pt")),
    ("ONNX Runtime dynamic", None, False, onnx_float("model_dynamic.onnx")),
]


def measured(numpy, run, twin, answer):
    outputs = numpy.asarray(answer(numpy, run))
    outputs = outputs.reshape(len(outputs), -1)
    labels = run.golden["labels"]
    row = {"samples": len(outputs), "accuracy": float((outputs.argmax(1) == labels).mean())}
    if twin is None:
        row["distance"] = float(numpy.abs(outputs - run.golden_float["y"].reshape(outputs.shape)).max())
        reference = run.golden_float["y"].reshape(outputs.shape)
    else:
        reference = (run.golden_ort if twin == "ort_f32_even" else run.golden)["y"].reshape(outputs.shape)
        row["differs"] = int(numpy.count_nonzero(outputs.astype(int) != reference.astype(int)))
    row["agreement"] = float((outputs.argmax(1) == reference.argmax(1)).mean())
    return row


def table(run):
    import numpy

    rows = []
    for name, twin, binding, answer in FORMS:
        row = {"runtime": name, "twin": twin, "must_agree": binding}
        try:
            if twin == "ort_f32_even" and run.golden_ort is None:
                raise Absent("no exact arithmetic for this network")
            row.update(measured(numpy, run, twin, answer))
        except Absent as absent:
            row["not_run"] = str(absent)
        except ImportError as missing:
            row["not_run"] = "not installed: %s" % missing.name
        rows.append(row)
    return rows


def tell(rows):
    print("%-33s %9s %9s %9s  %s" % ("runtime", "accuracy", "agrees", "differs", "against"))
    for row in rows:
        if "not_run" in row:
            print("%-33s %s" % (row["runtime"], row["not_run"]))
            continue
        if row["twin"] is None:
            differs, against = "%.1e" % row["distance"], "float logits, distance; no twin"
        else:
            differs, against = "%d" % row["differs"], row["twin"] + ("" if row["must_agree"] else ", free to differ")
        print("%-33s %7.2f %% %7.2f %% %9s  %s" % (row["runtime"], 100 * row["accuracy"], 100 * row["agreement"], differs, against))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("run")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.add_argument("--samples", type=int, default=0, help="at most so many; 0: all that golden.npz holds")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    try:
        run = Run(arguments.run, arguments.samples)
    except ImportError as missing:
        print("runtime_table.py: needs %s (scripts/setup.sh --judges)" % missing.name, file=sys.stderr)
        return 2
    if run.golden is None or run.golden_float is None:
        print("runtime_table.py: %s: has no export/golden.npz; the student must be quantized" % arguments.run, file=sys.stderr)
        return 2
    rows = table(run)
    print(json.dumps(rows)) if arguments.json else tell(rows)
    return 3 if any(row["must_agree"] and row.get("differs") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
