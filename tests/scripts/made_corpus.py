"""What every generator of a synthetic corpus is held to: the same bytes for the same arguments, a README that calls it a
stand-in, and mistakes told in one line."""
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


class MadeCorpus:
    """Beside unittest.TestCase; a test names `script`, the `arguments` of a small corpus, and those that are `too_few`."""
    script, arguments, too_few = "", (), ()

    @classmethod
    def run_script(cls, *arguments):
        return subprocess.run([sys.executable, "-B", str(SCRIPTS / cls.script), *map(str, arguments)], capture_output=True,
                              text=True)

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.folder = Path(cls.scratch.name) / "corpus"
        done = cls.run_script("--output", cls.folder, *cls.arguments)
        if done.returncode != 0:
            raise AssertionError(done.stderr)

    def test_the_same_arguments_give_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as other:
            again = Path(other) / "again"
            self.assertEqual(self.run_script("--output", again, *self.arguments).returncode, 0)
            names = sorted(file.name for file in self.folder.iterdir())
            self.assertEqual(names, sorted(file.name for file in again.iterdir()))
            for name in names:
                self.assertEqual((self.folder / name).read_bytes(), (again / name).read_bytes(), name)
        self.assertIn("stand-in", (self.folder / "README.md").read_text())

    def test_mistakes_are_one_line(self):
        done = self.run_script("--output", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, f"{self.script}: {self.folder} exists already; nothing done\n")
        few = self.run_script("--output", self.folder.parent / "few", *self.too_few)
        self.assertEqual((few.returncode, few.stderr.count("\n")), (2, 1), few.stderr)
