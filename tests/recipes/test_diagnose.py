"""`trainer diagnose`: every layer measured, in a table and as JSON; what cannot be diagnosed is said."""

import json

import tones
from trainer_program import RecipeTest, main


class Diagnose(RecipeTest):
    def trained(self, **changes):
        run = self.folder / "run"
        self.expect(0, self.train(tones.write_recipe(self.folder, tones.recipe(self.corpus, **changes)), run, "--quiet"))
        return run

    def test_layers_of_a_quantized_run(self):
        run = self.trained(compression=None, calibrate={"calibration_samples": 40}, export=["tflite"])
        table = self.expect(0, self.call("diagnose", run)).stdout
        for name in ("stem", "depthwise", "pointwise", "classifier", "accuracy on"):
            self.assertIn(name, table)
        found = json.loads(self.expect(0, self.call("diagnose", run, "--json", "--samples", 12)).stdout)
        self.assertEqual(12, found["samples"])
        self.assertTrue(found["quantized"])
        self.assertEqual(["stem", "depthwise", "pointwise", "classifier"], [layer["name"] for layer in found["layers"]])
        for layer in found["layers"]:
            self.assertGreater(layer["bytes"], 0)
            self.assertLessEqual(0, layer["dead"])
        for finding in found["findings"]:
            self.assertTrue(finding["what"] and finding["change"])

    def test_mistakes(self):
        self.expect_mistake(self.call("diagnose", self.folder / "nothing"), "nothing")
        run = self.trained(compression=None, export=["torchscript"])
        self.assertIn("does not quantize", self.expect(0, self.call("diagnose", run)).stdout)
        self.assertEqual(2, self.call("diagnose", run, "--samples", 0).returncode)


if __name__ == "__main__":
    main()
