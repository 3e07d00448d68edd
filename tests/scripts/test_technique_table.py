"""The table of results from summaries made up here, and the grid's commands, with a stand-in for the trainer."""
import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "technique_table.py"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("technique_table", SCRIPT)
technique_table = importlib.util.module_from_spec(specification)
specification.loader.exec_module(technique_table)

# Writes a summary like the trainer's, and what it was called with; fails for the cell that its folder names. Of its samples
# every tenth is wrong.
STAND_IN = """#!{python}
import json, pathlib, sys
words = sys.argv[1:]
if words[0] == "evaluate":
    fold = words[1][-1] if "-fold" in words[1] else "x"
    lines = [f"s{{fold}}-{{i}},{{'ab'[i % 2]}},{{'ab'[i % 2]}},{{'b' if i % 10 == 0 else 'ab'[i % 2]}}" for i in range(40)]
    pathlib.Path(words[3]).write_text("sample,label,float,integer\\n" + "\\n".join(lines) + "\\n")
    sys.exit()
folder = pathlib.Path(words[words.index("--output") + 1])
with open(folder.parent / "calls", "a") as calls:
    calls.write(json.dumps(words) + "\\n")
folder.mkdir(parents=True, exist_ok=True)
(folder / "recipe.yaml").write_text("")
if folder.name == (folder.parent / "broken").read_text():
    sys.exit("trainer: no luck")
(folder / "summary.json").write_text((folder.parent.parent / "summary.json").read_text())
"""


def summary(floating=0.8, integer=0.79, macs=2656768, status="passed"):
    return {"accuracy": {"float": floating, "fake_quant": integer, "integer": integer}, "macs": macs,
            "flash_bytes": 24000, "arena_bytes": 16000, "test_samples": 479,
            "artifacts": [{"path": "export/model.pt", "bytes": 99}, {"path": "export/model.tflite", "bytes": 30000}],
            "verification": [{"artifact": "export/model.tflite", "judge": "tflite-micro", "status": status}],
            "seconds": {"teacher": 900.0, "train": 100.0, "evaluate": 1.0}}


