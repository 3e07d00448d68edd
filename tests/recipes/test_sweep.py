"""A sweep with the trainer itself: what it refuses, a small grid, its comparison."""

import json
import pathlib
import shutil
import subprocess
import unittest

import tones
from trainer_program import PROJECT, RecipeTest, environment, main, program


@unittest.skipUnless(shutil.which("parallel"), "GNU parallel is not installed (scripts/setup.sh)")
class Sweep(RecipeTest):
    def sweep(self, *words):
        return subprocess.run(["bash", PROJECT / "scripts" / "sweep.sh", *map(str, words)], cwd=self.folder, capture_output=True, text=True,
                              env={**environment(), "ESPALIER_TRAINER": str(pathlib.Path(program()).resolve())}, timeout=300, check=False)

    def test_a_key_that_the_recipe_does_not_have(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        done = self.sweep(recipe, "training.epoch=20,40", "seed=1,2", "--output", "out")
        self.assertEqual(2, done.returncode)
        self.assertIn("unknown key 'epoch' in training; did you mean 'epochs'?", done.stderr)
        self.assertFalse((self.folder / "out").exists())

    def test_a_grid_is_run_and_compared(self):
        whole = tones.recipe(self.corpus, compression=[{"type": "quantize", "epochs": [1, 2], "calibration_samples": 20}])
        whole["training"]["epochs"] = 2
        recipe = tones.write_recipe(self.folder, whole)
        done = self.sweep(recipe, "training.optimizer.lr=0.01,0.002", "--output", "out", "--jobs", "2", "--", "--allow-different-bits")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        page = (self.folder / "out" / "report.html").read_text()
        begin = '<script type="application/json" id="report">'
        data = json.loads(page[page.index(begin) + len(begin):page.index("</script>", page.index(begin))])
        self.assertEqual(["0.01", "0.002"], [run["analysis"]["recipe"]["training.optimizer.lr"] for run in data["runs"]])
        self.assertEqual(["lr=0.01/report.html", "lr=0.002/report.html"], [run["report"] for run in data["runs"]])
        self.assertRegex(done.stdout, r"lr=0\.002 +\d+\.\d\d %")

    def test_cells_that_share_a_teacher_train_it_once(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        done = self.sweep(recipe, "golden_samples=100,120", "--output", "out", "--jobs", "2")
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        summaries = [json.loads((self.folder / "out" / cell / "summary.json").read_text())
                     for cell in ("golden_samples=100", "golden_samples=120")]
        self.assertEqual(1, sum("teacher" in summary["seconds"] for summary in summaries))
        self.assertEqual(summaries[0]["teacher"], summaries[1]["teacher"])
        self.assertEqual(summaries[0]["accuracy"], summaries[1]["accuracy"])


if __name__ == "__main__":
    main()
