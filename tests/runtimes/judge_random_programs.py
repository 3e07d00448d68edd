#!/usr/bin/env python3
"""Random programs, written by the exporter and answered by the integer twin, in the runtimes themselves.

    judge_random_programs.py PROGRAM JUDGE [--seeds 8] [--samples 20]

PROGRAM is random_programs_to_tflite, JUDGE is judge_tflite.py, run as a subprocess as `trainer verify` runs it. Every byte
must agree, and the arena plan must not exceed what the runtime's own planner takes for activations; nor may the file's
plan make the runtime take more than without it. Exit code: 0 all agree, 1 some do not, 77 the runtimes are not installed.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

from judged_file import judge


def damage_is_found(script, model):
    """The judge itself is judged: one changed output byte must be a disagreement, half a file must be unusable."""
    import numpy

    with numpy.load(model.with_suffix(".npz")) as golden:
        arrays = dict(golden)
    arrays["y"].reshape(-1)[-1] ^= 1
    other = model.with_name("damaged.tflite")
    other.write_bytes(model.read_bytes())
    numpy.savez(other.with_suffix(".npz"), **arrays)
    changed, verdict = judge(script, other)
    other.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    cut = subprocess.run([sys.executable, script, str(other), str(other.with_suffix(".npz")), "--json"], capture_output=True)
    print("a changed byte: exit %d, %d differ; half of a file: exit %d" % (changed, verdict["differing"], cut.returncode))
    return changed == 3 and verdict["differing"] == 1 and cut.returncode != 0


def head_without_plan(script, model):
    """What the runtime's own planner takes: the same file, its plan under a name that means nothing to the runtime."""
    other = model.with_name("unplanned.tflite")
    other.write_bytes(model.read_bytes().replace(b"OfflineMemoryAllocation", b"UnknownMemoryAllocation"))
    other.with_suffix(".npz").write_bytes(model.with_suffix(".npz").read_bytes())
    code, verdict = judge(script, other)
    return verdict.get("arena_head_bytes") if code == 0 else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("judge")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--samples", type=int, default=20)
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.program, folder, str(arguments.seeds), str(arguments.samples)], check=True)
        models = sorted(pathlib.Path(folder).glob("*.tflite"))
        total = 0
        for model in models:
            code, verdict = judge(arguments.judge, model)
            plan, head = int(model.with_suffix(".plan").read_text()), verdict.get("arena_head_bytes")
            alone = head_without_plan(arguments.judge, model)
            failed += code != 0 or head is None or alone is None or plan > head or head > alone
            total += verdict.get("outputs", 0)
            reference = verdict.get("also", [{}])[0]
            print(
                "%-14s exit %d, %s of %s outputs differ (LiteRT reference: %s, at most %s); arena %s, head %s, without the plan in the file %s, plan %s"
                % (model.stem, code, verdict.get("differing", verdict.get("error")), verdict.get("outputs"),
                   reference.get("differing"), reference.get("max_lsb"), verdict.get("arena_bytes"), head, alone, plan)
            )  # fmt: skip
        failed += not damage_is_found(arguments.judge, models[0])
    print("%d models, %d outputs, %d failures" % (len(models), total, failed))
    return 1 if failed or not models else 0


if __name__ == "__main__":
    sys.exit(main())
