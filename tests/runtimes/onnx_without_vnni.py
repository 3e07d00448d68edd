#!/usr/bin/env python3
"""The trap of int8 ONNX on x86 without VNNI, on a processor that QEMU emulates (Haswell): where it is, and both ways out.

    onnx_without_vnni.py PROGRAM JUDGES

PROGRAM is random_programs_to_onnx, JUDGES the folder of judge_onnx_int8.py. There, with session.x64quantprecision=1 every
output must be the twin's; without it, files with weights of 7 bits must be exact all the same, and some of the others must
not: else the note beside model.onnx would warn of nothing.
Exit code: 0 all so, 1 not, 77 QEMU's user mode or the runtime is not installed, or this is no x86-64.
"""

import importlib.util
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

PROCESSOR = "Haswell"


def difference(path, precise):
    """Runs inside the emulated process."""
    import judge_onnx_int8
    import numpy
    import onnx
    import onnxruntime

    with numpy.load(path.with_suffix(".npz")) as golden:
        inputs, expected = golden["x"], golden["y"]
    ends = judge_onnx_int8.encodings(numpy, onnx, onnx.load(str(path)))
    session = judge_onnx_int8.session_of(onnxruntime, str(path), precise)
    return judge_onnx_int8.difference(numpy, judge_onnx_int8.run(numpy, session, inputs, ends), expected)


def emulated(judges, folder):
    sys.path.insert(0, judges)
    for path in sorted(pathlib.Path(folder).glob("*.onnx")):
        print(json.dumps({"name": path.stem, "with": difference(path, True), "without": difference(path, False)}))


def main(program, judges):
    emulator = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    missing = [name for name in ("numpy", "onnx", "onnxruntime") if not importlib.util.find_spec(name)]
    if platform.machine() != "x86_64" or not emulator or missing:
        print("skipped: needs an x86-64, qemu-user and onnxruntime; absent: %s" % (", ".join(missing) or "QEMU"))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, folder, "1", "6"], check=True)
        command = [emulator, "-cpu", PROCESSOR, sys.executable, __file__, "--emulated", judges, folder]
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    found = [json.loads(line) for line in run.stdout.splitlines()]
    for one in found:
        print("%-18s with the option %d, without it %d of %d outputs differ, by up to %d"
              % (one["name"], one["with"]["differing"], one["without"]["differing"], one["without"]["outputs"],
                 one["without"]["max_lsb"]))  # fmt: skip
    exact = all(one["with"]["differing"] == 0 for one in found)
    safe = all(one["without"]["differing"] == 0 for one in found if one["name"].endswith("_reduced"))
    real = any(one["without"]["differing"] > 0 for one in found)
    return 0 if found and exact and safe and real else 1


if __name__ == "__main__":
    if sys.argv[1] == "--emulated":
        emulated(*sys.argv[2:])
    else:
        sys.exit(main(*sys.argv[1:]))
