#!/usr/bin/env python3
"""The part without LibTorch, built and installed here: its commands on an export folder, and a program of one's own that finds it.

    test_package.py FOLDER      (the build folder that test_without_torch.py configured)
"""
import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(sys.argv.pop(1) if len(sys.argv) > 1 else ROOT / "build" / "edge_configured").resolve()
PREFIX, EXPORTS, CONSUMER = FOLDER / "installed", FOLDER / "exports", FOLDER / "consumer"
# Whoever asks for LibTorch is refused, wherever it may lie.
WITHOUT = ["-DCMAKE_DISABLE_FIND_PACKAGE_LibTorch=ON", "-DCMAKE_DISABLE_FIND_PACKAGE_Torch=ON"]
ENVIRONMENT = {**os.environ, "ESPALIER_PYTHON": "/no/such/python", "CC": "/no/such/compiler"}


def call(*command, **options):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)


def expect(*command, status=0, **options):
    done = call(*command, **options)
    if done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for folder in (PREFIX, EXPORTS, CONSUMER):
            shutil.rmtree(folder, ignore_errors=True)
        expect("cmake", "--build", FOLDER, "--target", "installable", "make_edge_exports")
        expect("cmake", "--install", FOLDER, "--prefix", PREFIX)
        expect(FOLDER / "make_edge_exports", EXPORTS)
        cls.sounds = sorted(EXPORTS.glob("sound*.wav"))

    def trainer(self, *arguments, status=0):
        return expect(PREFIX / "bin" / "trainer", *arguments, status=status, env=ENVIRONMENT).stdout

    def labels(self, folder):
        lines = self.trainer("predict", folder, *self.sounds, "--json").splitlines()
        return [json.loads(line)["label"] for line in lines]

    def test_its_commands_on_an_export_folder(self):
        for name in ("integer", "float", "deep"):
            folder = EXPORTS / name / "export"
            self.assertEqual(len(self.sounds), len(self.labels(folder)))
            passed = [line for line in self.trainer("verify", folder).splitlines() if line.startswith("passed")]
            self.assertTrue(any("model.tflite" in line for line in passed), passed)
            self.assertTrue(any("model.onnx" in line for line in passed), passed)
            for file in ("model.tflite", "model.onnx"):
                self.assertIn("depthwise", self.trainer("inspect", folder / file).lower())

    def test_training_is_refused(self):
        done = expect(PREFIX / "bin" / "trainer", "--config", "recipe.yaml", status=2)
        self.assertIn("needs LibTorch", done.stderr)

    def test_a_program_of_ones_own_finds_it_without_libtorch(self):
        expect("cmake", "-S", Path(__file__).parent / "consumer", "-B", CONSUMER, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
               f"-DCMAKE_PREFIX_PATH={PREFIX}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror", *WITHOUT)
        expect("cmake", "--build", CONSUMER)
        for name in ("integer", "deep"):
            said = expect(CONSUMER / "label", EXPORTS / name / "export", *self.sounds).stdout.splitlines()
            self.assertEqual(self.labels(EXPORTS / name / "export"), said)

    def test_nothing_of_training_is_installed(self):
        headers = {path.relative_to(PREFIX / "include" / "espalier").as_posix(): path for path in PREFIX.rglob("*.h")}
        for wanted in ("deployment/predictor.h", "datasets/dataset.h", "device_runtime/kernels_s8.h", "graph/builder.h"):
            self.assertIn(wanted, headers)
        for name, path in headers.items():
            self.assertNotRegex(path.read_text(), r"#include <(torch|ATen|c10)/", name)
            self.assertNotIn(name.split("/")[0], ("nn", "training", "pipeline", "compression", "cli"))
            self.assertFalse(name.endswith("_impl.h"), name)
        for path in (PREFIX / "lib").rglob("*.cmake"):
            if not path.name.startswith("Find") and path.name != "EspalierConfig.cmake":
                self.assertNotIn("torch", path.read_text().lower(), path.name)


if __name__ == "__main__":
    unittest.main()
