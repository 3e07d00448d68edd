"""The synthetic machine sounds: layout, the same bytes again, and faults that can be told from normal clips."""
import csv
import hashlib
import math
import subprocess
import sys
import tempfile
import unittest
import wave
from array import array
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_machine_sounds"


def make(folder, *arguments):
    return subprocess.run([sys.executable, "-B", SCRIPT, "--output", folder, "--machines", "2", "--train", "4", "--test", "4",
                           "--seconds", "0.5", *arguments], capture_output=True, text=True, check=False)


def digest(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(Path(folder).rglob("*")) if path.is_file()}


def samples(path):
    with wave.open(str(path), "rb") as file:
        assert file.getparams()[:3] == (1, 2, 16000)
        return array("h", file.readframes(file.getnframes()))


def difference_power(sound):
    """Of the first difference over the sound's own: how much of it is high."""
    return sum((b - a) ** 2 for a, b in zip(sound, sound[1:])) / sum(value * value for value in sound)


class MachineSounds(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_the_layout_of_toyadmos(self):
        done = make(self.folder / "sounds")
        self.assertEqual(0, done.returncode, done.stderr)
        files = digest(self.folder / "sounds")
        self.assertEqual(2 * (4 + 4 + 4) + 2, len(files))
        for name in ("train/normal_id_01_00000000.wav", "test/normal_id_02_00000003.wav", "test/anomaly_id_02_00000003.wav"):
            self.assertIn(name, files)
        self.assertEqual(8000, len(samples(self.folder / "sounds" / "train" / "normal_id_01_00000000.wav")))
        with open(self.folder / "sounds" / "anomalies.csv", newline="") as file:
            faults = {row["path"]: row["fault"] for row in csv.DictReader(file)}
        self.assertEqual({"rate", "harmonic", "rub", "bearing"}, set(faults.values()))
        self.assertEqual({name for name in files if "anomaly" in name}, set(faults))

    def test_the_same_bytes_whatever_the_jobs_and_others_by_the_seed(self):
        make(self.folder / "one", "--jobs", "1")
        make(self.folder / "two", "--jobs", "2")
        make(self.folder / "other", "--seed", "2")
        self.assertEqual(digest(self.folder / "one"), digest(self.folder / "two"))
        self.assertNotEqual(digest(self.folder / "one")["train/normal_id_01_00000000.wav"],
                            digest(self.folder / "other")["train/normal_id_01_00000000.wav"])

    def test_no_clip_is_silent_or_clipped_and_a_rub_is_heard(self):
        make(self.folder / "sounds")
        for path in (self.folder / "sounds").rglob("*.wav"):
            sound = samples(path)
            power = math.sqrt(sum(value * value for value in sound) / len(sound))
            self.assertTrue(500 < power < 20000, (path, power))
            self.assertLess(sum(abs(value) >= 32767 for value in sound), 0.01 * len(sound))
        normal = [difference_power(samples(path)) for path in (self.folder / "sounds" / "test").glob("normal_id_01_*")]
        rub = difference_power(samples(self.folder / "sounds" / "test" / "anomaly_id_01_00000002.wav"))
        self.assertGreater(rub, max(normal))

    def test_a_folder_that_holds_something_is_left_alone(self):
        (self.folder / "sounds").mkdir()
        (self.folder / "sounds" / "mine.txt").write_text("mine")
        done = make(self.folder / "sounds")
        self.assertNotEqual(0, done.returncode)
        self.assertIn("is not empty", done.stderr)
        self.assertEqual(["mine.txt"], [path.name for path in (self.folder / "sounds").iterdir()])


if __name__ == "__main__":
    unittest.main()
