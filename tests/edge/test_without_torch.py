#!/usr/bin/env python3
"""The preset `edge` configures where no LibTorch can be found, and none of its commands names LibTorch.

    test_without_torch.py FOLDER      (a build folder that the test owns)
"""
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(sys.argv.pop(1) if len(sys.argv) > 1 else ROOT / "build" / "edge_configured")
# LibTorch's headers, libraries and this project's precompiled header of them; not our own folders without_torch/.
TORCH = re.compile(r"torch/include|torch/lib\b|/ATen/|libtorch|libc10|-ltorch|-lc10|pch_tensor", re.IGNORECASE)
FOUND = ("Torch_DIR", "TORCH_DIR", "LIBTORCH", "TORCH_ROOT", "LibTorch_ROOT", "VIRTUAL_ENV", "CONDA_PREFIX")


class WithoutTorch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        environment = {key: value for key, value in os.environ.items() if key not in FOUND}
        command = ["cmake", "--preset", "edge", "-B", str(FOLDER), "-DESPALIER_WARNINGS_AS_ERRORS=ON",
                   "-DESPALIER_UNITY=OFF", "--fresh"]  # each file has a command
        if tuple(map(int, cmake_version().split(".")[:2])) < (3, 24):
            command.remove("--fresh")
            (FOLDER / "CMakeCache.txt").unlink(missing_ok=True)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        cls.commands = json.loads((FOLDER / "compile_commands.json").read_text())
        cls.ninja = (FOLDER / "build.ninja").read_text()
        cls.cache = (FOLDER / "CMakeCache.txt").read_text()

    def test_no_compile_command_sees_torch(self):
        self.assertGreater(len(self.commands), 100)
        for command in self.commands:
            self.assertNotRegex(command["command"], TORCH)

    def test_no_link_line_names_torch(self):
        self.assertIn("build trainer:", self.ninja)
        self.assertNotRegex(self.ninja, TORCH)

    def test_nobody_even_looked_for_it(self):
        self.assertNotIn("LibTorch_ROOT", self.cache)

    def test_training_is_left_out_whole(self):
        files = [Path(command["file"]).resolve().relative_to(ROOT).as_posix() for command in self.commands
                 if Path(command["file"]).resolve().is_relative_to(ROOT)]
        for folder in ("nn", "training", "pipeline", "compression", "quantization", "cli/with_torch"):
            self.assertFalse([file for file in files if file.startswith(f"trainer/{folder}/")], folder)
        for file in ("deployment/predictor.cpp", "cli/main.cpp", "cli/without_torch/commands.cpp"):
            self.assertIn(f"trainer/{file}", files)


def cmake_version():
    return subprocess.run(["cmake", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]


if __name__ == "__main__":
    unittest.main()
