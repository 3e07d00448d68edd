#!/usr/bin/env python3
"""What scripts/sweep*.sh ask about JSON: Optuna's search spaces and answers, and runs' summaries.

    sweep_json.py space AXIS...          KEY=a,b,c or KEY=LOW..HIGH[:log] as Optuna's search space
    sweep_json.py ends AXIS...           the same axes as KEY=LOW,HIGH, to be checked before anything runs
    sweep_json.py settings               what `optuna ask` printed, on standard input: its number, then KEY=VALUE lines
    sweep_json.py count                  how many trials `optuna trials` printed
    sweep_json.py directions OBJECTIVE   "maximize minimize" of "accuracy,-flash_bytes"
    sweep_json.py values RUN OBJECTIVE   the numbers to tell; fails where the run has none
    sweep_json.py table RUN...           a table of finished runs; exit code 3 where one missed a budget or a verification
"""
import json
import math
import re
import sys
from pathlib import Path

RANGE = re.compile(r"^(-?[0-9.eE+-]+?)\.\.(-?[0-9.eE+-]+?)(:log)?$")


def mistake(text):
    print(f"sweep: {text}", file=sys.stderr)
    sys.exit(2)


def choices_of(text):
    """The values of "a,b,[c,d]": commas inside brackets and quotes belong to a value."""
    values, value, depth, quote = [], "", 0, ""
    for c in text:
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c in "[{":
            depth += 1
        elif c in "]}":
            depth -= 1
        elif c == "," and depth == 0:
            values.append(value)
            value = ""
            continue
        value += c
    return values + [value]


def distribution(axis):
    """(key, Optuna's distribution, values to check) of one axis."""
    key, text = axis.split("=", 1)
    found = RANGE.match(text)
    if not found:
        choices = choices_of(text)
        if "" in choices:
            mistake(f"'{axis}' has an empty value")
        return key, {"name": "CategoricalDistribution", "attributes": {"choices": choices}}, choices
    low_text, high_text, log = found.groups()
    whole = all(re.fullmatch(r"-?[0-9]+", part) for part in (low_text, high_text))
    try:
        low, high = (int(low_text), int(high_text)) if whole else (float(low_text), float(high_text))
    except ValueError:
        mistake(f"'{axis}': {low_text}..{high_text} is no range of numbers")
    if not low < high:
        mistake(f"'{axis}': a range goes from the smaller number to the larger one")
    if log and low <= 0:
        mistake(f"'{axis}': a logarithmic range begins above 0")
    attributes = {"low": low, "high": high, "log": bool(log), "step": 1 if whole else None}
    return key, {"name": "IntDistribution" if whole else "FloatDistribution", "attributes": attributes}, [low_text, high_text]


def summary_of(run):
    return json.loads((Path(run) / "summary.json").read_text())


def value_at(summary, path):
    """A number of summary.json by its dotted path; None where there is none."""
    if path == "accuracy":
        accuracy = summary.get("accuracy", {})
        return accuracy.get("integer") if accuracy.get("integer") is not None else accuracy.get("float")
    value = summary
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) else None


def objectives(text):
    """[(path, "maximize" or "minimize")]."""
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"-?[A-Za-z_][A-Za-z0-9_.]*", part) for part in parts):
        mistake(f"--objective '{text}': wanted paths in summary.json such as accuracy,-flash_bytes")
    return [(part.lstrip("-"), "minimize" if part.startswith("-") else "maximize") for part in parts]


def setting(value):
    """As the trainer reads it. Choices came in as text and go out as they were."""
    return value if isinstance(value, str) else json.dumps(value)


def missed(summary):
    budget = [line for line in summary.get("budget", []) if line.get("met") is False]
    failed = [check for check in summary.get("verification", []) if check.get("status") == "failed"]
    return len(budget) + len(failed)


def table(runs):
    """Lines of text, the most accurate run first."""
    def text(value, form):
        return "-" if value is None else form(value)
    rows = []
    for run in runs:
        s = summary_of(run)
        accuracy = value_at(s, "accuracy")
        rows.append((-(accuracy if accuracy is not None else -1),
                     [Path(run).name, text(accuracy, lambda v: f"{100 * v:.2f} %"),
                      text(value_at(s, "flash_bytes"), lambda v: f"{v / 1024:.1f} KiB"),
                      text(value_at(s, "arena_bytes"), lambda v: f"{v / 1024:.1f} KiB"),
                      text(value_at(s, "macs"), lambda v: f"{v:,}"), "NOT MET" if missed(s) else ""]))
    cells = [["run", "accuracy", "flash", "arena", "MACs", ""]] + [row for _, row in sorted(rows, key=lambda r: r[0])]
    widths = [max(len(line[i]) for line in cells) for i in range(6)]
    return ["  ".join(cell.ljust(width) if i in (0, 5) else cell.rjust(width)
                      for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in cells]


def main(arguments):
    command, rest = arguments[0], arguments[1:]
    if command == "space":
        print(json.dumps({key: made for key, made, _ in map(distribution, rest)}))
    elif command == "ends":
        for key, _, ends in map(distribution, rest):
            print(f"{key}={','.join(ends)}")
    elif command == "settings":
        asked = json.load(sys.stdin)
        print(asked["number"], *(f"{key}={setting(value)}" for key, value in asked["params"].items()), sep="\n")
    elif command == "count":
        text = sys.stdin.read().strip()
        print(len(json.loads(text)) if text else 0)
    elif command == "directions":
        print(*(direction for _, direction in objectives(rest[0])))
    elif command == "values":
        try:
            summary = summary_of(rest[0])
        except (OSError, ValueError):
            return 1
        values = [value_at(summary, path) for path, _ in objectives(rest[1])]
        if None in values:
            return 1
        print(*values)
    elif command == "table":
        print("\n".join(table(rest)))
        return 3 if any(missed(summary_of(run)) for run in rest) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
