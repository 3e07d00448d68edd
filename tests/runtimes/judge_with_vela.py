#!/usr/bin/env python3
"""scripts/judges/vela.py on MLPerf Tiny's reference models: every operator on the network processor, memories of their size.

    judge_with_vela.py JUDGE ARCHIVE.tar.gz

Exit code: 0, 1 when the judge says something else, 77 when the archive or the compiler is absent.
"""

import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

MODELS = ("kws_ref_model_int8.tflite", "ic_resnet8_int8.tflite", "vww_96_int8.tflite")


def ask(judge, model):
    run = subprocess.run([sys.executable, judge, str(model)], stdout=subprocess.PIPE, text=True)
    return run.returncode, json.loads(run.stdout)


def main():
    judge, archive = sys.argv[1:3]
    if not pathlib.Path(archive).exists():
        print("skipped: %s is absent" % archive)
        return 77
    failures = []
    with tempfile.TemporaryDirectory() as name:
        with tarfile.open(archive) as files:
            files.extractall(name, filter="data")
        for file in MODELS:
            model = next(pathlib.Path(name).rglob(file))
            code, verdict = ask(judge, model)
            if code == 77:
                print("skipped: " + verdict["not_run"])
                return 77
            print("%-28s exit %d %s" % (file, code, verdict))
            size = model.stat().st_size
            if code or verdict["cpu_operators"] or not 0 < verdict["flash_bytes"] < size or verdict["milliseconds"] <= 0:
                failures.append(file)
        broken = pathlib.Path(name) / "broken.tflite"
        broken.write_bytes(model.read_bytes()[:1000])
        code, verdict = ask(judge, broken)
        print("%-28s exit %d %s" % (broken.name, code, verdict))
        if code != 2 or "not_run" not in verdict:
            failures.append(broken.name)
    print("%d failures" % len(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
