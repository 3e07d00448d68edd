"""The recipe's `robustness:` block and `evaluate --robustness`."""

import json

import tones
import trainer_program
from trainer_program import RecipeTest

DISTURBANCES = [{"type": "noise", "snr": [60, -10]}, {"type": "noise", "name": "hum", "source": "background", "snr": [0]},
                {"type": "time_shift", "shift": [0.2]}]


class Disturbed(RecipeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        content = tones.recipe(cls.corpus, compression=[tones.QUANTIZE], robustness={"samples": 0, "disturbances": DISTURBANCES})
        cls.run_folder = cls.shared / "run"
        cls.result = cls.train(tones.write_recipe(cls.shared / "whole", content), cls.run_folder)
        if cls.result.returncode != 0:
            raise AssertionError(cls.result.stderr)
        cls.summary = json.loads((cls.run_folder / "summary.json").read_text())

    def test_the_summary_has_a_row_for_every_level(self):
        robustness = self.summary["robustness"]
        self.assertEqual(self.summary["test_samples"], robustness["samples"])
        rows = {(row["disturbance"], row["level"]): row for row in robustness["rows"]}
        self.assertEqual([("none", ""), ("noise", "60 dB"), ("noise", "-10 dB"), ("hum", "0 dB"), ("time_shift", "20 %")], list(rows))
        for key in ("float", "integer"):
            self.assertEqual(self.summary["accuracy"][key], rows["none", ""][key])
            self.assertGreater(rows["noise", "60 dB"][key], rows["noise", "-10 dB"][key])
        self.assertIn("Robustness: accuracy on", self.result.stdout)
        self.assertIn("robustnessSection", (self.run_folder / "report.html").read_text())

    def test_evaluate_gives_the_same_rows_and_takes_fewer_samples(self):
        again = self.expect(0, self.call("evaluate", self.run_folder, "--robustness", "--json"))
        self.assertEqual(self.summary["robustness"], json.loads(again.stdout))
        few = self.expect(0, self.call("evaluate", self.run_folder, "--robustness", "--json", "--at-most", 5))
        self.assertEqual(5, json.loads(few.stdout)["samples"])
        shown = self.expect(0, self.call("evaluate", self.run_folder, "--robustness"))
        self.assertIn("time_shift", shown.stdout)

    def test_what_cannot_be_is_refused(self):
        content = tones.recipe(self.corpus, robustness={"disturbances": [{"type": "blur"}]})
        self.expect_mistake(self.train(tones.write_recipe(self.folder, content), self.folder / "run"),
                            r"recipe\.yaml:\d+:\d+: blur happens to images; the data are sound")
        content = tones.recipe(self.corpus, robustness={"sample": 5})
        self.expect_mistake(self.train(tones.write_recipe(self.folder, content), self.folder / "run"), "did you mean 'samples'")


if __name__ == "__main__":
    trainer_program.main()
