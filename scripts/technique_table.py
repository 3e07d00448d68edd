#!/usr/bin/env python3
"""What each compression technique does to a use's student, measured over several seeds.

    scripts/technique_table.py recipes/kws_distill.yaml --data data/speech_commands --output runs/table
                               [--seeds 1 2 3] [--folds 5] [--jobs 2] [--threads 1]

Trains the recipe ("all together") and those of the folder that it lies in, that is named like it (recipes/kws_table) or
given by --cells: student, distill, prune, qat, as far as they are there. Where there is no such folder, student and qat are the
recipe itself without its other modifiers, which must be called distill, distill_quantized, prune and quantize. They share data
and augmentation. Each runs once for each seed, or with --folds once for each fold of a seed, so that every sample is tested;
the script writes a Markdown table to standard output and OUTPUT/table.md: mean and standard deviation over the seeds, and
differences with intervals: over the seeds, and over the test samples, on which all runs are compared pair by pair. The
recipes were chosen on the validation split; the trainer scores the test split once, when a run ends. Finished runs are
kept: called again it goes on where it was interrupted. Runs of one seed share their teacher.
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
sys.path.insert(0, str(ROOT / "scripts"))
from technique_scores import class_rows, paired, paired_macro_f1, paired_map50, precision_rows, read_samples  # noqa: E402

RECIPES = ROOT / "recipes"
TOGETHER = "all"  # the cell of the recipe itself

# Cells made of the recipe itself: what is left out of it, and what is added.
DERIVED = {"student": ["compression=[]", f"calibrate={{scheme: {ROOT / 'configs' / 'quantization' / 'tflite_int8.yaml'}}}"],
           "qat": [f"compression.{name}=null" for name in ("distill", "distill_quantized", "prune")], TOGETHER: []}

# What is printed of the cells that there are: title, cell, how it became int8 ("": the float network alone).
ROWS = [("student alone", "student", ""), ("+ distillation", "distill", "after training"),
        ("+ channel pruning", "prune", "after training"), ("+ QAT", "qat", "in training"),
        ("all together", TOGETHER, "in training"), ("student, post-training quantization", "student", "after training")]

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1", "balanced_accuracy": "balanced accuracy"}
KINDS = {"float": "float", "fake_quant": "fake-quantized", "integer": "integer"}


# --- running the grid

def cells_of(recipe, folder):
    """{name: recipe} in the order of the table: what the student alone gives first, since others may start from it."""
    if folder is None:
        return dict.fromkeys(DERIVED, recipe)
    order = [cell for _, cell, _ in ROWS]
    found = {file.stem: file for file in folder.glob("*.yaml")}
    found[TOGETHER] = recipe
    unknown = sorted(set(found) - set(order))
    if unknown:
        sys.exit(f"technique_table.py: {folder} has recipes that are no row of the table: {', '.join(unknown)}")
    return {cell: found[cell] for cell in dict.fromkeys(order) if cell in found}


def fingerprint(arguments):
    """Of everything that decides the numbers, so that a folder never mixes two versions of a recipe."""
    files = [*arguments.table.values(), *sorted((ROOT / "configs").rglob("*.yaml"))]
    folds = [f"{arguments.folds} folds"] if arguments.folds else []
    texts = [file.read_text() for file in files] + sorted(arguments.set) + [json.dumps(arguments.set_in), *folds]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def claim(arguments):
    """Makes the folder, or checks that it was made from the same recipes."""
    mark = arguments.output / "made_from.json"
    made_from = {"recipes": fingerprint(arguments), "set": sorted(arguments.set)}
    if mark.exists() and json.loads(mark.read_text()) != made_from:
        sys.exit(f"technique_table.py: {arguments.output} holds runs of other recipes or other --set values; "
                 "name another folder, or remove it")
    arguments.output.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps(made_from))


def folder_of(output, cell, seed, fold=None):
    return output / (f"{cell}-seed{seed}" + ("" if fold is None else f"-fold{fold}"))


def folders_of(output, cell, seed, folds):
    return [folder_of(output, cell, seed, fold) for fold in (range(folds) if folds else [None])]


def command(arguments, cell, seed, fold):
    """`{student}` in a --set-in value is the folder of the seed's student, from which later cells may start."""
    folder = folder_of(arguments.output, cell, seed, fold)
    words = [arguments.trainer.resolve(), "--config", arguments.table[cell], "--set", f"seed={seed}"]
    if arguments.data:
        words += ["--set", f"data.root={arguments.data}"]
    folds = [] if fold is None else [f"data.split.folds={arguments.folds}", f"data.split.fold={fold}"]
    for override in [*(DERIVED[cell] if arguments.derived else []), *folds, *arguments.set]:
        words += ["--set", override]
    for override in arguments.set_in.get(cell, []):
        words += ["--set", override.replace("{student}", str(folder_of(arguments.output, "student", seed, fold).resolve()))]
    words += ["--output", folder, "--threads", arguments.threads, "--quiet"]
    if (folder / "recipe.yaml").exists():
        words.append("--resume")
    return [str(word) for word in words]


