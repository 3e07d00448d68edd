"""Every command of the guide's pages, on fewer clips than the pages say."""

import shutil
import subprocess
import sys
import tempfile
import unittest

import trainer_program
from trainer_program import PROJECT, environment, program


@unittest.skipUnless(shutil.which("espeak-ng"), "espeak-ng is not installed, which speaks the guide's data")
class Guide(unittest.TestCase):
    def test_every_command_of_every_page_works(self):
        with tempfile.TemporaryDirectory(prefix="espalier_guide_") as folder:
            variables = {**environment(), "ESPALIER_TRAINER": program()}
            done = subprocess.run([sys.executable, "-B", PROJECT / "scripts" / "run_guide.py", "--work", folder, "--clips", "30"],
                                  env=variables, capture_output=True, text=True, timeout=570, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


if __name__ == "__main__":
    trainer_program.main()
