#!/usr/bin/env python3
"""Holds the sources to the architecture: who may include whom, who may see Torch, how long a file may be.

The layering is read from the espalier_library(NAME FOLDER TIER T LINKS ...) calls of trainer/CMakeLists.txt:
  - a folder includes from itself and from what it links, directly or through others; tests see what their library sees, and base
  - T0 sees no Torch; T1 sees ATen and c10 and, of <torch/...>, only the autograd functions and library.h; in T1 and T2
    no header but a private *_impl.h includes anything of <torch/...>
  - {fmt} is <fmt/core.h> in sources of T0; yaml-cpp and nlohmann-json are seen by one source file each
  - a file listed in a components.inc has one namespace at file scope, espalier::<folder>::<file>
  - headers are guarded, files end at 400 lines; functions above 60 lines are a warning

--headers BUILD measures instead what each header costs whoever includes it, in preprocessed lines, by the compile
commands of that build folder, prints the table and refuses headers above their tier's budget.
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

FILE_CAP, FUNCTION_CAP = 400, 60
# Tensor.h alone is 102,000 lines. T2 headers name files as std::filesystem::path, which adds 6,000 to those of T1.
# <memory>, <functional> and <filesystem> together are 65,000 lines: a T0 header does with two of them.
BUDGETS = {"T0": 60_000, "T1": 110_000, "T2": 115_000}
SOURCES = {".cpp", ".c", ".h"}
# Folders of trainer/ that are programs or parts of them: tier, and the libraries at the top of what they link.
PROGRAMS = {
    "cli": ("T0", ["deployment"]),
    "cli/with_torch": ("T2", ["cli", "pipeline"]),
    "cli/without_torch": ("T0", ["cli", "deployment"]),
}
SINGLE_HOMES = {"yaml-cpp": "schema/document.cpp", "nlohmann": "base/json.cpp"}
TORCH_IN_T1 = ("torch/csrc/autograd/", "torch/library.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


@dataclass
class Library:
    name: str
    folder: Path  # absolute
    tier: str
    links: list = field(default_factory=list)


class Tree:
    """The libraries of a checkout and the complaints about it."""

    def __init__(self, root):
        self.root = root.resolve()
        self.trainer = self.root / "trainer"
        self.libraries = read_libraries(self.trainer / "CMakeLists.txt")
        self.errors, self.warnings = [], []
        for folder, (tier, links) in PROGRAMS.items():
            if folder not in self.libraries and all(name in self.libraries for name in links):
                self.libraries[folder] = Library(folder, self.trainer / folder, tier, links)

    def complain(self, path, line, text):
        self.errors.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def owner(self, path):
        """The library whose folder holds `path`: the deepest, for exporting/torchscript lies inside exporting."""
        holders = [lib for lib in self.libraries.values() if lib.folder in path.parents]
        return max(holders, key=lambda lib: len(lib.folder.parts), default=None)

    def tested(self, path):
        """The library that a file below tests/ mirrors, by the longest folder of the same name."""
        parts = path.relative_to(self.root / "tests").parts[:-1]
        for length in range(len(parts), 0, -1):
            for base in (self.trainer, self.root):
                found = self.owner(base.joinpath(*parts[:length], "x"))
                if found:
                    return found
        return None

    def reach(self, library):
        """Names of `library` and all that it links, directly or through others."""
        reached, waiting = set(), [library.name]
        while waiting:
            name = waiting.pop()
            if name not in reached and name in self.libraries:
                reached.add(name)
                waiting += self.libraries[name].links
        return reached

    def files(self, *folders):
        for folder in folders:
            base = self.root / folder
            yield from sorted(p for p in base.rglob("*") if p.suffix in SOURCES and p.is_file())


def read_libraries(cmake):
    text = re.sub(r"#.*", "", cmake.read_text())
    libraries = {}
    for call in re.findall(r"espalier_library\s*\(([^)]*)\)", text):
        words = call.split()
        lists, key = {}, "HEAD"
        for word in words:
            if word in ("TIER", "LINKS", "PRIVATE", "EXCEPT"):
                key = word
            else:
                lists.setdefault(key, []).append(word)
        name, folder = lists["HEAD"]
        libraries[name] = Library(name, (cmake.parent / folder).resolve(), lists["TIER"][0], lists.get("LINKS", []))
    return libraries


def includes(path):
    """(line number, '<' or '"', name) of each include."""
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


# --- the rules --------------------------------------------------------------------------------------------------------


def check_links(tree):
    """The graph of LINKS itself: known names, no circle, tiers that only rise."""
    cmake = tree.trainer / "CMakeLists.txt"
    for library in tree.libraries.values():
        for other in library.links:
            if other not in tree.libraries:
                tree.complain(cmake, 1, f"{library.name} links '{other}', which is no library")
            elif tree.libraries[other].tier > library.tier:
                tree.complain(cmake, 1, f"{library.name} ({library.tier}) links {other} ({tree.libraries[other].tier})")
            elif library.name in tree.reach(tree.libraries[other]):
                tree.complain(cmake, 1, f"{library.name} and {other} link each other")


def resolve(tree, path, name):
    """The project's file that `#include "name"` in `path` means; None for generated and foreign ones."""
    for base in (path.parent, tree.trainer, tree.root, tree.root / "tests"):
        if (base / name).is_file():
            return (base / name).resolve()
    return None


