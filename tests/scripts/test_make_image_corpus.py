"""The drawn corpora: layouts, the same bytes for the same seed, whole or not at all."""
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_image_corpus"


def run(*arguments):
    return subprocess.run([sys.executable, "-B", str(SCRIPT), *map(str, arguments)], capture_output=True, text=True)


def content(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


class Corpus(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)

    def make(self, *arguments):
        done = run(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_cifar10_has_records_of_every_class(self):
        self.make("--cifar10", self.folder / "c", "--per-class", 5, "--jobs", 2)
        records = (self.folder / "c" / "data_batch_1.bin").read_bytes()
        self.assertEqual(len(records), 50 * 3073)
        self.assertEqual([records[i] for i in range(0, len(records), 3073)], list(range(10)) * 5)
        self.assertEqual(len((self.folder / "c" / "test_batch.bin").read_bytes()), 10 * 3073)
        self.assertIn("synthetic stand-in", (self.folder / "c" / "README.md").read_text())

    def test_mnist_is_idx(self):
        self.make("--mnist", self.folder / "m", "--per-class", 5)
        images = (self.folder / "m" / "train-images-idx3-ubyte").read_bytes()
        self.assertEqual(struct.unpack(">IIII", images[:16]), (0x803, 50, 28, 28))
        self.assertEqual(len(images), 16 + 50 * 784)
        labels = (self.folder / "m" / "t10k-labels-idx1-ubyte").read_bytes()
        self.assertEqual(labels[8:], bytes(range(10)))

    def test_visual_wake_words_is_folders_of_png(self):
        self.make("--visual-wake-words", self.folder / "v", "--per-class", 5)
        files = content(self.folder / "v")
        self.assertEqual(sum(name.startswith("train/person/") for name in files), 5)
        self.assertEqual(sum(name.startswith("test/non_person/") for name in files), 1)
        self.assertEqual(files["train/person/00000.png"][:8], b"\x89PNG\r\n\x1a\n")

    def test_the_same_seed_gives_the_same_bytes_whatever_the_jobs(self):
        for name, jobs, seed in (("a", 1, 7), ("b", 3, 7), ("c", 1, 8)):
            self.make("--mnist", self.folder / name, "--per-class", 2, "--jobs", jobs, "--seed", seed)
        self.assertEqual(content(self.folder / "a"), content(self.folder / "b"))
        self.assertNotEqual(content(self.folder / "a"), content(self.folder / "c"))

    def test_mistakes(self):
        self.assertEqual(run().returncode, 2)
        done = run("--mnist", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("exists already", done.stderr)


if __name__ == "__main__":
    unittest.main()
