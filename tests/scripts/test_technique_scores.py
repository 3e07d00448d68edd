"""Scores of single samples: macro-F1, its paired interval, sensitivity of each class."""
import random
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
sys.dont_write_bytecode = True
import technique_scores  # noqa: E402


def rows(answers):
    """{sample: row} of (label, float, integer)."""
    return {f"s{i}": {"label": label, "float": one, "integer": two} for i, (label, one, two) in enumerate(answers)}


# Of 90 a and 10 b: the float model finds all, the integer model half of the b.
ANSWERS = [("a", "a", "a")] * 90 + [("b", "b", "b")] * 5 + [("b", "b", "a")] * 5


def found(pictures):
    """{(picture, class): row} of ("boxes", float, integer) of one class a picture."""
    return {(f"p{i}", "cat"): {"label": "cat", "boxes": boxes, "float": one, "integer": two}
            for i, (boxes, one, two) in enumerate(pictures)}


class Scores(unittest.TestCase):
    def test_macro_f1_weighs_classes_alike(self):
        counts = technique_scores.counted(rows(ANSWERS), "integer")
        self.assertEqual(counts, {("a", "a"): 90, ("b", "b"): 5, ("b", "a"): 5})
        self.assertAlmostEqual(technique_scores.macro_f1(counts), (2 * 90 / (90 + 95) + 2 * 5 / (10 + 5)) / 2)
        self.assertAlmostEqual(technique_scores.macro_f1({("a", "a"): 4}), 1)

    def test_poisson_draws_have_their_mean_and_variance(self):
        draw = random.Random(3)
        for mean in (0.5, 3, 200):
            drawn = [technique_scores.poisson(draw, mean) for _ in range(4000)]
            found = sum(drawn) / len(drawn)
            self.assertAlmostEqual(found, mean, delta=4 * (mean / 4000) ** 0.5 + 0.01)
            self.assertAlmostEqual(sum((d - found) ** 2 for d in drawn) / len(drawn), mean, delta=0.1 * mean + 0.02)

    def test_macro_f1_is_compared_on_the_same_samples(self):
        samples = {"qat": {1: rows(ANSWERS), 2: rows(ANSWERS)}}
        value, low, high = technique_scores.paired_macro_f1(samples, "qat", "integer", "qat", "float")
        self.assertAlmostEqual(value, 100 * ((180 / 185 + 10 / 15) / 2 - 1))
        self.assertTrue(-38 < low < value < high < -3, (low, value, high))
        self.assertEqual(technique_scores.paired_macro_f1(samples, "qat", "float", "qat", "float"), (0, 0, 0))
        self.assertIsNone(technique_scores.paired_macro_f1(samples, "qat", "float", "student", "float"))

    def test_sensitivity_and_precision_of_each_class(self):
        samples = {"qat": {1: rows(ANSWERS), 2: rows([("a", "a", "a")] * 90 + [("b", "b", "b")] * 10)}}
        table = technique_scores.class_rows([("float", "qat", "float"), ("int8", "qat", "integer"), ("other", "all", "float")],
                                            samples)
        self.assertEqual(table, [["sensitivity / precision, %", "a (90)", "b (10)"], ["float", "100.0 / 100.0", "100.0 / 100.0"],
                                 ["int8", f"100.0 / {100 * (90 / 95 + 1) / 2:.1f}", "75.0 / 100.0"]])

    def test_average_precision_is_cocos(self):
        # Right, wrong, right of three boxes: 1 up to a recall of 1/3, 2/3 up to 2/3, then nothing.
        rows = found([("2", "+0.9 -0.8", ""), ("1", "+0.7 -0.1", "")])
        of_class = technique_scores.detections_by_class(rows, "float")
        self.assertEqual(of_class["cat"], ([(0, 2), (1, 1)], [(0, True), (0, False), (1, True)]))
        self.assertAlmostEqual(technique_scores.map50(of_class, [1, 1]), (34 + 33 * 2 / 3) / 101)
        self.assertAlmostEqual(technique_scores.map50(of_class, [0, 1]), 1)
        # Weights are copies of a picture.
        copies = found([("2", "+0.9 -0.8", "")] * 3 + [("1", "+0.7 -0.1", "")] * 2)
        self.assertAlmostEqual(technique_scores.map50(of_class, [3, 2]),
                               technique_scores.map50(technique_scores.detections_by_class(copies, "float"), [1] * 5))
        self.assertEqual(technique_scores.map50(technique_scores.detections_by_class(rows, "integer"), [1, 1]), 0)
        self.assertTrue(technique_scores.map50(of_class, [0, 0]) != technique_scores.map50(of_class, [0, 0]))

    def test_classes_without_boxes_are_left_out(self):
        rows = found([("1", "+0.9", "+0.8")]) | {("p0", "dog"): {"label": "dog", "boxes": "0", "float": "-0.9", "integer": ""}}
        self.assertEqual(technique_scores.map50(technique_scores.detections_by_class(rows, "float"), [1]), 1)
        table = technique_scores.precision_rows([("float", "qat", "float"), ("other", "all", "float")], {"qat": {1: rows}})
        self.assertEqual(table, [["AP50, %", "cat (1)", "dog (0)"], ["float", "100.0", "–"]])

    def test_map50_is_compared_on_the_same_pictures(self):
        rows = found([("1", "+0.9", "+0.9")] * 30 + [("1", "+0.9", "-0.9")] * 10)
        samples = {"qat": {1: rows, 2: rows}}
        value, low, high = technique_scores.paired_map50(samples, "qat", "integer", "qat", "float")
        self.assertTrue(-60 < low < value < high < -10, (low, value, high))
        self.assertEqual(technique_scores.paired_map50(samples, "qat", "float", "qat", "float"), (0, 0, 0))
        self.assertIsNone(technique_scores.paired_map50(samples, "qat", "float", "student", "float"))

    def test_a_detectors_lines_are_read_by_picture_and_class(self):
        with tempfile.TemporaryDirectory() as scratch:
            (Path(scratch) / "samples.csv").write_text('sample,label,boxes,float\n"p,1","cat","1","+0.5 -0.1"\n"p,1","dog","0",""\n')
            rows = technique_scores.read_samples([Path(scratch)])
            self.assertEqual([("p,1", "cat"), ("p,1", "dog")], list(rows))
            self.assertEqual(technique_scores.map50(technique_scores.detections_by_class(rows, "float"), [1]), 1)

    def test_folds_are_read_as_one_run_or_not_at_all(self):
        with tempfile.TemporaryDirectory() as scratch:
            folders = [Path(scratch) / name for name in ("one", "two")]
            for i, folder in enumerate(folders):
                folder.mkdir()
                (folder / "samples.csv").write_text(f"sample,label,float\ns{i},a,b\n")
            self.assertEqual(set(technique_scores.read_samples(folders)), {"s0", "s1"})
            (folders[1] / "samples.csv").unlink()
            self.assertIsNone(technique_scores.read_samples(folders))


if __name__ == "__main__":
    unittest.main()
