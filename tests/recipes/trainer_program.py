"""The program under test, and what every test of it needs: a corpus, a place to work, a way to run it."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import tones

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds; every run here takes a few


def program():
    """From ESPALIER_TRAINER, else build/release/trainer."""
    return os.environ.get("ESPALIER_TRAINER", str(PROJECT / "build" / "release" / "trainer"))


def environment(judges=False):
    """Without `judges` the runtimes' Python is nowhere, so that verification is readback and LibTorch alone."""
    values = dict(os.environ)
    if not judges:
        values["ESPALIER_PYTHON"] = "/nowhere/python"
    return values


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class RecipeTest(unittest.TestCase):
    """One corpus for all tests of a class, one empty folder for each test."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="espalier_recipes_"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.corpus = tones.make_corpus(cls.shared / "corpus")

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="test_", dir=self.shared))

    @classmethod
    def call(cls, *arguments, judges=False, cwd=None, **options):
        """Runs the program with these arguments to its end."""
        return subprocess.run([program(), *map(str, arguments)], env=environment(judges), cwd=cwd or cls.shared,
                              capture_output=True, text=True, timeout=PATIENCE, check=False, **options)

    @classmethod
    def train(cls, recipe, output, *arguments, **options):
        """A whole run on one thread."""
        return cls.call("--config", recipe, "--output", output, "--threads", 1, *arguments, **options)

    def expect(self, code, result):
        """The exit code is `code`; standard error has only lines of the promised form, and no C++ stack."""
        self.assertEqual(code, result.returncode, f"stdout:\n{result.stdout}\nstderr:\n{result.stderr}")
        for line in result.stderr.splitlines():
            self.assertRegex(line, r"^trainer: \S")
        self.assertNotRegex(result.stderr, r"frame #|Exception raised|std::|terminate called")
        return result

    def expect_mistake(self, result, *patterns, code=2):
        """Refused, and each pattern is found in a line of its own file:line:column or file."""
        self.expect(code, result)
        lines = result.stderr.splitlines()
        self.assertTrue(lines, "nothing was said")
        for pattern in patterns:
            self.assertTrue(any(re.search(pattern, line) for line in lines),
                            f"no line matches {pattern!r}:\n{result.stderr}")
        return result


def main():
    """Fails where the program is absent: a test that silently does nothing would be no test."""
    if not pathlib.Path(program()).exists():
        sys.exit(f"{program()} is not built; set ESPALIER_TRAINER")
    unittest.main()
