#!/usr/bin/env python3
"""Bytes of code that a network needs in TFLite Micro, beside those of the C export: both for x86-64.

No package that installs by name has TFLite Micro's sources, so that it cannot be linked for Cortex-M. Its wheel for
x86-64 keeps its symbols, though, and what a device's linker would keep can be followed: from the interpreter's constructor,
AllocateTensors, Invoke, input and output, and from the registrations and parsers of the operators, to every function that
is called, jumped to, or whose address is loaded or stands in a table whose address is. The C and C++ libraries are left out.

    code_against_tflm.py EXPORT [OPERATOR...]

EXPORT is the folder of a C export; its sources are compiled with cc -O2. OPERATORs are those of the network as TFLite Micro
names them. Exit status 77: there is no tflite-micro.
"""
import argparse
import bisect
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

OPERATORS = ["CONV_2D", "DEPTHWISE_CONV_2D", "MEAN", "FULLY_CONNECTED", "SOFTMAX"]  # of DS-CNN-S
PARSERS = {"CONV_2D": "ParseConv2D", "DEPTHWISE_CONV_2D": "ParseDepthwiseConv2D", "MEAN": "ParseReducer",
           "FULLY_CONNECTED": "ParseFullyConnected", "SOFTMAX": "ParseSoftmax", "RESHAPE": "ParseReshape",
           "AVERAGE_POOL_2D": "ParsePool", "ADD": "ParseAdd"}
INTERPRETER = [r"MicroInterpreter::MicroInterpreter\(tflite::Model const\*, .*unsigned char\*",
               r"MicroInterpreter::AllocateTensors\(\)$", r"MicroInterpreter::Invoke\(\)$", r"MicroInterpreter::(input|output)\(unsigned long\)$"]
# The wheel's build decompresses weights, which a build does that is asked to.
DECOMPRESSION = re.compile("ompress")


