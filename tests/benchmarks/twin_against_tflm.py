"""Milliseconds an inference of DS-CNN-S, one thread: the integer twin against tflite-micro's reference kernels.

usage: twin_against_tflm.py <twin_against_tflm program> <folder>
Exits with 1 when their bytes differ, 77 when tflite-micro is not installed.
"""

import pathlib
import subprocess
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "runtimes"))
from judges import Dump, TfliteBuilder, batched  # noqa: E402

REPEATS = 7


def main(program, folder):
    try:
        from tflite_micro import runtime
    except ImportError:
        print("SKIPPED: tflite-micro is not installed")
        return 77
    twin = float(subprocess.run([program, folder], check=True, capture_output=True, text=True).stdout)
    dump = Dump(folder)
    case = dump.cases[0]
    shape = batched(case["program"]["activations"][case["program"]["input"]]["shape"])
    inputs = dump.array(case["inputs"], np.int8).reshape(case["samples"], *shape)[:50]
    expected = dump.array(case["outputs"], np.int8).reshape(case["samples"], -1)[:50]
    interpreter = runtime.Interpreter.from_bytes(TfliteBuilder(dump, case["program"]).build(), arena_size=1 << 20)
    best = float("inf")
    for _ in range(REPEATS):
        outputs, spent = [], 0.0
        for sample in inputs:
            interpreter.set_input(sample, 0)
            start = time.perf_counter()
            interpreter.invoke()
            spent += time.perf_counter() - start
            outputs.append(interpreter.get_output(0).copy().reshape(-1))
        best = min(best, spent / len(inputs) * 1000)
    same = np.array_equal(np.stack(outputs), expected)
    print(f"DS-CNN-S, one thread: twin {twin:.3f} ms, tflite-micro {best:.3f} ms, ratio {best / twin:.1f}x; "
          f"bytes {'equal' if same else 'DIFFER'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
