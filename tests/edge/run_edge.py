#!/usr/bin/env python3
"""The part without LibTorch on 64-bit ARM under QEMU, beside this machine: features, layers and answers are the same bytes.

    run_edge.py --programs BUILD --arm64 BUILD --work DIR --sysroot DIR [--run RUN…] [--tests PROGRAM…]

Prints one line for each thing that was compared. Exit status 0: the same everywhere; 1: not.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

NEEDS_TORCH = ["train", "check", "evaluate", "export", "profile", "list"]
COMPILES = "[compiles]"  # the tag of tests that compile C and run it: no compiler's programs run on the emulated processor
PATIENCE = 600


class Failed(Exception):
    pass


class Machine:
    """Where programs run: here, or on the emulated processor."""

    def __init__(self, folder, prefix=()):
        self.folder, self.prefix = folder, list(prefix)
        # Judges and compilers would be this machine's.
        self.environment = {**os.environ, "ESPALIER_PYTHON": "/no/such/python", "CC": "/no/such/compiler"}

    def call(self, program, *arguments, given=None):
        command = [*self.prefix, str(self.folder / program), *map(str, arguments)]
        return subprocess.run(command, input=given, capture_output=True, env=self.environment, timeout=PATIENCE, check=False)

    def expect(self, status, program, *arguments, given=None):
        done = self.call(program, *arguments, given=given)
        if done.returncode != status:
            said = (done.stdout + done.stderr).decode(errors="replace")
            raise Failed(f"{program} {' '.join(map(str, arguments))}: exit status {done.returncode}, not {status}\n{said}")
        return done

    def output(self, program, *arguments, given=None):
        return self.expect(0, program, *arguments, given=given).stdout


def same(here, there, what):
    if here != there:
        raise Failed(f"{what}: 64-bit ARM gives other bytes\n  here:  {here[:300]!r}\n  there: {there[:300]!r}")


def raw_samples(path):
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


def compare_bytes(here, arm, folder, work, sounds):
    """Features, answers and every layer; returns how many bytes each kind has."""
    sizes = {}
    for machine, out in ((here, work / "here"), (arm, work / "arm64")):
        for line in machine.output("edge_outputs", folder, out, *sounds).decode().splitlines():
            kind, size = line.split()
            sizes[kind] = int(size)
    for kind in sizes:
        same((work / f"here.{kind}").read_bytes(), (work / f"arm64.{kind}").read_bytes(), f"{folder.name}: {kind}")
    return sizes


def compare_commands(here, arm, folder, sounds):
    """predict, its stream and inspect print the same."""
    model = folder / "model.tflite"
    for arguments in (["predict", folder, *sounds], ["predict", model, *sounds, "--json"], ["inspect", model],
                      ["predict", folder, "--stream", sounds[-1], "--threshold", "0.3"]):
        said = here.output("trainer", *arguments)
        if not said and "--stream" not in arguments:
            raise Failed(f"trainer {arguments[0]} printed nothing")
        same(said, arm.output("trainer", *arguments), f"{folder.name}: trainer {arguments[0]}")
    stream = ["predict", folder, "--stream", "-", "--threshold", "0.3", "--json"]
    given = raw_samples(sounds[-1])
    same(here.output("trainer", *stream, given=given), arm.output("trainer", *stream, given=given), f"{folder.name}: --stream -")


def verify(arm, folder):
    """The int8 files pass by the golden vectors; a copy with one other byte does not."""
    said = arm.output("trainer", "verify", folder).decode()
    passed = [line for line in said.splitlines() if line.startswith("passed")]
    if not any("model.tflite" in line for line in passed):
        raise Failed(f"{folder}: verify did not pass model.tflite\n{said}")
    damaged = folder.parent / "damaged"
    shutil.rmtree(damaged, ignore_errors=True)
    shutil.copytree(folder, damaged)
    content = bytearray((damaged / "model.tflite").read_bytes())
    content[len(content) // 2] ^= 0x10
    (damaged / "model.tflite").write_bytes(content)
    if b"FAILED" not in arm.expect(3, "trainer", "verify", damaged).stdout:
        raise Failed("verify did not say what failed in a damaged copy")
    return len(passed)


def refusals(arm):
    for command in [[name] for name in NEEDS_TORCH] + [["--config", "recipe.yaml"], ["train", "--config", "recipe.yaml"]]:
        said = arm.expect(2, "trainer", *command).stderr.decode()
        if "needs LibTorch" not in said or said.count("\n") != 1:
            raise Failed(f"trainer {' '.join(command)} says: {said}")


def links_no_torch(program, commands):
    needed = subprocess.run(["aarch64-linux-gnu-readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    if "torch" in needed or "c10" in needed:
        raise Failed(f"{program} links LibTorch")
    header = subprocess.run(["aarch64-linux-gnu-readelf", "-h", program], capture_output=True, text=True, check=True).stdout
    if "AArch64" not in header:
        raise Failed(f"{program} is not for 64-bit ARM")
    for entry in json.loads(commands.read_text()):
        if "torch/include" in entry["command"] or "pch_tensor" in entry["command"]:
            raise Failed(f"{entry['file']} sees LibTorch")


def run(options):
    here = Machine(options.programs)
    arm = Machine(options.arm64, [options.qemu, "-cpu", "cortex-a72", "-L", options.sysroot])
    links_no_torch(options.arm64 / "trainer", options.arm64 / "compile_commands.json")
    shutil.rmtree(options.work, ignore_errors=True)
    made = options.work / "exports"
    here.output("make_edge_exports", made)
    sounds = sorted(made.glob("sound*.wav")) + [made / "long.wav"]
    for folder in [made / "integer/export", made / "float/export", made / "deep/export", *options.run]:
        sizes = compare_bytes(here, arm, folder, options.work, sounds)
        compare_commands(here, arm, folder, sounds)
        passed = verify(arm, folder)
        print(f"edge: {folder.parent.name}: equal bytes: " + ", ".join(f"{size:,} of {kind}" for kind, size in sizes.items())
              + f"; predict, --stream, inspect print the same; verify passes {passed}, refuses a damaged copy", flush=True)
    refusals(arm)
    print(f"edge: {', '.join(NEEDS_TORCH)} are refused: they need LibTorch", flush=True)
    for test in options.tests:
        said = arm.output(test, "~" + COMPILES).decode().strip().splitlines()[-1]
        print(f"edge: {test}: {said}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=Path, required=True, help="this machine's build")
    parser.add_argument("--arm64", type=Path, required=True, help="the cross compiled build")
    parser.add_argument("--sysroot", type=Path, required=True)
    parser.add_argument("--qemu", default="qemu-aarch64")
    parser.add_argument("--work", type=Path, required=True, help="emptied")
    parser.add_argument("--run", type=Path, nargs="*", default=[], help="export folders of runs for sound, compared as well")
    parser.add_argument("--tests", nargs="*", default=[], help="test programs of the cross compiled build, run as well")
    try:
        run(parser.parse_args())
    except Failed as failure:
        print(f"edge: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
