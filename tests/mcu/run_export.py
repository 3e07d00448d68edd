#!/usr/bin/env python3
"""A C export on a microcontroller under QEMU: its known answers, what each layer costs, flash and RAM.

    run_export.py FOLDER [--board m4] [--work DIR]

FOLDER is RUN/export/c. Prints lines "what: number", which `trainer profile RUN --measured LOG` reads. Instructions are
counted, not cycles. Exit status 0: the known answers are the twin's; 1: not; 2: no export; 77: a tool is missing.
"""
import argparse
import re
import sys
import tempfile
from pathlib import Path

import boards
from boards import BOARDS, HERE, Failed
from layer_costs import layer_costs

NAME = "model_invoke"


def measure(board, folder, work):
    """Lines of the log, and whether the known answers came out."""
    objects = [board.compile(path, work, [folder]) for path in sorted(folder.glob("*.c"))]
    bench = board.compile(folder / "bench" / "bench.c", work, [folder], options=["-DBENCH_STDIO"])
    run = board.run(board.link_program("bench_program", [*objects, bench], work), boards.build_plugin(work))
    printed = dict(re.findall(r"^(\w+): (.+)$", run.output, re.MULTILINE))
    if "known_answer" not in printed:
        raise Failed(f"the bench did not end:\n{run.output.strip()}")
    lines = [f"model: {printed['model']} on {board.processor}, {board.machine} under QEMU"]
    lines += [f"{name}: {printed[name]}" for name in ("known_answer", "front_end_known_answer", "arena_bytes", "stack_bytes")
              if name in printed]
    least = board.compile(HERE / "footprint.c", work / "footprint", [folder], warnings=False)
    memory = board.sections(board.link_program("least", [*objects, least], work, bare=True))
    lines += [f"flash_bytes: {memory.flash}", f"ram_bytes: {memory.ram}"]
    for number, (title, instructions) in enumerate(layer_costs(folder, run.counts)):
        lines.append(f"layer {number}: {instructions} instructions, {title}")
    if NAME in run.counts:
        lines.append(f"instructions: {run.counts[NAME].whole // run.counts[NAME].calls}")
    if "front_end_frame" in run.counts:
        frame = run.counts["front_end_frame"]
        lines.append(f"front_end_instructions: {frame.whole // frame.calls} a frame")
    return lines, run.status == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--board", default="m4", choices=list(BOARDS))
    parser.add_argument("--work", type=Path, help="where programs are built; default: a folder that is removed")
    options = parser.parse_args()
    folder = options.folder.resolve()
    if not (folder / "bench" / "bench.c").exists():
        print(f"mcu: {options.folder} is no C export (RUN/export/c): it has no bench/bench.c", file=sys.stderr)
        return 2
    absent = boards.missing_tool([BOARDS[options.board]])
    if absent:
        print(f"mcu: NOT RUN: {absent}; scripts/mcu_test.sh installs it", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory() as scratch:
        try:
            lines, passed = measure(BOARDS[options.board], folder, options.work or Path(scratch))
        except Failed as failure:
            print(f"mcu: {failure}", file=sys.stderr)
            return 1
    print("\n".join(lines))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
