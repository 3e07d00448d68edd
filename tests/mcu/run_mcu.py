#!/usr/bin/env python3
"""What ships to microcontrollers, on Cortex-M4, M7 and M55 under QEMU: the bytes of host and twin, and what they cost.

Runs random layers by every kernel with a fast path, then networks exported as C, layer by layer, DS-CNN-S with its
front end among them. Prints one table: instructions (counted, not cycles), flash and RAM from the ELF file of the least
firmware, stack. Exit status 0: same bytes everywhere, within the budgets; 1: not; 77: a tool is missing.
"""
import argparse
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boards
from boards import BOARDS, HERE, Failed
from layer_costs import layer_costs

ROOT = HERE.parents[1]
TRAINER = ROOT / "trainer"
KERNELS = ["conv2d_s8.c", "depthwise_conv2d_s8.c", "fully_connected_s8.c", "packed_s8.c", "requantize.c"]
OURS = {"model", "labels", "known_answer", "front_end"}  # files of an export that are no kernels
# On Cortex-M4, GCC 12.2 at -O2; instructions are inclusive of callees.
JUDGED = "m4"
BUDGETS = {"cost_depthwise": 200_000, "cost_pointwise": 420_000, "kernel_code": 16 * 1024}
# TFLite Micro's smallest arena, in bytes, found by bisection for MLPerf Tiny's own files of these shapes.
TINY = {"ds_cnn_s": 25_088, "resnet8": 57_651, "mobilenet_v1_025": 106_291}
COMPRESSED = ["int8", "half_pruned", "nine_tenths_pruned", "sixteen_values", "int4"]
WEIGHTS, LEAST_SAVED = 22_016, 0.25  # of DS-CNN-S; the share of them that compressing must take off the flash
KNOWN_COST = 202  # instructions of a function of the harness
MOST_LINES = 12  # of a compiler's complaints
ROWS = [  # of the table: (name in the results, title)
    ("layers", "random layers with the host's bytes"),
    ("networks", "exported networks with the twin's bytes"),
    ("cost_depthwise", "depthwise 3x3, 16x16x16: instructions"),
    ("cost_pointwise", "convolution 1x1, 16 to 32, 16x16: instructions"),
    ("cost_inference", "DS-CNN-S, one inference: instructions"),
    ("cost_sound_to_answer", "  from a second of sound: instructions"),
    ("kernel_code", "  kernels' code: bytes"),
    ("constants", "  weights and other constants: bytes"),
    ("flash", "  least firmware, flash: bytes"),
    ("flash_with_front_end", "  with the front end, flash: bytes"),
    ("arena", "  arena with scratch memory: bytes"),
    ("ram", "  least firmware, RAM without stack: bytes"),
    ("stream", "  keyword stream, RAM beside the arena: bytes"),
    ("stack", "  stack: bytes"),
    ("stack_with_front_end", "  stack with the front end: bytes"),
]

WIDTH = max(len(title) for _, title in ROWS)


