#!/usr/bin/env python3
"""Prints what a finished run made and how it did: show_summary.py RUN reads RUN/summary.json."""
import json
import sys
from pathlib import Path


def accuracy_rows(summary):
    """Label and percentage of each accuracy that the summary states (0 to 1 or 0 to 100, as written)."""
    accuracy = summary.get("accuracy") or {}
    rows = [("teacher", (summary.get("teacher") or {}).get("accuracy")),
            ("baseline, not compressed", (summary.get("baseline") or {}).get("accuracy")),
            ("student, float", accuracy.get("float")),
            ("student, fake-quantized", accuracy.get("fake_quant")),
            ("student, integer", accuracy.get("integer"))]
    return [(label, 100 * value if value <= 1 else value) for label, value in rows if value is not None]


def size_rows(summary):
    rows = [("parameters", "parameters", ""), ("nonzero_parameters", "of them not zero", ""),
            ("macs", "multiply-accumulates", ""), ("flash_bytes", "flash", " bytes"), ("arena_bytes", "arena (RAM)", " bytes")]
    return [(label, f"{summary[key]:,}{unit}") for key, label, unit in rows if summary.get(key) is not None]


def as_list(entries, key):
    """Artifacts and verifications may be a list of objects or an object of objects; both as a list."""
    if isinstance(entries, dict):
        return [{key: name, **value} if isinstance(value, dict) else {key: name, "result": value}
                for name, value in entries.items()]
    return entries or []


def artifact_rows(summary, run):
    for artifact in as_list(summary.get("artifacts"), "path"):
        path = Path(artifact.get("path", "?"))
        shown = path if path.is_absolute() or path.exists() else run / path
        size = artifact.get("bytes")
        yield str(shown), f"{size:,} bytes" if size is not None else ""


def verification_rows(summary):
    for check in as_list(summary.get("verification"), "artifact"):
        words = [str(check[key]) for key in ("level", "judge", "version") if check.get(key)]
        result = check.get("result", check.get("status", check.get("passed", "?")))
        result = {True: "passed", False: "FAILED"}.get(result, result)
        detail = [f"{check['samples']} samples"] if check.get("samples") is not None else []
        lsb = check.get("max_lsb_difference")
        detail += [f"at most {lsb} LSB apart"] if lsb is not None else []
        yield f"{check.get('artifact', '?')} by {' '.join(words)}", ", ".join([str(result), *detail])


def show(run):
    summary = json.loads((run / "summary.json").read_text())
    sections = [("accuracy", [(label, f"{value:.1f} %") for label, value in accuracy_rows(summary)]),
                ("cost of the student", size_rows(summary)), ("files", list(artifact_rows(summary, run))),
                ("verification", list(verification_rows(summary)))]
    print(f"\nRun {run}")
    for title, rows in sections:
        if rows:
            print(f"  {title}")
            width = max(len(label) for label, _ in rows)
            for label, value in rows:
                print(f"    {label:<{width}}  {value}")
    for name in ("report.html", "recipe.yaml", "summary.json"):
        if (run / name).exists():
            print(f"  {run / name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: show_summary.py RUN")
    try:
        show(Path(sys.argv[1]))
    except (OSError, ValueError) as problem:
        sys.exit(f"show_summary: {problem}")
