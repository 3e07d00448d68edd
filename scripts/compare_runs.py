#!/usr/bin/env python3
"""Finished runs side by side, in a terminal: compare_runs.py RUN... reads each RUN/summary.json.

`float` and `integer` are the task's metric on the test split, before and after quantization; `tflite` is the size of that
file; `flash` what weights, biases and multipliers take as the C export stores them (fewer bits, bitmaps of what is not
zero, where that is smaller); `RAM` the arena. A dash: not measured. `trainer report RUN...` draws the same as a page.
"""
import argparse
import json
import sys
from pathlib import Path

COLUMNS = ("run", "float", "integer", "MACs", "weights", "not zero", "tflite", "flash", "RAM")


def percent(value):
    return "-" if value is None else f"{100 * value:.1f} %"


def count(value):
    return "-" if value is None else f"{value:,}"


def file_bytes(summary, wanted):
    """Size of the artifact of a format, where the run has one."""
    return next((each.get("bytes") for each in summary.get("artifacts") or [] if each.get("format") == wanted), None)


def row(run):
    """What the columns say of one run; its folder's name first."""
    summary = json.loads((run / "summary.json").read_text())
    accuracy = summary.get("accuracy") or {}
    return (run.name, percent(accuracy.get("float")), percent(accuracy.get("integer")), count(summary.get("macs")),
            count(summary.get("parameters")), count(summary.get("nonzero_parameters")), count(file_bytes(summary, "tflite")),
            count(summary.get("flash_bytes")), count(summary.get("arena_bytes")))


def table(rows):
    """Names to the left, numbers to the right; columns in which nobody has a number are left out."""
    shown = [i for i in range(len(COLUMNS)) if i == 0 or any(each[i] != "-" for each in rows)]
    widths = {i: max(len(COLUMNS[i]), *(len(each[i]) for each in rows)) for i in shown}
    lines = []
    for each in (COLUMNS, *rows):
        cells = [each[i].ljust(widths[i]) if i == 0 else each[i].rjust(widths[i]) for i in shown]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN")
    arguments = parser.parse_args()
    try:
        print(table([row(run) for run in arguments.runs]))
    except (OSError, ValueError) as problem:
        sys.exit(f"compare_runs: {problem}")


if __name__ == "__main__":
    main()
