#!/usr/bin/env python3
"""What Arm's compiler for Ethos-U network processors makes of a .tflite file: operators, memories, estimated time.

    vela.py MODEL.tflite [--accelerator ethos-u55-128]

Prints one JSON object: {"judge": "ethos-u-vela", "version", "accelerator", "npu_operators", "cpu_operators", "cpu": names of
those left to the processor, "sram_bytes", "flash_bytes", "cycles", "milliseconds", "clock_hz"}. Exit code: 0, 3 when operators
are left to the processor, 2 when it refuses the file, 77 when it is not installed.
"""

import argparse
import csv
import importlib.metadata
import json
import pathlib
import re
import subprocess
import sys
import tempfile

NOT_INSTALLED, LEFT_TO_PROCESSOR, REFUSED = 77, 3, 2


def only(folder, pattern):
    found = sorted(pathlib.Path(folder).glob(pattern))
    if not found:
        raise ValueError("vela wrote no %s" % pattern)
    return found[0]


def compiled(model, accelerator, folder):
    """The program beside this Python, so that its environment is used; the report is its standard output."""
    program = pathlib.Path(sys.executable).with_name("vela")
    command = [str(program), model, "--accelerator-config", accelerator, "--output-dir", folder, "--verbose-performance"]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        said = (run.stdout + run.stderr).strip().splitlines()
        raise ValueError(said[-1] if said else "vela ended with exit code %d" % run.returncode)
    return run.stdout


def counted(report, which):
    found = re.search(r"%s operators = (\d+)" % which, report)
    return int(found.group(1)) if found else 0


def judge(model, accelerator):
    with tempfile.TemporaryDirectory() as folder:
        report = compiled(model, accelerator, folder)
        with open(only(folder, "*_summary_*.csv"), newline="") as file:
            summary = next(csv.DictReader(file))
        with open(only(folder, "*_per-layer.csv"), newline="") as file:
            left = [row["Original Operator"] for row in csv.DictReader(file) if row["Target"] == "CPU"]
    return {
        "judge": "ethos-u-vela",
        "version": importlib.metadata.version("ethos-u-vela"),
        "accelerator": accelerator,
        "npu_operators": counted(report, "NPU"),
        "cpu_operators": counted(report, "CPU"),
        "cpu": left,
        "sram_bytes": round(float(summary["sram_memory_used"]) * 1024),
        "flash_bytes": round(float(summary["off_chip_flash_memory_used"]) * 1024),
        "cycles": round(float(summary["cycles_total"])),
        "milliseconds": float(summary["inference_time"]) * 1e3,
        "clock_hz": float(summary["core_clock"]),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model")
    parser.add_argument("--accelerator", default="ethos-u55-128")
    arguments = parser.parse_args()
    try:
        importlib.metadata.version("ethos-u-vela")
    except importlib.metadata.PackageNotFoundError as missing:
        print(json.dumps({"judge": "ethos-u-vela", "not_run": "%s is not installed" % missing}))
        return NOT_INSTALLED
    try:
        verdict = judge(arguments.model, arguments.accelerator)
    except (ValueError, OSError) as problem:
        print(json.dumps({"judge": "ethos-u-vela", "not_run": str(problem)}))
        return REFUSED
    print(json.dumps(verdict))
    return LEFT_TO_PROCESSOR if verdict["cpu_operators"] else 0


if __name__ == "__main__":
    sys.exit(main())
