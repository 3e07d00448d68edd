#!/usr/bin/env python3
"""What each compression technique does to the keyword-spotting student, measured over several seeds.

    scripts/kws_table.py --data data/speech_commands --output runs/table [--seeds 1 2 3] [--jobs 2] [--threads 1]

Trains recipes/kws_table/*.yaml and recipes/kws_distill.yaml, which share data, schedule, optimizer and augmentation,
once for each seed, and writes a Markdown table to standard output and OUTPUT/table.md: mean and standard deviation over
the seeds. The recipes were chosen on the validation split; the trainer scores the test split once, when a run ends.
Finished runs are kept: called again it goes on where it was interrupted. Runs of one seed share their teacher.
"""

import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECIPES = ROOT / "recipes"

# A cell's folder, its recipe.
CELLS = {"student": RECIPES / "kws_table" / "student.yaml", "distill": RECIPES / "kws_table" / "distill.yaml",
         "prune": RECIPES / "kws_table" / "prune.yaml", "qat": RECIPES / "kws_table" / "qat.yaml",
         "all": RECIPES / "kws_distill.yaml"}

# What is printed: title, cell, how it became int8 ("": the float network alone).
ROWS = [("student alone", "student", ""), ("+ distillation", "distill", "after training"),
        ("+ channel pruning", "prune", "after training"), ("+ QAT", "qat", "in training"),
        ("all together", "all", "in training"), ("student, post-training quantization", "student", "after training")]

KINDS = {"float": "float", "fake_quant": "fake-quantized", "integer": "integer"}


# --- running the grid

def fingerprint(arguments):
    """Of everything that decides the numbers, so that a folder never mixes two versions of a recipe."""
    files = [*CELLS.values(), *sorted((ROOT / "configs").rglob("*.yaml"))]
    texts = [file.read_text() for file in files] + sorted(arguments.set)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def claim(arguments):
    """Makes the folder, or checks that it was made from the same recipes."""
    mark = arguments.output / "made_from.json"
    made_from = {"recipes": fingerprint(arguments), "set": sorted(arguments.set)}
    if mark.exists() and json.loads(mark.read_text()) != made_from:
        sys.exit(f"kws_table.py: {arguments.output} holds runs of other recipes or other --set values; "
                 "name another folder, or remove it")
    arguments.output.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(made_from))


def folder_of(output, cell, seed):
    return output / f"{cell}-seed{seed}"


def command(arguments, cell, seed):
    folder = folder_of(arguments.output, cell, seed)
    words = [arguments.trainer.resolve(), "--config", CELLS[cell], "--set", f"seed={seed}", "--set", f"data.root={arguments.data}"]
    for override in arguments.set:
        words += ["--set", override]
    words += ["--output", folder, "--threads", arguments.threads, "--quiet"]
    if (folder / "recipe.yaml").exists():
        words.append("--resume")
    return [str(word) for word in words]


def run_seed(arguments, seed, cells):
    """Runs the seed's cells one after the other; returns what went wrong."""
    problems = []
    for cell in cells:
        folder = folder_of(arguments.output, cell, seed)
        if (folder / "summary.json").exists():
            continue
        print(f"kws_table.py: {cell}, seed {seed}", file=sys.stderr, flush=True)
        done = subprocess.run(command(arguments, cell, seed), stderr=subprocess.PIPE, text=True)
        if done.returncode == 130:
            return problems + [f"{folder.name}: interrupted; call again to go on"]
        if done.returncode != 0:
            problems.append(f"{folder.name}: exit code {done.returncode}: {done.stderr.strip()}")
    return problems


def run_all(arguments):
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        seeds = [pool.submit(run_seed, arguments, seed, arguments.cells) for seed in arguments.seeds]
        return [problem for seed in seeds for problem in seed.result()]


# --- the table

def read_summaries(output, seeds):
    """{cell: {seed: summary}} of what is finished."""
    found = {}
    for cell in CELLS:
        for seed in seeds:
            file = folder_of(output, cell, seed) / "summary.json"
            if file.exists():
                found.setdefault(cell, {})[seed] = json.loads(file.read_text())
    return found


def mean_and_spread(values, digits=1, scale=1.0):
    """'84.2 ± 0.4'; '–' where a value is missing."""
    values = [value for value in values if value is not None]
    if not values:
        return "–"
    text = f"{scale * statistics.mean(values):,.{digits}f}"
    if len(values) > 1 and (spread := scale * statistics.stdev(values)) >= 0.5 * 10**-digits:
        text += f" ± {spread:,.{digits}f}"
    return text