def cells_of(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


class Table(unittest.TestCase):
    def setUp(self):
        self.found = {"student": {1: summary(0.80, 0.78), 2: summary(0.82, 0.79), 3: summary(0.81, 0.80)},
                      "distill": {1: summary(0.83), 2: summary(0.85), 3: summary(0.84)},
                      "all": {1: summary(0.80, 0.80, 1200000), 2: summary(0.82, 0.82, 1300000)}}

    def test_rows_hold_mean_and_standard_deviation(self):
        lines = technique_table.table(self.found).splitlines()
        self.assertEqual(len(lines), 2 + 4)
        self.assertEqual(len({len(cells_of(line)) for line in lines}), 1)
        alone, distilled, together, after = map(cells_of, lines[2:])
        self.assertEqual(alone[:5], ["student alone", "–", "81.0 ± 1.0", "–", "–"])
        self.assertEqual(distilled[2], "84.0 ± 1.0")
        self.assertEqual(together[8], "1,250,000 ± 70,711")
        self.assertEqual(after[4:8], ["79.0 ± 1.0", "30,000", "24,000", "16,000"])

    def test_seconds_are_without_the_teacher(self):
        self.assertEqual(technique_table.training_seconds(summary()), 101.0)

    def test_one_seed_has_no_spread_and_missing_values_show(self):
        self.assertEqual(technique_table.mean_and_spread([0.5], 1, 100), "50.0")
        self.assertEqual(technique_table.mean_and_spread([None, None]), "–")
        self.assertEqual(technique_table.mean_and_spread([7, 7, 7], 0), "7")

    def test_a_technique_is_judged_by_paired_differences(self):
        words = technique_table.verdicts(self.found)
        self.assertIn("Distillation, float accuracy: +3.0 points (two standard errors: 0.0): it pays.", words)
        self.assertIn("Post-training quantization, integer against float: -2.0 points", words)
        self.assertIn("within what seeds differ by", words)
        self.assertNotIn("QAT against", words)  # nothing was run

    def test_runs_are_compared_on_the_same_samples(self):
        def rows(floating, integer):
            return {f"s{i}": {"label": "a", "float": "a" if i < floating else "b", "integer": "a" if i < integer else "b"}
                    for i in range(100)}

        samples = {"student": {1: rows(80, 78), 2: rows(80, 80)}}
        mean, half = technique_table.paired(samples, "student", "integer", "student", "float")
        self.assertAlmostEqual(mean, -1.0)
        # Two of a hundred samples differ by half a point each: 1.96 * 0.0704 / 10.
        self.assertAlmostEqual(half, 196 * (2 * 0.25 / 99 - 0.01**2 * 100 / 99) ** 0.5 / 10, places=6)
        self.assertIsNone(technique_table.paired(samples, "qat", "integer", "student", "float"))
        self.assertIn("On the same samples: -1.00 ±", technique_table.verdicts(self.found, samples))

    def test_one_seed_is_not_judged(self):
        self.assertIn("+3.0 points with one seed", technique_table.verdict("Distillation", [3.0]))

    def test_folds_of_a_seed_are_pooled(self):
        small, large = summary(0.5, 0.5, 100), summary(0.8, 0.6, 200, "failed")
        small["test_samples"], large["test_samples"] = 10, 30
        pooled = technique_table.pooled([small, large])
        self.assertAlmostEqual(pooled["accuracy"]["float"], (5 + 24) / 40)
        self.assertAlmostEqual(pooled["accuracy"]["integer"], (5 + 18) / 40)
        self.assertEqual((pooled["test_samples"], pooled["macs"], len(pooled["verification"])), (40, 150, 2))
        self.assertEqual(technique_table.tflite_bytes(pooled), 30000)
        self.assertEqual(technique_table.training_seconds(pooled), 202)

    def test_where_classes_weigh_alike_they_are_shown(self):
        found = {"student": {1: {**summary(), "metric": "macro_f1"}}}
        rows = {f"s{i}": {"label": "ab"[i % 2], "float": "ab"[i % 2], "integer": "a"} for i in range(40)}
        text = technique_table.report(found, [1], {"student": {1: rows}})
        self.assertIn("Macro-F1 on 479 test samples", text)
        self.assertIn("| integer macro-F1, % |", text)
        self.assertIn("| student, post-training quantization, int8 | 100.0 / 50.0 | 0.0 / 0.0 |", text)
        self.assertIn("On the same samples: -66.7 (", text)

    def test_detectors_are_compared_by_pictures(self):
        found = {"student": {1: {**summary(0.9, 0.5), "metric": "mAP50"}}}
        rows = {(f"p{i}", "cat"): {"label": "cat", "boxes": "1", "float": "+0.9", "integer": "-0.9" if i % 2 else "+0.8"}
                for i in range(40)}
        text = technique_table.report(found, [1], {"student": {1: rows}})
        self.assertIn("mAP50 on 479 test pictures", text)
        self.assertIn("| integer mAP50, % |", text)
        self.assertIn("| student alone, float | 100.0 |", text)
        self.assertRegex(text, r"integer against float: -40\.0 points with one seed.* On the same pictures: -7\d\.\d \(-")

    def test_other_metrics_have_no_paired_interval(self):
        rows = {f"s{i}": {"label": "a", "float": "a", "integer": "a"} for i in range(4)}
        found = {"student": {1: {**summary(), "metric": "balanced_accuracy"}}}
        text = technique_table.report(found, [1], {"student": {1: rows}})
        self.assertIn("Balanced accuracy on 479", text)
        self.assertNotIn("On the same", text)

    def test_recordings_are_counted_where_windows_are_judged_together(self):
        found = {"student": {1: {**summary(), "metric": "AUC", "test_recordings": 32}}}
        self.assertIn("on 32 test recordings;", technique_table.report(found, [1]))

    def test_a_failed_verification_is_said(self):
        self.found["all"][2] = summary(status="failed")
        self.assertIn("all, seed 2: export/model.tflite failed", technique_table.report(self.found, [1, 2, 3]))
        self.assertIn("479 test samples", technique_table.report(self.found, [1, 2, 3]))


class Grid(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.output = Path(scratch.name) / "out"
        self.output.mkdir()
        (self.output / "broken").write_text("")
        (Path(scratch.name) / "summary.json").write_text(json.dumps(summary()))
        self.trainer = Path(scratch.name) / "trainer"
        self.trainer.write_text(STAND_IN.format(python=sys.executable))
        self.trainer.chmod(0o755)

    def run_script(self, *words):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = technique_table.main(["--trainer", str(self.trainer), "--output", str(self.output), "--data", "d", *words])
        return code, out.getvalue(), err.getvalue()

    def calls(self):
        return [json.loads(line) for line in (self.output / "calls").read_text().splitlines()]

    def test_every_recipe_exists(self):
        for recipe in ("kws_distill.yaml", "image_table/all.yaml", "digits_table/all.yaml", "heartbeat.yaml",
                       *(f"series_table/{name}.yaml" for name in ("basic_motions", "ecg5000", "fsdd", "mitbih_beats"))):
            table = technique_table.read_arguments([str(technique_table.RECIPES / recipe)]).table
            self.assertEqual(next(iter(table)), "student")
            for file in table.values():
                self.assertTrue(file.is_file(), file)

    def test_every_cell_runs_once_for_each_seed(self):
        code, out, _ = self.run_script("--seeds", "1", "2", "--jobs", "2")
        self.assertEqual(code, 0)
        self.assertEqual(len(self.calls()), 2 * 5)
        self.assertEqual((self.output / "table.md").read_text(), out)
        self.assertEqual(self.run_script("--seeds", "1", "2")[0], 0)
        self.assertEqual(len(self.calls()), 2 * 5)  # nothing ran again

    def test_a_run_is_told_its_seed_and_data(self):
        self.run_script("--seeds", "5", "--only", "qat", "--set", "training.epochs=2",
                        "--set-in", "qat", "student.weights={student}/x")
        (words,) = self.calls()
        student = (self.output / "student-seed5").resolve()
        for override in ("seed=5", "data.root=d", "training.epochs=2", f"student.weights={student}/x"):
            self.assertEqual(words[words.index(override) - 1], "--set")
        self.assertNotIn("--resume", words)

    def test_without_a_folder_the_cells_are_made_of_the_recipe_and_folds_run_each(self):
        recipe = str(technique_table.RECIPES / "series_table" / "ecg5000.yaml")
        code, out, _ = self.run_script(recipe, "--seeds", "3", "--folds", "2")
        self.assertEqual(code, 0)
        self.assertEqual([Path(words[words.index("--output") + 1]).name for words in self.calls()],
                         [f"{cell}-seed3-fold{fold}" for cell in ("student", "qat", "all") for fold in (0, 1)])
        self.assertTrue(all(recipe in words for words in self.calls()))
        self.assertIn("compression=[]", self.calls()[0])
        for override in ("compression.prune=null", "compression.distill=null", "data.split.folds=2", "data.split.fold=1"):
            self.assertIn(override, self.calls()[3])
        self.assertNotIn("compression.prune=null", self.calls()[5])
        self.assertIn("958 test samples", out)
        self.assertIn("On the same samples: -10.00 ±", out)

    def test_a_broken_run_is_named_and_resumed_by_the_next_call(self):
        (self.output / "broken").write_text("prune-seed1")
        code, out, err = self.run_script("--seeds", "1")
        self.assertEqual(code, 1)
        self.assertIn("prune-seed1: exit code 1: trainer: no luck", err)
        self.assertNotIn("channel pruning |", out)
        (self.output / "broken").write_text("")
        self.assertEqual(self.run_script("--seeds", "1")[0], 0)
        self.assertIn("--resume", self.calls()[-1])
        self.assertIn("prune-seed1", self.calls()[-1][self.calls()[-1].index("--output") + 1])

    def test_runs_of_two_settings_do_not_mix(self):
        self.run_script("--seeds", "1")
        with self.assertRaises(SystemExit):
            self.run_script("--seeds", "1", "--set", "training.epochs=2")


if __name__ == "__main__":
    unittest.main()
