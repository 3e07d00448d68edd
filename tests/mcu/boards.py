"""Builds programs for microcontrollers and runs them under QEMU, counting instructions.

    board = BOARDS["m4"]
    objects = [board.compile(source, folder, include=[...]) for source in sources]
    program = board.link_program("kernels", objects, folder)
    run = board.run(program, plugin)             # run.status, run.output, run.counts["cost_depthwise"].whole
"""
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
OPTIMIZATION = ["-O2", "-std=c99", "-ffunction-sections", "-fdata-sections"]
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror"]
CORTEX_M = ["-mthumb", "-mfloat-abi=hard"]
CORTEX_M_LINK = ["-T", str(HERE / "cortex_m.ld"), "-Wl,--undefined=reset_handler"]
SECONDS = 300


class Failed(Exception):
    """A build or a run that did not end well."""


@dataclass
class Count:
    own: int  # instructions of the function itself
    whole: int  # and of what it called
    calls: int


@dataclass
class Run:
    status: int
    output: str
    counts: dict = field(default_factory=dict)  # function -> Count; empty where QEMU took no plugin


@dataclass
class Memory:
    flash: int  # code, constants and what RAM begins with
    ram: int  # without stack and heap


@dataclass
class Board:
    name: str
    processor: str
    machine: str
    prefix: str  # of the cross compiler's programs
    flags: list
    link: list
    bare_link: list
    emulator: str = "qemu-system-arm"
    emulator_flags: tuple = ("-icount", "shift=5")
    sources: tuple = ("startup_cortex_m.c",)
    packages: str = "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"

    def compile(self, source, folder, include=(), warnings=True, options=()):
        """Path of the object file."""
        target = folder / (Path(source).stem + ".o")
        folder.mkdir(parents=True, exist_ok=True)
        checked([self.prefix + "gcc", *self.flags, *OPTIMIZATION, *(WARNINGS if warnings else []), *options,
                 *(f"-I{path}" for path in include), "-c", source, "-o", target])
        return target

    def link_program(self, name, objects, folder, bare=False):
        """Path of the ELF file: the objects, the board's start-up and, unless `bare`, semihosting behind libc."""
        start = [self.compile(HERE / source, folder, warnings=False) for source in self.sources]
        target = folder / f"{name}.elf"
        checked([self.prefix + "gcc", *self.flags, *objects, *start, *(self.bare_link if bare else self.link),
                 "-Wl,--gc-sections", "-o", target])
        return target

    def symbols(self, program, kinds):
        """name -> [(address, bytes)]: static functions of one name are several."""
        table = {}
        for line in checked([self.prefix + "nm", "-S", program]).splitlines():
            parts = line.split()
            if len(parts) == 4 and parts[2] in kinds:
                table.setdefault(parts[3], []).append((int(parts[0], 16) & ~1, int(parts[1], 16)))
        return table

    def functions(self, program):
        return self.symbols(program, "tTwW")

    def constants(self, program):
        """name -> bytes."""
        return {name: sum(size for _, size in places) for name, places in self.symbols(program, "rR").items()}

    def sections(self, program):
        """What an ELF file takes of the device's memories."""
        sizes = {}
        for line in checked([self.prefix + "size", "-A", program]).splitlines():
            match = re.match(r"(\.[\w.]+)\s+(\d+)\s+\d+$", line)
            if match:
                sizes[match.group(1)] = int(match.group(2))
        initialized = sizes.get(".data", 0)
        constant = sum(sizes.get(name, 0) for name in (".text", ".rodata", ".ARM.exidx", ".ARM.extab", ".init"))
        return Memory(constant + initialized, initialized + sizes.get(".bss", 0))

    def run(self, program, plugin=None):
        """Runs a program to its end under QEMU; `plugin`: instruction_count.so."""
        command = [self.emulator, "-M", self.machine, "-nographic", "-kernel", program, *self.emulator_flags,
                   "-semihosting-config", "enable=on,target=native"]
        counts = program.with_suffix(".counts")
        counts.unlink(missing_ok=True)
        if plugin:
            listing = program.with_suffix(".functions")
            rows = sorted((address, size, name) for name, places in self.functions(program).items()
                          for address, size in places if size)
            listing.write_text("".join(f"{name} {address:x} {address + size:x}\n" for address, size, name in rows))
            command += ["-plugin", f"{plugin},functions={listing},counts={counts}"]
        try:
            done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=SECONDS, errors="replace", check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{program.name} did not end within {SECONDS} s on {self.machine}") from None
        return Run(done.returncode, done.stdout + done.stderr, read_counts(counts))


def read_counts(path):
    if not path.exists():
        return {}
    counts = {}
    for line in path.read_text().splitlines():
        name, own, whole, calls = line.rsplit(" ", 3)
        before = counts.setdefault(name, Count(0, 0, 0))
        counts[name] = Count(before.own + int(own), before.whole + int(whole), before.calls + int(calls))
    return counts


def checked(command):
    """Standard output of a command that must succeed."""
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed("\n".join([" ".join(map(str, command)), done.stdout + done.stderr]).strip())
    return done.stdout


def missing_tool(chosen):
    """What some of the boards want and this machine lacks, in words; None: nothing."""
    for board in chosen:
        if not shutil.which(board.prefix + "gcc"):
            return f"{board.prefix}gcc is not installed (packages {board.packages})"
        if not shutil.which(board.emulator):
            return f"{board.emulator} is not installed (packages {board.packages})"
    return None


def data_file(path):
    """The option by which a harness knows its file: its C library may give main no arguments."""
    return f'-DDATA="{path}"'


def build_plugin(folder):
    """instruction_count.so, or None where there is no compiler for this machine."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return None
    target = folder / "instruction_count.so"
    folder.mkdir(parents=True, exist_ok=True)
    checked([compiler, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", HERE / "instruction_count.c", "-o", target])
    return target


def cortex_m(name, processor, machine, flags):
    return Board(name, processor, machine, "arm-none-eabi-", CORTEX_M + flags,
                 [*CORTEX_M_LINK, "--specs=rdimon.specs"], [*CORTEX_M_LINK, "-nostartfiles", "--specs=nosys.specs"])


RISCV_LINK = ["-Wl,--defsym=__flash=0x80000000", "-Wl,--defsym=__flash_size=0x200000", "-Wl,--defsym=__ram=0x80200000",
              "-Wl,--defsym=__ram_size=0x200000"]
BOARDS = {
    "m4": cortex_m("m4", "Cortex-M4", "mps2-an386", ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"]),
    "m7": cortex_m("m7", "Cortex-M7", "mps2-an500", ["-mcpu=cortex-m7", "-mfpu=fpv5-d16"]),
    "m55": cortex_m("m55", "Cortex-M55", "mps3-an547", ["-mcpu=cortex-m55"]),
    "rv32": Board("rv32", "rv32imac", "virt", "riscv64-unknown-elf-",
                  ["-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs"],
                  [*RISCV_LINK, "--crt0=hosted", "--oslib=semihost"],
                  [*RISCV_LINK, "--crt0=minimal"], "qemu-system-riscv32",
                  ("-bios", "none", "-icount", "shift=0"), (),
                  "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc"),
}
