"""One exported file before its judge, as `trainer verify` brings it there."""

import json
import subprocess
import sys


def judge(script, model):
    """(exit code, verdict) of `script` on `model` and the .npz beside it; ends the program with 77 where the runtime is absent."""
    command = [sys.executable, script, str(model), str(model.with_suffix(".npz")), "--json"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 77:
        print("skipped: " + run.stdout.strip())
        sys.exit(77)
    if not run.stdout.strip():
        return run.returncode or 1, {"error": run.stderr.strip() or "the judge said nothing"}
    return run.returncode, json.loads(run.stdout.strip().splitlines()[-1])
