#!/usr/bin/env python3
"""Networks that PyTorch wrote, and random ones that were exported and imported again, pruned and trained quantized: the
bytes that tflite-micro gives for the exported files are the twin's.

    judge_imported_networks.py PROGRAM NETWORKS [--random 200] [--samples 8]

PROGRAM is import_and_compress, NETWORKS what make_networks.py wrote. Of the random networks SAMPLES of the twin's answers
are compared, of the others all. Exit code: 0 all agree, 1 some do not, 77 the runtime is not installed.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    from tflite_micro import runtime
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)


def differing(model, samples):
    """(outputs that differ, outputs)"""
    with numpy.load(model.with_suffix(".npz")) as golden:
        x, y = golden["x"][:samples], golden["y"][:samples]
    interpreter = runtime.Interpreter.from_file(str(model), arena_size=1 << 20)
    wrong = 0
    for sample, expected in zip(x, y):
        interpreter.set_input(sample[None], 0)
        interpreter.invoke()
        wrong += int((interpreter.get_output(0).reshape(-1) != expected.reshape(-1)).sum())
    return wrong, y.size


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("networks")
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--samples", type=int, default=8)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([arguments.program, arguments.networks, folder, str(arguments.random)], check=True, env=environment)
        models = sorted(pathlib.Path(folder).glob("*.tflite"))
        wrong = outputs = 0
        for model in models:
            some = differing(model, arguments.samples if model.stem.startswith("random_") else None)
            wrong, outputs = wrong + some[0], outputs + some[1]
            if some[0]:
                print("%s: %d of %d outputs differ" % (model.stem, *some))
    print("%d networks, %d outputs, %d differ from tflite-micro" % (len(models), outputs, wrong))
    return 1 if wrong or len(models) <= arguments.random else 0


if __name__ == "__main__":
    sys.exit(main())