def tflite_bytes(summary):
    return next((a["bytes"] for a in summary["artifacts"] if a["path"].endswith(".tflite")), None)


def training_seconds(summary):
    """Without the teacher's, which the seed's first run pays for all."""
    return sum(seconds for stage, seconds in summary["seconds"].items() if not stage.startswith("teacher"))


def table_row(title, how, summaries):
    def column(read, *style):
        return mean_and_spread([read(summary) for summary in summaries], *style)

    accuracy = [column(lambda s, kind=kind: s["accuracy"][kind] if how or kind == "float" else None, 1, 100)
                for kind in KINDS]
    sizes = [column(read, 0) if how else "–"
             for read in (tflite_bytes, lambda s: s["flash_bytes"], lambda s: s["arena_bytes"])]
    return [title, how or "–", *accuracy, *sizes, column(lambda s: s["macs"], 0), column(training_seconds, 0)]


def table(found):
    head = ["", "int8", *(f"{name}, %" for name in KINDS.values()), "model.tflite, bytes", "flash, bytes",
            "arena, bytes", "MACs", "seconds"]
    rows = [table_row(title, how, list(found[cell].values())) for title, cell, how in ROWS if cell in found]
    lines = [head, ["---"] * 2 + ["---:"] * (len(head) - 2), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def verdict(title, differences):
    """One sentence on a technique by its paired differences in points, one a seed."""
    mean = statistics.mean(differences)
    if len(differences) == 1:
        return f"- {title}: {mean:+.1f} points with one seed, which tells nothing of chance."
    error = statistics.stdev(differences) / len(differences) ** 0.5
    if abs(mean) <= 2 * error:
        return f"- {title}: {mean:+.1f} points, within what seeds differ by (two standard errors: {2 * error:.1f})."
    return f"- {title}: {mean:+.1f} points (two standard errors: {2 * error:.1f}): it {'pays' if mean > 0 else 'costs'}."


def differences(found, cell, kind, other, other_kind):
    return [100 * (summary["accuracy"][kind] - found[other][seed]["accuracy"][other_kind])
            for seed, summary in found.get(cell, {}).items() if seed in found.get(other, {})]


def verdicts(found):
    """Each technique against the student without it, seed by seed."""
    pairs = [("Distillation, float accuracy", "distill", "float", "student", "float"),
             ("Channel pruning, float accuracy", "prune", "float", "student", "float"),
             ("Post-training quantization, integer against float", "student", "integer", "student", "float"),
             ("QAT against post-training quantization, integer accuracy", "qat", "integer", "student", "integer"),
             ("All together, integer accuracy against the student's float", "all", "integer", "student", "float")]
    measured = [(title, differences(found, *pair)) for title, *pair in pairs]
    return "\n".join(verdict(title, values) for title, values in measured if values)


def unverified(found):
    """Runs whose export did not do what the trained network does."""
    return [f"- {cell}, seed {seed}: {check['artifact']} failed its verification by {check['judge']}."
            for cell, summaries in found.items() for seed, summary in summaries.items()
            for check in summary["verification"] if check["status"] == "failed"]


def report(found, seeds):
    sizes = sorted({summary["test_samples"] for cell in found.values() for summary in cell.values()})
    count = " or ".join(str(size) for size in sizes)
    words = (f"Accuracy on {count} test clips; mean ± standard deviation over seeds {', '.join(map(str, seeds))}. "
             "All rows share data, schedule and augmentation; seconds are without the teacher's training.")
    parts = [words, table(found), verdicts(found), "\n".join(unverified(found))]
    return "\n\n".join(part for part in parts if part) + "\n"


def read_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path("data/speech_commands"))
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("runs/table"))
    parser.add_argument("--trainer", type=pathlib.Path, default=ROOT / "build" / "release" / "trainer")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS), help="by default all")
    parser.add_argument("--jobs", type=int, default=1, help="seeds that run at once")
    parser.add_argument("--threads", type=int, default=1, help="of each run")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for every run; repeatable")
    return parser.parse_args(words)


def main(words=None):
    arguments = read_arguments(words)
    if not arguments.trainer.is_file():
        sys.exit(f"kws_table.py: {arguments.trainer} does not exist; build it (scripts/setup.sh), or name it by --trainer")
    claim(arguments)
    problems = run_all(arguments)
    found = read_summaries(arguments.output, arguments.seeds)
    if found:
        text = report(found, arguments.seeds)
        (arguments.output / "table.md").write_text(text)
        print(text, end="")
    for problem in problems:
        print(f"kws_table.py: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