def check_project_include(tree, path, line, name, library, is_test):
    target = resolve(tree, path, name)
    if target is None:
        first = name.split("/")[0]
        if first in tree.libraries and "/" in name and "generated" not in name:
            tree.complain(path, line, f"includes \"{name}\", which does not exist")
        return
    other = tree.owner(target)
    # Every test program links base, for its random numbers and scratch files.
    if other and other.name not in tree.reach(library) and not (is_test and other.name == "base"):
        tree.complain(path, line, f"{library.name} includes \"{name}\" of {other.name}, which it does not link")


def check_torch_include(tree, path, line, name, library, is_test):
    top = name.split("/")[0]
    if top not in ("torch", "ATen", "c10", "caffe2"):
        return
    if library.tier == "T0":
        tree.complain(path, line, f"<{name}> in {library.name}, which is T0: no Torch there")
    elif top == "torch" and path.suffix == ".h" and not path.stem.endswith("_impl"):
        tree.complain(path, line, f"<{name}> in a header; hide it in the source or in a private *_impl.h")
    elif top == "torch" and library.tier == "T1" and not is_test and not name.startswith(TORCH_IN_T1):
        tree.complain(path, line, f"<{name}> in {library.name}, which is T1: at::Tensor only")


def check_foreign_include(tree, path, line, name, library):
    top = name.split("/")[0]
    if top == "fmt":
        if name != "fmt/core.h":
            tree.complain(path, line, f"<{name}>: only <fmt/core.h> is linked, the rest would be compiled in each file")
        if path.suffix != ".cpp" or library.tier != "T0":
            tree.complain(path, line, "{fmt} belongs into .cpp files of T0; use base/text.h")
    home = SINGLE_HOMES.get(top)
    if home and path != tree.trainer / home:
        tree.complain(path, line, f"<{name}> is seen by trainer/{home} alone")


def check_includes(tree, path, library, is_test):
    for line, kind, name in includes(path):
        if kind == '"':
            check_project_include(tree, path, line, name, library, is_test)
        check_torch_include(tree, path, line, name, library, is_test)
        check_foreign_include(tree, path, line, name, library)


def check_size(tree, path):
    lines = path.read_text(errors="replace").splitlines()
    if len(lines) > FILE_CAP:
        tree.complain(path, len(lines), f"{len(lines)} lines; files end at {FILE_CAP}")
    if path.suffix == ".h" and not any(re.match(r"#pragma once|#ifndef \w+_H_?$", line) for line in lines):
        tree.complain(path, 1, "a header without #pragma once (or, in C for devices, a guard NAME_H)")
    for start, length in long_functions(lines):
        tree.warnings.append(f"{path.relative_to(tree.root)}:{start}: a function of {length} lines; aim at 25, at most {FUNCTION_CAP}")