class Tester:
    """Everything about one board."""

    def __init__(self, board, options, plugin):
        self.board, self.plugin = board, plugin
        self.layers, self.exports = options.work / "layers.bin", options.work / "exports"
        self.folder = options.work / board.name
        self.results, self.complaints, self.notes = {}, [], []
        self.tiny, self.compressed = {}, {}

    def run(self):
        try:
            self.kernels()
            self.results.update(self.network(self.exports / "ds_cnn_s", measured=True))
            others = sorted(path for group in ("small", "compressed") for path in (self.exports / group).iterdir()
                            if path.is_dir())
            costs = {path.name: self.network(path, measured=path.name in COMPRESSED) for path in others}
            self.results["networks"] = f"{len(others) + 1} of {len(others) + 1}"
            self.compressed = {name: costs[name] for name in COMPRESSED}
            if self.board.name == JUDGED:
                self.tiny = {network: self.results if network == "ds_cnn_s" else
                             self.network(self.exports / "tiny" / network, measured=True) for network in TINY}
                self.budgets()
        except Failed as failure:
            self.complain(str(failure))
        return self

    def complain(self, text):
        lines = text.splitlines()
        shown = lines[:MOST_LINES] + [f"({len(lines) - MOST_LINES} more lines)"] * (len(lines) > MOST_LINES)
        self.complaints.append(f"{self.board.processor}: " + "\n".join(shown))

    def kernels(self):
        folder = self.folder / "kernels"
        objects = [self.board.compile(TRAINER / "device_runtime" / kernel, folder, [TRAINER]) for kernel in KERNELS]
        objects.append(self.board.compile(HERE / "kernel_harness.c", folder, [TRAINER, HERE], warnings=False,
                                          options=[boards.data_file(self.layers)]))
        program = self.board.link_program("kernel_harness", objects, folder)
        run = self.board.run(program, self.plugin)
        if run.status != 0:
            raise Failed(f"kernels do not give the host's bytes:\n{run.output.strip()}")
        counted = run.counts["known_cost"].whole if "known_cost" in run.counts else None
        if counted not in (None, KNOWN_COST):
            raise Failed(f"the instruction counter counts {counted} instead of {KNOWN_COST}")
        if counted is None:
            self.notes.append(f"{self.board.processor}: instructions not counted: this QEMU does not take the plugin")
        self.results["layers"] = "{1} of {1}".format(*run.output.split()[-4:-2])
        self.results.update({name: run.counts[name].whole for name, _ in ROWS if name in run.counts})

    def network(self, source, measured=False):
        """Compiles and runs an export. Of one that is measured: what it costs, {name: number}."""
        folder, hears = self.folder / source.name, (source / "front_end.c").exists()
        objects = {path.stem: self.board.compile(path, folder, [source]) for path in sorted(source.glob("*.c"))}
        switch = ["-DHEARS"] if hears else []
        main = self.board.compile(HERE / "model_harness.c", folder, [source], warnings=False,
                                  options=[*switch, boards.data_file(source.with_suffix(".samples"))])
        program = self.board.link_program("model_harness", [*objects.values(), main], folder)
        run = self.board.run(program, self.plugin)
        if run.status != 0:
            raise Failed(f"network {source.name} does not give the twin's bytes:\n{run.output.strip()}")
        if not measured:
            return {}
        printed = dict(line.split() for line in run.output.splitlines() if len(line.split()) == 2)
        costs = {name: int(printed[name]) for name in ("arena", "stack", "stack_with_front_end", "stream") if name in printed}
        costs.update({name: run.counts[name].whole for name, _ in ROWS if name in run.counts})
        costs["layers_of_network"] = layer_costs(source, run.counts)
        return {**costs, **self.footprint(source, folder, objects, hears)}

    def footprint(self, source, folder, objects, hears):
        """Bytes of flash and RAM of the least firmware around a network."""
        def linked(name, switch):
            main = self.board.compile(HERE / "footprint.c", folder / name, [source], warnings=False, options=switch)
            return self.board.link_program(name, [*objects.values(), main], folder, bare=True)

        program = linked("footprint", [])
        sections = self.board.sections(program)
        code = {name for stem, path in objects.items() if stem not in OURS for name in self.board.functions(path)}
        costs = {"flash": sections.flash, "ram": sections.ram,
                 "constants": sum(self.board.constants(objects["model"]).values()),
                 "kernel_code": sum(size for name, places in self.board.functions(program).items() if name in code
                                    for _, size in places)}
        if hears:
            costs["flash_with_front_end"] = self.board.sections(linked("footprint_with_front_end", ["-DHEARS"])).flash
        return costs

    def budgets(self):
        for name, most in BUDGETS.items():
            if self.results.get(name, 0) > most:
                self.complain(f"{dict(ROWS)[name].strip()}: {self.results[name]:,}, budget {most:,}")
        for network in self.compressed:
            if network != "int8" and self.saved(network) < LEAST_SAVED * WEIGHTS:
                self.complain(f"{network}: {self.saved(network):,} bytes of flash less than int8, of {WEIGHTS:,} bytes of "
                              f"weights; at least {LEAST_SAVED:.0%} is asked for")

    def saved(self, network):
        """Bytes of flash that the encoding of weights saves."""
        return self.compressed["int8"]["flash"] - self.compressed[network]["flash"]


