#!/usr/bin/env python3
"""Runs the commands of the guide (recipes/guide/*.md) as they stand there.

    scripts/run_guide.py                       every page, in order, in this checkout
    scripts/run_guide.py recipes/guide/2_prune.md
    scripts/run_guide.py --update              besides, write what the commands printed into the pages

Commands are the lines that begin with "$ " in blocks marked ```console (a backslash continues a line); the lines below one
are what it printed. Each must end with exit code 0. --work FOLDER runs them in a copy of recipes, configs and scripts
beside the build, so that data and runs of this checkout stay as they are; --clips N speaks fewer clips of each word than
the pages say, for tests. Pages share what they trained: one that is run alone needs those before it once.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "$ "


@dataclass
class Command:
    """Its lines as the page has them, and what the page says that it printed."""
    lines: list
    printed: list = field(default_factory=list)

    def text(self):
        return "\n".join([self.lines[0][len(PROMPT):], *self.lines[1:]])


def commands_of(block):
    """The commands of one block's text."""
    commands, open_command = [], False
    for line in block.splitlines():
        if line.startswith(PROMPT):
            commands.append(Command([line]))
        elif open_command:
            commands[-1].lines.append(line)
        elif commands:
            commands[-1].printed.append(line)
        else:
            raise ValueError(f"a console block begins with {line!r}, not with a command")
        open_command = (line.startswith(PROMPT) or open_command) and line.endswith("\\")
    return commands


def pages(folder):
    """README.md first, then the numbered ones."""
    return [folder / "README.md", *sorted(folder.glob("[0-9]_*.md"))]


def make_work(work, trainer):
    """Copies what commands read; the build is a link. Recipes name each other by relative paths, hence no links there."""
    work.mkdir(parents=True, exist_ok=True)
    for name in ("recipes", "configs", "scripts"):
        shutil.copytree(ROOT / name, work / name, dirs_exist_ok=True)
    (work / "build" / "release").mkdir(parents=True, exist_ok=True)
    link = work / "build" / "release" / "trainer"
    if not link.exists():
        link.symlink_to(trainer)


def run(command, folder, clips):
    """What it printed; ends the program where the command fails."""
    text = command.text()
    if clips:
        text = re.sub(r"--clips-per-word \d+", f"--clips-per-word {clips}", text)
    print(f"{PROMPT}{text}", flush=True)
    started = time.monotonic()
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    print(done.stdout, end="")
    print(f"# {time.monotonic() - started:.1f} s", flush=True)
    if done.returncode != 0:
        sys.exit(f"run_guide: exit code {done.returncode} of: {text}")
    return done.stdout.rstrip("\n").splitlines()


def run_page(page, folder, clips):
    """The page's text with what its commands printed this time."""
    def renewed(match):
        lines = []
        for command in commands_of(match.group(1)):
            lines += command.lines + run(command, folder, clips)
        return "```console\n" + "".join(line + "\n" for line in lines) + "```"
    return BLOCK.sub(renewed, page.read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path)
    parser.add_argument("--update", action="store_true", help="write what was printed into the pages")
    parser.add_argument("--work", type=Path, help="run in a copy there")
    parser.add_argument("--clips", type=int, help="clips of a word, instead of what the page says")
    arguments = parser.parse_args()
    if arguments.update and arguments.clips:
        parser.error("--update wants the pages' own commands, without --clips")
    folder = ROOT
    if arguments.work:
        trainer = Path(os.environ.get("ESPALIER_TRAINER", ROOT / "build" / "release" / "trainer"))
        folder = arguments.work.resolve()
        make_work(folder, trainer.resolve())
    for page in arguments.pages or pages(ROOT / "recipes" / "guide"):
        print(f"\n# {page.name}", flush=True)
        text = run_page(page, folder, arguments.clips)
        if arguments.update:
            page.write_text(text)


if __name__ == "__main__":
    main()