def long_functions(lines):
    """(first line, length) of bodies at file scope above the cap; the format puts their braces into column 0."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("}"):
            if start and number - start + 1 > FUNCTION_CAP:
                yield start, number - start + 1
            start = None
        elif line.rstrip().endswith("{") and line[:1] not in (" ", "#", "/", "}", ""):
            if not re.match(r"(inline )?namespace|extern|struct|class|enum|union|typedef", line) and ") " in line:
                start = number


def check_components(tree):
    """Two files with one name in a shared namespace silently become one: each component has its own."""
    for inc in sorted([*tree.trainer.rglob("components.inc"), *(tree.root / "datasets").rglob("components.inc")]):
        for line, text in enumerate(inc.read_text().splitlines(), 1):
            match = re.fullmatch(r"COMPONENT\(\w+, *(\w+)\)", text)
            if not match:
                tree.complain(inc, line, f"'{text}' is no COMPONENT(kind, file)")
                continue
            source = inc.parent / f"{match.group(1)}.cpp"
            if source.is_file():
                check_namespaces(tree, source, f"espalier::{inc.parent.name}::{match.group(1)}")
            else:
                tree.complain(inc, line, f"no file {source.name} beside it")


def check_namespaces(tree, source, wanted):
    opened = re.compile(r"(?:inline )?namespace\b\s*([\w:]*)\s*(?:\[\[.*\]\]\s*)?\{")
    found = 0
    for line, text in enumerate(source.read_text().splitlines(), 1):
        match = opened.match(text)
        if match and match.group(1) == wanted:
            found += 1
        elif match:
            tree.complain(source, line, f"a component lives in namespace {wanted} alone, not in '{match.group(1)}'")
    if not found:
        tree.complain(source, 1, f"a component lives in namespace {wanted}")


def check(root):
    """All rules over the checkout at `root`; the Tree with its errors and warnings."""
    tree = Tree(root)
    check_links(tree)
    for path in tree.files("trainer", "datasets"):
        library = tree.owner(path)
        if library:
            check_includes(tree, path, library, is_test=False)
        else:
            tree.complain(path, 1, "lies in no library of trainer/CMakeLists.txt")
        check_size(tree, path)
    for path in tree.files("tests"):
        library = tree.tested(path)
        if library:
            check_includes(tree, path, library, is_test=True)
        check_size(tree, path)
    check_components(tree)
    return tree


# --- what headers cost ------------------------------------------------------------------------------------------------


def first_source(source):
    """`source`, or the first that it includes where CMake wrote it for a unity build."""
    if source.parent.name != "Unity":
        return source
    return Path(re.search(r'#include "([^"]+)"', source.read_text())[1])


def compile_flags(tree, build):
    """Library -> compiler and the flags that decide what a header preprocesses to, from one of its own sources."""
    flags = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = first_source(Path(entry["directory"], entry["file"]).resolve())
        library = tree.owner(source)
        language = "c" if source.suffix == ".c" else "c++"
        if library is None or (library.name, language) in flags:
            continue
        words = entry["arguments"] if "arguments" in entry else shlex.split(entry["command"])
        words = words[1:] if Path(words[0]).name == "ccache" else words
        kept = [w for w in words[1:] if w.startswith(("-I", "-D", "-std", "-m", "-O", "-isystem/"))]
        kept += [w for i, word in enumerate(words) if word == "-isystem" for w in (word, words[i + 1])]
        flags[library.name, language] = (entry["directory"], [words[0], *kept])
    return flags


def preprocessed_lines(header, directory, command, language):
    command = [*command, "-E", "-P", "-include", str(header), "-x", language, "/dev/null"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{header}: does not compile on its own\n{done.stderr.strip()}")
    return sum(1 for line in done.stdout.splitlines() if line.strip())


def header_costs(tree, build):
    """[(library, header, lines)] of every public header whose library this build compiles, and the names left out."""
    flags = compile_flags(tree, build)
    jobs, left_out = [], set()
    for header in tree.files("trainer", "datasets"):
        library = tree.owner(header)
        if header.suffix != ".h" or header.stem.endswith("_impl") or library is None:
            continue
        language = "c++" if (library.name, "c++") in flags else "c"
        if (library.name, language) in flags:
            jobs.append((library, header, *flags[library.name, language], language))
        else:
            left_out.add(library.name)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        lines = list(pool.map(lambda job: preprocessed_lines(*job[1:]), jobs))
    return [(job[0], job[1], count) for job, count in zip(jobs, lines)], sorted(left_out)


def report_headers(tree, build):
    try:
        costs, left_out = header_costs(tree, build)
    except (OSError, RuntimeError) as problem:
        print(f"check_layers: {problem}", file=sys.stderr)
        return 1
    order = list(tree.libraries)
    for library, header, lines in sorted(costs, key=lambda row: (order.index(row[0].name), -row[2])):
        budget = BUDGETS[library.tier]
        print(f"{lines:8,} of {budget:7,}  {library.tier}  {header.relative_to(tree.root)}")
        if lines > budget:
            tree.complain(header, 1, f"{lines:,} preprocessed lines; {library.tier} headers may have {budget:,}")
    if left_out:
        print(f"not measured, for this build compiles nothing of it: {', '.join(left_out)}")
    return report(tree, f"{len(costs)} headers measured")


def report(tree, done):
    for text in tree.warnings:
        print(f"warning: {text}")
    for text in tree.errors:
        print(text, file=sys.stderr)
    print(f"check_layers: {done}, {len(tree.errors)} errors, {len(tree.warnings)} warnings")
    return 1 if tree.errors else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1], help="checkout (this one)")
    parser.add_argument("--headers", type=Path, metavar="BUILD", help="measure headers with this build's commands")
    options = parser.parse_args(arguments)
    if options.headers:
        return report_headers(Tree(options.root), options.headers.resolve())
    tree = check(options.root)
    return report(tree, f"{len(tree.libraries)} libraries")


if __name__ == "__main__":
    sys.exit(main())
