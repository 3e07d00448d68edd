"""Compares what prove_rows wrote with tflite-micro and onnxruntime: operator x differing / total.

usage: prove_rows.py <prove_rows program> <folder>
Exits with 0 when no byte differs, 1 when one does, 77 when a judge is not installed.
"""

import collections
import subprocess
import sys

import numpy as np

from judges import Dump, QdqBuilder, TfliteBuilder, batched, run_ort, run_tflm

LEAST_OUTPUTS, LEAST_PROGRAMS = 100_000, 20


def missing_judges():
    missing = []
    for package in ("flatbuffers", "ai_edge_litert", "tflite_micro", "onnx", "onnxruntime"):
        try:
            __import__(package)
        except ImportError:
            missing.append(package)
    return missing


def judge(dump, case):
    """Returns the runtime's bytes, [samples, elements]."""
    program = case["program"]
    shape = batched(program["activations"][program["input"]]["shape"])
    inputs = dump.array(case["inputs"], np.int8).reshape(case["samples"], *shape[1:])
    if case["arithmetic"] == "tflm":
        return run_tflm(TfliteBuilder(dump, program).build(), inputs[:, None])
    return run_ort(QdqBuilder(dump, program).build(), program, inputs)


def main(program, folder):
    missing = missing_judges()
    if missing:
        print(f"SKIPPED: these judges are not installed: {', '.join(missing)}")
        return 77
    subprocess.run([program, folder], check=True)
    dump = Dump(folder)
    rows = collections.OrderedDict()
    for case in dump.cases:
        expected = dump.array(case["outputs"], np.int8).reshape(case["samples"], -1).astype(int)
        difference = np.abs(judge(dump, case).astype(int) - expected)
        row = rows.setdefault((case["arithmetic"], case["row"]), [0, 0, 0, 0, 0])
        row[0] += 1
        row[1] += int((difference > 0).sum())
        row[2] += difference.size
        row[3] = max(row[3], int(difference.max()))
        row[4] += int((np.abs(expected) < 127).sum())
    good = True
    print(f"{'arithmetic':14}{'operator':20}{'programs':>9}{'differing':>10}{'total':>9}{'largest':>8}{'inside':>8}")
    for (arithmetic, name), (programs, differing, total, largest, inside) in rows.items():
        enough = name == "whole networks" or (total >= LEAST_OUTPUTS and programs >= LEAST_PROGRAMS)
        good = good and differing == 0 and enough
        print(f"{arithmetic:14}{name:20}{programs:9}{differing:10}{total:9}{largest:8}{inside / total:8.1%}"
              + ("" if enough else "  too few"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
