"""The synthetic series: columns, the same bytes again, and faults in the test part alone."""
import csv
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_anomaly_series"


def make(folder, *arguments):
    return subprocess.run([sys.executable, "-B", SCRIPT, "--output", folder, "--seconds", "120", *arguments],
                          capture_output=True, text=True, check=False)


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


class AnomalySeries(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_faults_stand_in_the_test_part_alone(self):
        done = make(self.folder / "series", "--series", "2")
        self.assertEqual(0, done.returncode, done.stderr)
        for name in ("series_01.csv", "series_02.csv"):
            rows = rows_of(self.folder / "series" / name)
            self.assertEqual(6000, len(rows))
            self.assertEqual(["time", "value", "label", "split"], list(rows[0]))
            self.assertEqual({"normal"}, {row["label"] for row in rows if row["split"] != "test"})
            self.assertEqual({"normal", "missed", "early", "flat", "spikes", "turned"},
                             {row["label"] for row in rows if row["split"] == "test"})
            order = [row["split"] for row in rows]
            self.assertEqual(sorted(order, key=["train", "validation", "test"].index), order)
            self.assertGreater(sum(row["label"] == "normal" for row in rows if row["split"] == "test"), 900)

    def test_a_flat_value_stands_still_and_normal_ones_pulse(self):
        make(self.folder / "series", "--series", "1")
        rows = rows_of(self.folder / "series" / "series_01.csv")
        flat = [float(row["value"]) for row in rows if row["label"] == "flat"][:30]
        normal = [float(row["value"]) for row in rows if row["split"] == "train"][:100]
        self.assertLess(max(flat) - min(flat), 5)
        self.assertGreater(max(normal) - min(normal), 10)

    def test_the_same_bytes_again_and_others_by_the_seed(self):
        for name, seed in (("one", "1"), ("two", "1"), ("other", "2")):
            make(self.folder / name, "--seed", seed)
        text = [(self.folder / name / "series_01.csv").read_bytes() for name in ("one", "two", "other")]
        self.assertEqual(text[0], text[1])
        self.assertNotEqual(text[0], text[2])

    def test_a_folder_that_holds_something_is_left_alone(self):
        (self.folder / "series").mkdir()
        (self.folder / "series" / "mine.txt").write_text("mine")
        done = make(self.folder / "series")
        self.assertNotEqual(0, done.returncode)
        self.assertIn("is not empty", done.stderr)
        self.assertEqual(["mine.txt"], [path.name for path in (self.folder / "series").iterdir()])


if __name__ == "__main__":
    unittest.main()
