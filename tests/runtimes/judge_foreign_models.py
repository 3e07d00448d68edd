#!/usr/bin/env python3
"""MLPerf Tiny's int8 reference models through our reader, twin and writer, judged by TensorFlow Lite Micro.

    judge_foreign_models.py PROGRAM JUDGE ARCHIVE.tar.gz

For each *_int8.tflite in ARCHIVE the twin's answers must equal the runtime's on the original file and on the one that our
writer makes of it, and the arena plan must not exceed what the runtime's own planner takes for activations. Exit code: 0 all agree, 1 some do not, 77 the archive or the runtimes are absent.
"""

import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

SAMPLES = "10"
FAR_TOO_WIDE = ("ic_resnet_large",)  # takes minutes and shows nothing that the small one does not


def main():
    program, judge, archive = sys.argv[1:4]
    if not pathlib.Path(archive).exists():
        print("skipped: %s is absent" % archive)
        return 77
    failed = judged = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with tarfile.open(archive) as files:
            files.extractall(folder, filter="data")
        for model in sorted(folder.rglob("*_int8.tflite")):
            if model.name.startswith(FAR_TOO_WIDE):
                continue
            golden, rewritten = folder / (model.stem + ".npz"), folder / ("our_" + model.name)
            made = subprocess.run([program, str(model), SAMPLES, str(golden), str(rewritten)], stdout=subprocess.PIPE, text=True)
            failed += made.returncode != 0
            for file in (model, rewritten) if made.returncode == 0 else ():
                command = [sys.executable, judge, str(file), str(golden), "--no-arena", "--json"]
                run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
                if run.returncode == 77:
                    return 77
                verdict = json.loads(run.stdout.splitlines()[-1] if run.stdout.strip() else "{}")
                plan, head = int(made.stdout), verdict.get("arena_head_bytes")
                print("%-32s exit %d, %s of %s outputs differ; arena plan %s, the runtime's head %s"
                      % (file.name, run.returncode, verdict.get("differing"), verdict.get("outputs"), plan, head))  # fmt: skip
                failed += run.returncode != 0 or head is None or plan > head
                judged += 1
                sys.stdout.flush()
    print("%d files judged, %d failures" % (judged, failed))
    return 1 if failed or not judged else 0


if __name__ == "__main__":
    sys.exit(main())