def print_networks(title, networks):
    """A column for each network: {name: costs}."""
    rows = [("cost_inference", "one inference: instructions"), ("kernel_code", "kernels' code: bytes"),
            ("constants", "weights and other constants: bytes"), ("flash", "least firmware, flash: bytes"),
            ("arena", "arena with scratch memory: bytes"), ("stack", "stack: bytes")]
    print("\n" + title.ljust(WIDTH) + "".join(f"{name:>20}" for name in networks))
    for name, text in rows:
        values = [costs.get(name, "not run") for costs in networks.values()]
        print(text.ljust(WIDTH) + "".join(f"{v:>20,}" if isinstance(v, int) else f"{v:>20}" for v in values))


def print_line(title, values):
    print(title.ljust(WIDTH) + "".join(f"{value:>20}" for value in values))


def print_judged(tester):
    """Networks of MLPerf Tiny's shapes beside what TFLite Micro needs for the originals; weights that are encoded."""
    print_networks(f"MLPerf Tiny's shapes, {tester.board.processor}", tester.tiny)
    print_line("TFLite Micro's smallest arena: bytes", [f"{most:,}" for most in TINY.values()])
    print_line("  less RAM", [f"{1 - tester.tiny[network]['arena'] / most:.0%}" for network, most in TINY.items()])
    print(f"\nDS-CNN-S, {tester.board.processor}, instructions of each layer")
    for title, instructions in tester.results["layers_of_network"]:
        print(f"{title:<{WIDTH + 14}}{instructions:>12,}")
    print_networks(f"DS-CNN-S, weights encoded, {tester.board.processor}", tester.compressed)
    print_line("  less flash: share of the weights' bytes",
               [f"{tester.saved(network) / WEIGHTS:.0%}" for network in tester.compressed])


def print_table(testers):
    print(" " * WIDTH + "".join(f"{tester.board.processor:>14}" for tester in testers))
    for name, title in ROWS:
        values = [tester.results.get(name, "not run") for tester in testers]
        print(title.ljust(WIDTH) + "".join(f"{v:>14,}" if isinstance(v, int) else f"{v:>14}" for v in values))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, required=True, help="folder of make_layers and make_c_exports")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is built; emptied")
    parser.add_argument("--boards", default="m4,m7,m55", help="of " + ", ".join(BOARDS))
    options = parser.parse_args()
    chosen = [BOARDS[name] for name in options.boards.split(",")]
    absent = boards.missing_tool(chosen)
    if absent:
        print(f"mcu: NOT RUN: {absent}; scripts/mcu_test.sh installs it", file=sys.stderr)
        return 77
    options.work = options.work.resolve()
    if options.work.exists() and any(options.work.iterdir()) and not (options.work / "layers.bin").exists():
        print(f"mcu: {options.work} holds other files; name an empty folder", file=sys.stderr)
        return 2
    shutil.rmtree(options.work, ignore_errors=True)
    options.work.mkdir(parents=True)
    try:
        boards.checked([options.programs / "make_layers", options.work / "layers.bin"])
        boards.checked([options.programs / "make_c_exports", options.work / "exports"])
        plugin = boards.build_plugin(options.work)
    except Failed as failure:
        print(f"mcu: {failure}", file=sys.stderr)
        return 1
    with ThreadPoolExecutor(2) as pool:
        testers = list(pool.map(lambda board: Tester(board, options, plugin).run(), chosen))
    print_table(testers)
    for tester in testers:
        if tester.tiny:
            print_judged(tester)
    for note in (note for tester in testers for note in tester.notes):
        print(f"mcu: NOT RUN: {note}", file=sys.stderr)
    complaints = [complaint for tester in testers for complaint in tester.complaints]
    for complaint in complaints:
        print(f"mcu: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
