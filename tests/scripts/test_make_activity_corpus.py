"""The synthetic activities: columns, people who differ, the same bytes for the same arguments."""
import csv
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_activity_corpus"


def run(*arguments):
    return subprocess.run([sys.executable, "-B", str(SCRIPT), *map(str, arguments)], capture_output=True, text=True)


class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.scratch.name) / "activity"
        assert run("--output", cls.folder, "--people", 3, "--seconds", 4).returncode == 0

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def rows(self, person):
        with open(self.folder / f"person{person:02}.csv", encoding="ascii") as file:
            return list(csv.DictReader(file))

    def test_every_activity_lasts_as_long_as_asked(self):
        for person in range(3):
            rows = self.rows(person)
            counts = {}
            for row in rows:
                counts[row["activity"]] = counts.get(row["activity"], 0) + 1
            self.assertEqual({name: count for name, count in counts.items() if name},
                             dict.fromkeys(("lying", "sitting", "walking", "stairs", "running", "cycling"), 200))
            self.assertEqual([float(row["time"]) for row in rows[:3]], [0, 0.02, 0.04])

    def test_gravity_is_there_and_running_moves_more_than_lying(self):
        rows = self.rows(1)

        def spread(activity):
            sizes = [sum(int(row[axis]) ** 2 for axis in ("acc_x", "acc_y", "acc_z")) ** 0.5
                     for row in rows if row["activity"] == activity]
            mean = sum(sizes) / len(sizes)
            return mean, (sum((size - mean) ** 2 for size in sizes) / len(sizes)) ** 0.5

        self.assertAlmostEqual(spread("lying")[0], 1000, delta=60)
        self.assertGreater(spread("running")[1], 5 * spread("lying")[1])

    def test_the_same_arguments_give_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as other:
            again = Path(other) / "again"
            self.assertEqual(run("--output", again, "--people", 3, "--seconds", 4).returncode, 0)
            for file in sorted(self.folder.iterdir()):
                self.assertEqual(file.read_bytes(), (again / file.name).read_bytes(), file.name)
        self.assertIn("stand-in", (self.folder / "README.md").read_text())

    def test_mistakes_are_one_line(self):
        done = run("--output", self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, f"make_activity_corpus: {self.folder} exists already; nothing done\n")
        self.assertEqual(run("--output", self.folder.parent / "few", "--people", 2).returncode, 2)


if __name__ == "__main__":
    unittest.main()