def write_samples(arguments, folder):
    """What each test sample was taken for, beside the summary."""
    if not (folder / "samples.csv").exists():
        subprocess.run([str(arguments.trainer.resolve()), "evaluate", str(folder), "--samples", str(folder / "samples.csv")],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def run_seed(arguments, seed, cells):
    """Runs the seed's cells one after the other; returns what went wrong."""
    problems = []
    for cell in cells:
        for fold in range(arguments.folds) if arguments.folds else [None]:
            folder = folder_of(arguments.output, cell, seed, fold)
            if not (folder / "summary.json").exists():
                print(f"technique_table.py: {folder.name}", file=sys.stderr, flush=True)
                done = subprocess.run(command(arguments, cell, seed, fold), stderr=subprocess.PIPE, text=True)
                if done.returncode == 130:
                    return problems + [f"{folder.name}: interrupted; call again to go on"]
                if done.returncode != 0:
                    problems.append(f"{folder.name}: exit code {done.returncode}: {done.stderr.strip()}")
                    continue
            write_samples(arguments, folder)
    return problems


def run_all(arguments):
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        seeds = [pool.submit(run_seed, arguments, seed, arguments.cells) for seed in arguments.seeds]
        return [problem for seed in seeds for problem in seed.result()]


# --- the table

def pooled(summaries):
    """Of the folds of one seed: every sample was tested once."""
    if len(summaries) == 1:
        return summaries[0]
    samples = sum(summary["test_samples"] for summary in summaries)
    score = {kind: None if any(s["accuracy"][kind] is None for s in summaries) else
             sum(s["accuracy"][kind] * s["test_samples"] for s in summaries) / samples for kind in KINDS}
    means = {key: statistics.mean(s[key] for s in summaries) for key in ("macs", "flash_bytes", "arena_bytes")}
    tflite = [{"path": "model.tflite", "bytes": statistics.mean(map(tflite_bytes, summaries))}]
    seconds = {"train": sum(map(training_seconds, summaries))}
    return {"accuracy": score, "test_samples": samples, **means, "artifacts": tflite, "seconds": seconds,
            "metric": summaries[0].get("metric", "accuracy"),
            "verification": [check for summary in summaries for check in summary["verification"]]}


def read_grid(output, seeds, folds, read):
    """{cell: {seed: read(folders)}} of what is finished."""
    found = {}
    for cell in dict.fromkeys(cell for _, cell, _ in ROWS):
        for seed in seeds:
            folders = folders_of(output, cell, seed, folds)
            if all((folder / "summary.json").exists() for folder in folders):
                found.setdefault(cell, {})[seed] = read(folders)
    return found


def read_summaries(output, seeds, folds=0):
    return read_grid(output, seeds, folds, lambda folders: pooled(
        [json.loads((folder / "summary.json").read_text()) for folder in folders]))


def answers_of(output, seeds, folds=0):
    """{cell: {seed: {sample: row}}} of the runs whose answers were written down."""
    found = read_grid(output, seeds, folds, read_samples)
    return {cell: kept for cell, runs in found.items()
            if (kept := {seed: rows for seed, rows in runs.items() if rows})}


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


def markdown(head, alignment, rows):
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, alignment, *rows])


def metric_of(found):
    return next((summary.get("metric", "accuracy") for cell in found.values() for summary in cell.values()), "accuracy")


def table(found):
    unit = ", %" if metric_of(found) == "accuracy" else f" {METRICS.get(metric_of(found), metric_of(found))}, %"
    head = ["", "int8", *(name + unit for name in KINDS.values()), "model.tflite, bytes", "flash, bytes",
            "arena, bytes", "MACs", "seconds"]
    rows = [table_row(title, how, list(found[cell].values())) for title, cell, how in ROWS if cell in found]
    return markdown(head, ["---"] * 2 + ["---:"] * (len(head) - 2), rows)


def classes_table(found, samples):
    """Where classes weigh alike: what each is found by, in the arithmetic that its row ends with."""
    rows_of = {"macro_f1": class_rows, "mAP50": precision_rows}.get(metric_of(found))
    if not rows_of or not samples:
        return ""
    rows = [(f"{title}, {'int8' if how else 'float'}", cell, "integer" if how else "float") for title, cell, how in ROWS]
    head, *lines = rows_of(rows, samples)
    return markdown(head, ["---"] + ["---:"] * (len(head) - 1), lines)


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


def on_the_same_samples(samples, metric, pair):
    if metric == "accuracy":
        found = paired(samples, *pair)
        return "" if found is None else f" On the same samples: {found[0]:+.2f} ± {found[1]:.2f} (95 %)."
    compare, what = {"macro_f1": (paired_macro_f1, "samples"), "mAP50": (paired_map50, "pictures")}.get(metric, (None, ""))
    found = compare and compare(samples, *pair)
    return "" if not found else " On the same {}: {:+.1f} ({:+.1f} to {:+.1f}, 95 %).".format(what, *found)