def output_of(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


class Library:
    """Functions and tables of a shared library, and what each refers to."""

    def __init__(self, path):
        self.sizes, self.names, self.tables = {}, {}, {}
        for line in output_of("readelf", "-sW", path).splitlines():
            part = line.split()
            if len(part) < 8 or part[6] == "UND" or not re.match(r"\d+:", part[0]):
                continue
            address, size = int(part[1], 16), int(part[2], 0)
            if part[3] == "FUNC" and size:
                self.sizes[address] = max(size, self.sizes.get(address, 0))
                self.names.setdefault(address, set()).add(part[7].split("@")[0])
            if part[3] == "OBJECT" and size:
                self.tables[address] = max(size, self.tables.get(address, 0))
        self.functions = sorted(self.sizes)
        self.table_starts = sorted(self.tables)
        self.by_name = {name: address for address, names in self.names.items() for name in names}
        self.read_relocations(path)
        self.read_code(path)

    def read_relocations(self, path):
        """Addresses that tables hold, and what entries of the global offset table stand for."""
        self.words = {}
        for line in output_of("readelf", "-rW", path).splitlines():
            part = line.split()
            if len(part) >= 4 and part[2] == "R_X86_64_RELATIVE":
                self.words[int(part[0], 16)] = int(part[3], 16)
            elif len(part) >= 5 and part[2] in ("R_X86_64_GLOB_DAT", "R_X86_64_JUMP_SLOT", "R_X86_64_64"):
                target = self.by_name.get(part[4].split("@")[0]) or int(part[3], 16)
                if target:
                    self.words[int(part[0], 16)] = target

    def read_code(self, path):
        self.refers, stubs, lines = {}, {}, output_of("objdump", "-d", "--no-show-raw-insn", path).splitlines()
        for line in lines:  # stubs of the procedure linkage table jump through a word
            head = re.match(r"([0-9a-f]+) <(.+)@plt>:", line)
            if head:
                stubs[int(head.group(1), 16)] = self.by_name.get(head.group(2))
        for line in lines:
            match = re.match(r"\s*([0-9a-f]+):\s+(\S+)\s+(.*)", line)
            if not match:
                continue
            owner = self.function_at(int(match.group(1), 16))
            if owner is None:
                continue
            target = re.search(r"# ([0-9a-f]+)", match.group(3))
            if not target and re.match(r"call|j", match.group(2)):
                target = re.match(r"([0-9a-f]+)\b", match.group(3))
            if target:
                address = int(target.group(1), 16)
                self.refers.setdefault(owner, set()).add(stubs.get(address) or address)

    def function_at(self, address):
        at = bisect.bisect_right(self.functions, address) - 1
        return self.functions[at] if at >= 0 and address < self.functions[at] + self.sizes[self.functions[at]] else None

    def table_at(self, address):
        at = bisect.bisect_right(self.table_starts, address) - 1
        start = self.table_starts[at]
        return start if at >= 0 and address < start + self.tables[start] else None

    def reached(self, roots):
        """Functions that a linker would keep for the roots."""
        kept, tables, waiting = set(), set(), list(roots)
        while waiting:
            address = waiting.pop()
            word = self.words.get(address)
            function, table = self.function_at(address), self.table_at(address)
            if function is not None and function not in kept:
                kept.add(function)
                waiting += self.refers.get(function, ())
            if table is not None and table not in tables:
                tables.add(table)
                waiting += [self.words[at] for at in range(table, table + self.tables[table], 8) if at in self.words]
            if word is not None and table is None:
                waiting.append(word)
        return kept


def demangled(names):
    done = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    return dict(zip(names, done.stdout.splitlines()))


def tflm_code(path, operators):
    """(bytes, name) of each function that an interpreter with these operators needs."""
    library = Library(path)
    plain = demangled(sorted(library.by_name))
    wanted = INTERPRETER + [rf"::Register_{name}\(\)$" for name in operators]
    wanted += [rf"::{PARSERS[name]}\(" for name in operators]
    roots = []
    for pattern in wanted:
        found = [library.by_name[name] for name, text in plain.items() if re.search(pattern, text)]
        if not found:
            raise SystemExit(f"code_against_tflm: no function {pattern} in {path}")
        roots += found
    kept = library.reached(roots)
    texts = {address: " ".join(plain[name] for name in sorted(library.names[address])) for address in kept}
    own = {address: text for address, text in texts.items() if "tflite" in text or "flatbuffers" in text}
    return [(library.sizes[address], text) for address, text in own.items()]


def our_code(folder):
    """Bytes of every function that is linked for model_init and model_invoke, compiled as the wheel is."""
    with tempfile.TemporaryDirectory() as scratch:
        program, main_file = Path(scratch) / "program", Path(scratch) / "main.c"
        main_file.write_text('#include "model.h"\nstatic uint32_t arena[MODEL_ARENA_BYTES / 4];\nint main(void) {\n'
                             "  model network = {0};\n  model_init(&network, arena, sizeof arena);\n"
                             "  return model_invoke(&network) + (model_input(&network) == model_output(&network));\n}\n")
        sources = sorted(Path(folder).glob("*.c"))
        subprocess.run(["cc", "-O2", "-std=c99", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections",
                        f"-I{folder}", main_file, *sources, "-o", program], check=True)
        return sum(int(part[1], 16) for part in map(str.split, output_of("nm", "-S", program).splitlines())
                   if len(part) == 4 and part[2] in "tT" and not part[3].startswith(("_", "main", "frame_dummy")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path)
    parser.add_argument("operators", nargs="*", default=OPERATORS)
    parser.add_argument("--list", action="store_true", help="the largest functions, too")
    options = parser.parse_args()
    unknown = set(options.operators) - set(PARSERS)
    if unknown:
        parser.error(f"no operator {', '.join(sorted(unknown))}; there are {', '.join(PARSERS)}")
    found = importlib.util.find_spec("tflite_micro")
    if found is None:
        print("SKIPPED: tflite-micro is not installed")
        return 77
    library = next(Path(next(iter(found.submodule_search_locations))).rglob("_runtime.so"))
    functions = tflm_code(library, options.operators)
    needed = [(size, name) for size, name in functions if not DECOMPRESSION.search(name)]
    print(f"TFLite Micro: {sum(size for size, _ in needed):,} bytes of code in {len(needed)} functions "
          f"(and {sum(size for size, _ in functions) - sum(size for size, _ in needed):,} to decompress weights)")
    print(f"C export:     {our_code(options.export):,} bytes of code")
    if options.list:
        for size, name in sorted(needed, reverse=True):
            print(f"{size:8,}  {name[:110]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
