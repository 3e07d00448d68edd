"""Recurrent networks from a recipe to every float and dynamic file; what they cannot become is said before training."""

import json
import pathlib
import re

import tones
from trainer_program import RecipeTest, main

STUDENT = """\
name: tiny_recurrent
layers:
  - { type: %s, name: cell, hidden: 16, bidirectional: %s, output: %s }
%s  - { type: linear, name: classifier, out: classes }
"""
PRUNE = {"type": "prune", "structure": "weights", "criterion": "l1", "sparsity": 0.6, "epochs": [2, 8], "layers": ["cell"]}
EXPORTS = ["torchscript", "torchscript_dynamic", "onnx_float", "onnx_dynamic"]


class Recurrent(RecipeTest):
    def write(self, cell="gru", both=False, output="last", **changes):
        content = tones.recipe(self.corpus, **{"compression": [PRUNE], "export": EXPORTS, **changes})
        content["training"].update(epochs=12, optimizer={"type": "adam", "lr": 0.02})
        path = tones.write_recipe(self.folder, content)
        pool = "" if output == "last" else "  - { type: global_average_pool, name: pool }\n"
        (self.folder / "student.yaml").write_text(STUDENT % (cell, str(both).lower(), output, pool))
        return path

    def run_whole(self, name, **options):
        run = self.folder / name
        self.expect(0, self.train(self.write(**options), run, "--quiet", judges=True))
        return run, json.loads((run / "summary.json").read_text())

    def test_every_cell_in_every_runtime(self):
        for cell, both, output in (("lstm", True, "last"), ("gru", False, "sequence"), ("gru", True, "last")):
            with self.subTest(cell=cell, both=both, output=output):
                run, summary = self.run_whole(f"{cell}_{output}_{both}", cell=cell, both=both, output=output)
                self.assertGreater(summary["accuracy"]["float"], 0.6)
                self.assertIsNone(summary["accuracy"]["integer"])
                failed = [v for v in summary["verification"] if v["status"] == "failed"]
                self.assertEqual([], failed)
                judged = {v["artifact"]: v for v in summary["verification"] if v["judge"] == "onnxruntime"}
                if any(v["status"] == "not_run" for v in judged.values()):
                    self.skipTest("ONNX Runtime is not installed")
                self.assertEqual({"export/model_float.onnx", "export/model_dynamic.onnx"}, set(judged))
                self.assertLess(0, judged["export/model_dynamic.onnx"]["max_difference"])

    def test_pruned_weights_stay_zero_in_the_file(self):
        run, summary = self.run_whole("pruned", cell="lstm")
        weights = 4 * 16 * (10 + 16)
        self.assertLessEqual(summary["nonzero_parameters"], summary["parameters"] - int(0.6 * weights) + 1)
        sizes = {a["format"]: a["bytes"] for a in summary["artifacts"]}
        self.assertLess(sizes["onnx_dynamic"], sizes["onnx_float"])
        said = self.expect(0, self.call("inspect", run / "export" / "model_dynamic.onnx")).stdout
        self.assertRegex(said, rf"(?m)^\S+ +int8 +\S+ +{4 * 16 * 16:,}$")
        self.assertIn("1 com.microsoft.DynamicQuantizeLSTM", said)
        damaged = self.folder / "damaged.onnx"
        damaged.write_bytes((run / "export" / "model_dynamic.onnx").read_bytes()[:-700])
        self.expect_mistake(self.call("inspect", damaged), "damaged.onnx")

    def test_a_dynamic_file_of_another_model_fails(self):
        run, _ = self.run_whole("good")
        other = self.folder / "other"
        self.expect(0, self.train(self.write(seed=4), other, "--quiet"))
        judged = {"torchscript_dynamic": "model_dynamic.pt", "onnx_dynamic": "model_dynamic.onnx"}
        for file in judged.values():
            (run / "export" / file).write_bytes((other / "export" / file).read_bytes())
        result = self.expect(3, self.call("verify", run, judges=True))
        said = re.findall(r"^FAILED +(\S+).* outputs off by ([\d.]+) % in the mean square, allowed 5 %", result.stdout, re.M)
        self.assertIn("model_dynamic.pt", {pathlib.Path(file).name for file, _ in said}, result.stdout)
        for _, percent in said:
            self.assertGreater(float(percent), 5)

    def test_the_same_seed_gives_the_same_bytes(self):
        contents = []
        for name in ("first", "second"):
            run = self.folder / name
            self.expect(0, self.train(self.write(), run, "--quiet"))
            contents.append((run / "export" / "model_dynamic.onnx").read_bytes())
        self.assertEqual(contents[0], contents[1])

    def test_what_has_no_int8_form_is_refused_with_the_way_out(self):
        way_out = r"has no int8 form: .*temporal_conv_net\.yaml"
        quantized = self.write(compression=[tones.QUANTIZE])
        self.expect_mistake(self.call("check", "--config", quantized), r"student\.yaml:3:5: gru 'cell' " + way_out)
        calibrated = self.write(compression=None, calibrate={"calibration_samples": 20})
        self.expect_mistake(self.call("check", "--config", calibrated), r"student\.yaml:3:5: gru 'cell' " + way_out)
        exported = self.write(compression=None, export=["tflite", "c"])
        self.expect_mistake(self.call("check", "--config", exported),
                            r"recipe\.yaml:\d+:\d+: tflite is an integer export: the student's gru 'cell' " + way_out,
                            r"recipe\.yaml:\d+:\d+: c is an integer export: the student's gru 'cell' " + way_out)
        on_board = self.write(compression=None, export=["onnx_dynamic"], target="stm32f746")
        self.expect_mistake(self.call("check", "--config", on_board),
                            r"runs integers only \(c, tflite\), and the student's gru 'cell' " + way_out)

    def test_units_cannot_be_pruned_as_channels(self):
        prune = {**tones.PRUNE, "layers": ["cell"]}
        self.expect_mistake(self.call("check", "--config", self.write(compression=[prune])), r"'cell' in layers matches only")


if __name__ == "__main__":
    main()