PAIRS = [("Distillation, float accuracy", "distill", "float", "student", "float"),
         ("Channel pruning, float accuracy", "prune", "float", "student", "float"),
         ("Post-training quantization, integer against float", "student", "integer", "student", "float"),
         ("QAT against post-training quantization, integer accuracy", "qat", "integer", "student", "integer"),
         ("QAT, integer against its own float", "qat", "integer", "qat", "float"),
         ("All together, integer against its own float", TOGETHER, "integer", TOGETHER, "float"),
         ("All together, integer accuracy against the student's float", TOGETHER, "integer", "student", "float")]


def verdicts(found, samples=None):
    """Each technique against the student without it, seed by seed and sample by sample."""
    lines, metric = [], metric_of(found)
    for title, *pair in PAIRS:
        values = differences(found, *pair)
        if values:
            lines.append(verdict(title.replace("accuracy", METRICS.get(metric, metric)), values) +
                         on_the_same_samples(samples or {}, metric, pair))
    return "\n".join(lines)


def unverified(found):
    """Runs whose export did not do what the trained network does."""
    return [f"- {cell}, seed {seed}: {check['artifact']} failed its verification by {check['judge']}."
            for cell, summaries in found.items() for seed, summary in summaries.items()
            for check in summary["verification"] if check["status"] == "failed"]


def report(found, seeds, samples=None):
    sizes = sorted({summary.get("test_recordings", summary["test_samples"]) for cell in found.values() for summary in cell.values()})
    joined = any("test_recordings" in summary for cell in found.values() for summary in cell.values())
    count = " or ".join(str(size) for size in sizes)
    name = METRICS.get(metric_of(found), metric_of(found))
    title = name[0].upper() + name[1:] if metric_of(found) in METRICS else name
    units = "pictures" if name == "mAP50" else "recordings" if joined else "samples"
    words = (f"{title} on {count} test {units}; mean ± standard deviation over seeds {', '.join(map(str, seeds))}. "
             "All rows share data and augmentation; seconds are without the teacher's training.")
    parts = [words, table(found), classes_table(found, samples), verdicts(found, samples), "\n".join(unverified(found))]
    return "\n\n".join(part for part in parts if part) + "\n"


def read_arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipe", type=pathlib.Path, nargs="?", default=RECIPES / "kws_distill.yaml",
                        help="all techniques together (recipes/kws_distill.yaml)")
    parser.add_argument("--cells", type=pathlib.Path, help="folder of the other recipes (recipes/kws_table)")
    parser.add_argument("--only", nargs="+", metavar="CELL", help="by default all")
    parser.add_argument("--data", type=pathlib.Path, help="the recipe's data.root")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("runs/table"))
    parser.add_argument("--trainer", type=pathlib.Path, default=ROOT / "build" / "release" / "trainer")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--folds", type=int, default=0, help="k-fold: every sample is tested once a seed; 0: the recipe's split")
    parser.add_argument("--jobs", type=int, default=1, help="seeds that run at once")
    parser.add_argument("--threads", type=int, default=1, help="of each run")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for every run; repeatable")
    parser.add_argument("--set-in", action="append", default=[], nargs=2, metavar=("CELL", "KEY=VALUE"),
                        help="for that cell's runs; {student} in it is the folder of the seed's student")
    arguments = parser.parse_args(words)
    beside = arguments.recipe.parent if arguments.recipe.stem == TOGETHER else (
        arguments.recipe.parent / (arguments.recipe.stem.split("_")[0] + "_table"))
    folder = arguments.cells or beside
    arguments.derived = arguments.cells is None and not folder.is_dir()
    if not arguments.derived and not folder.is_dir():
        parser.error(f"there is no folder {folder} of recipes for the table's cells")
    arguments.table = cells_of(arguments.recipe, None if arguments.derived else folder)
    unknown = (set(arguments.only or []) | {cell for cell, _ in arguments.set_in}) - set(arguments.table)
    if unknown:
        parser.error(f"no such cell: {', '.join(sorted(unknown))}; there are {', '.join(arguments.table)}")
    arguments.set_in = {cell: [value for name, value in arguments.set_in if name == cell] for cell in arguments.table}
    arguments.cells = [cell for cell in arguments.table if cell in (arguments.only or arguments.table)]
    return arguments


def main(words=None):
    arguments = read_arguments(words)
    if not arguments.trainer.is_file():
        sys.exit(f"technique_table.py: {arguments.trainer} does not exist; build it (scripts/setup.sh), or name it by "
                 "--trainer")
    claim(arguments)
    problems = run_all(arguments)
    grid = arguments.output, arguments.seeds, arguments.folds
    found = read_summaries(*grid)
    if found:
        text = report(found, arguments.seeds, answers_of(*grid))
        (arguments.output / "table.md").write_text(text)
        print(text, end="")
    for problem in problems:
        print(f"technique_table.py: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
