"""Every other way of putting a recipe together, each from training to verified artifacts."""

import json
import shutil

import tones
import trainer_program
from trainer_program import PROJECT, RecipeTest, sha256

FLOAT = {"compression": None, "export": ["torchscript"]}


class Compositions(RecipeTest):
    """Runs of a second or two; the float run of `setUpClass` gives teachers and weights to the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        content = tones.recipe(cls.corpus, student="teacher.yaml", **FLOAT)
        cls.float_run = cls.shared / "float" / "run"
        result = cls.train(tones.write_recipe(cls.shared / "float", content), cls.float_run, "--quiet")
        if result.returncode != 0:
            raise AssertionError(result.stderr)

    def run_recipe(self, content, *arguments):
        """A whole run; gives its folder and summary. What was exported must have passed, and pass again."""
        recipe = content if hasattr(content, "exists") else tones.write_recipe(self.folder, content)
        run = self.folder / "runs" / "run"
        result = self.expect(0, self.train(recipe, run, *arguments))
        self.expect(0, self.call("verify", run))
        summary = json.loads((run / "summary.json").read_text())
        self.assertEqual({"passed"}, {v["status"] for v in summary["verification"]
                                      if v["judge"] in ("libtorch", "espalier reader and twin")})
        self.printed = result.stdout
        return run, summary

    def assert_learned(self, summary, least=0.6):
        for arithmetic, accuracy in summary["accuracy"].items():
            if accuracy is not None:
                self.assertGreater(accuracy, least, arithmetic)

    def test_float_alone(self):
        _, summary = self.run_recipe(tones.recipe(self.corpus, **FLOAT))
        self.assert_learned(summary)
        self.assertIsNone(summary["accuracy"]["integer"])
        self.assertIsNone(summary["teacher"].get("accuracy"))
        self.assertEqual(["torchscript"], [artifact["format"] for artifact in summary["artifacts"]])

    def test_post_training_quantization(self):
        run, summary = self.run_recipe(tones.recipe(self.corpus, compression=None,
                                                    calibrate={"calibration_samples": 35, "observer": "min_max"}))
        self.assert_learned(summary)
        self.assertIn("calibrate", self.printed)
        manifest = json.loads((run / "export" / "manifest.json").read_text())
        self.assertEqual(35, len(set(manifest["calibration_samples"])))  # three batches of ten and five more

    def test_an_earlier_run_is_quantized_without_training(self):
        first = json.loads((self.float_run / "summary.json").read_text())
        weights = str(self.float_run / "checkpoints" / "student.safetensors")
        _, summary = self.run_recipe(tones.recipe(
            self.corpus, compression=None, student={"model": "teacher.yaml", "weights": weights}, calibrate={},
            training="none"))
        self.assertEqual(first["accuracy"]["float"], summary["accuracy"]["float"])
        self.assertEqual(first["parameters"], summary["parameters"])
        self.assert_learned(summary)

    def test_pruned_then_post_training_quantized(self):
        _, summary = self.run_recipe(tones.recipe(self.corpus, compression=[tones.PRUNE], calibrate={}))
        self.assert_learned(summary, 0.4)
        self.assertLess(summary["macs"], 0.6 * summary["baseline"]["macs"])

    def test_pruned_weights_are_zero_in_the_file(self):
        prune = {**tones.PRUNE, "structure": "weights", "sparsity": 0.7, "layers": ["stem", "pointwise"]}
        run, summary = self.run_recipe(tones.recipe(self.corpus, compression=[prune, tones.QUANTIZE]))
        self.assertEqual(summary["baseline"]["macs"], summary["macs"])
        weights = 16 * 15 + 16 * 16
        zeros = self.zeros_in_int8_file(run / "export" / "model.tflite")
        self.assertGreaterEqual(zeros, round(0.7 * weights) - 1)
        self.assertLessEqual(summary["nonzero_parameters"], summary["parameters"] - round(0.7 * weights) + 1)
        masks = self.masks_of(run / "checkpoints" / "student.safetensors")
        self.assertEqual({"stem.weight", "pointwise.weight"}, set(masks))
        masked = sum(len(keep) - sum(keep) for keep in masks.values())
        self.assertAlmostEqual(0.7 * weights, masked, delta=1)

    def test_shared_values_survive_quantization_and_masks(self):
        prune = {**tones.PRUNE, "structure": "weights", "sparsity": 0.5, "layers": ["stem", "pointwise"]}
        share = {"type": "share", "codes": 8, "epochs": [8, 10]}
        run, summary = self.run_recipe(tones.recipe(self.corpus, compression=[prune, tones.QUANTIZE, share]))
        self.assert_learned(summary, 0.4)
        for buffers in self.weights_in_int8_file(run / "export" / "model.tflite"):
            self.assertTrue(any(len(set(values)) <= 8 and 100 <= values.count(0) < 200 for values in buffers))

    def test_sharing_after_the_training(self):
        calibrate = [{"type": "quantize", "calibration_samples": 40}, {"type": "share", "codes": 16}]
        run, summary = self.run_recipe(tones.recipe(self.corpus, compression=None, calibrate=calibrate))
        self.assert_learned(summary, 0.4)
        manifest = json.loads((run / "export" / "manifest.json").read_text())
        self.assertEqual(40, len(set(manifest["calibration_samples"])))
        for buffers in self.weights_in_int8_file(run / "export" / "model.tflite"):
            self.assertTrue(any(len(set(values)) <= 16 and values.count(0) < 200 for values in buffers))

    def masks_of(self, path):
        """The masks of a safetensors file as lists of 0 and 1, by a reader of this test's own."""
        data = path.read_bytes()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8:8 + length])
        masks = {}
        for name, entry in header.items():
            if name.startswith("mask."):
                begin, end = entry["data_offsets"]
                masks[name[5:]] = [int(byte != 0) for byte in data[8 + length + begin:8 + length + end]]
        return masks

    def zeros_in_int8_file(self, path):
        return sum(max(buffer.count(0) for buffer in buffers) for buffers in self.weights_in_int8_file(path))

    def weights_in_int8_file(self, path):
        """Of stem and pointwise: what could be their buffers, of 240 and 256 bytes, by the sizes before them."""
        data = path.read_bytes()
        for size in (240, 256):
            mark = size.to_bytes(4, "little")
            yield [data[at + 4:at + 4 + size] for at in range(0, len(data) - size - 4, 4) if data[at:at + 4] == mark]

    def test_an_average_of_the_weights(self):
        content = tones.recipe(self.corpus)
        plain, _ = self.run_recipe(content)
        before = sha256(plain / "export/model.tflite")
        content["compression"].append({"type": "average", "decay": 0.8})
        run, summary = self.run_recipe(content)
        self.assert_learned(summary)
        self.assertNotEqual(before, sha256(run / "export/model.tflite"))

    def test_a_hint_through_an_adaptor(self):
        hint = {"type": "hint", "teacher": {"model": "teacher.yaml", "epochs": 3}, "student_layer": "middle",
                "teacher_layer": "middle", "adaptor": "conv1x1", "weight": 0.5, "epochs": [0, 5]}
        _, summary = self.run_recipe(tones.recipe(self.corpus, compression=[hint, tones.PRUNE, tones.QUANTIZE]))
        self.assert_learned(summary, 0.5)
        self.assertLess(summary["macs"], 0.6 * summary["baseline"]["macs"])

    def test_a_teacher_from_a_checkpoint(self):
        distill = {**tones.DISTILL, "teacher": {"checkpoint": str(self.float_run / "checkpoints/student.safetensors")}}
        _, summary = self.run_recipe(tones.recipe(self.corpus, compression=[distill, tones.QUANTIZE]))
        self.assert_learned(summary)
        self.assertNotIn("teacher", summary["seconds"])
        trained = json.loads((self.float_run / "summary.json").read_text())["accuracy"]["float"]
        self.assertAlmostEqual(trained, summary["teacher"]["accuracy"], places=6)

    def test_a_teacher_from_torchscript_teaches_as_its_checkpoint(self):
        distill = {**tones.DISTILL, "teacher": {"torchscript": str(self.float_run / "export/model.pt")}}
        _, summary = self.run_recipe(tones.recipe(self.corpus, compression=[distill, tones.QUANTIZE]))
        self.assert_learned(summary)
        trained = json.loads((self.float_run / "summary.json").read_text())["accuracy"]["float"]
        self.assertAlmostEqual(trained, summary["teacher"]["accuracy"], places=6)

    def test_the_same_teacher_twice(self):
        second = {"type": "distill", "name": "gently", "teacher": "same", "loss": {"type": "mse_logits"},
                  "weight": 0.3, "epochs": [5, 10]}
        _, summary = self.run_recipe(tones.recipe(self.corpus, compression=[tones.DISTILL, second, tones.QUANTIZE]))
        self.assert_learned(summary)
        self.assertEqual(1, self.printed.count("training the teacher"))

    def test_two_teachers(self):
        second = {"type": "distill", "name": "other", "teacher": {"model": "student.yaml", "epochs": 2, "seed": 9},
                  "loss": {"type": "kl"}, "weight": 0.3, "epochs": [3, 7]}
        run, _ = self.run_recipe(tones.recipe(self.corpus, compression=[tones.DISTILL, second, tones.QUANTIZE]))
        self.assertTrue((run / "checkpoints" / "teacher_2.safetensors").exists())

    def test_a_student_that_starts_from_weights(self):
        weights = str(self.float_run / "checkpoints/student.safetensors")
        content = tones.recipe(self.corpus, student={"model": "teacher.yaml", "weights": weights}, compression=None,
                               calibrate={})
        content["training"].update(epochs=1, optimizer={"type": "sgd", "lr": 1e-4})
        _, summary = self.run_recipe(content)
        trained = json.loads((self.float_run / "summary.json").read_text())["accuracy"]["float"]
        self.assertGreater(summary["accuracy"]["integer"], trained - 0.1)

    def test_pruning_that_ends_within_quantization(self):
        content = tones.recipe(self.corpus, compression=[{**tones.PRUNE, "epochs": [6, 9]}, tones.QUANTIZE])
        _, summary = self.run_recipe(content)
        self.assertLess(summary["macs"], 0.6 * summary["baseline"]["macs"])

    def test_an_early_stop_takes_the_best_weights(self):
        content = tones.recipe(self.corpus, **FLOAT)
        content["training"].update(epochs=30, early_stop={"patience": 2})
        _, summary = self.run_recipe(content)
        self.assert_learned(summary)
        self.assertIn("stopped after epoch", self.printed)

    def test_includes_and_overrides(self):
        base = tones.write_recipe(self.folder, tones.recipe(self.corpus), "base.yaml")
        (base.parent / "deeper").mkdir()
        overlay = base.parent / "deeper" / "overlay.yaml"
        overlay.write_text("include: ../base.yaml\nname: overlaid\nset:\n  training.epochs: 8\n"
                           "  compression.quantize.epochs: [6, 8]\n  compression.quantize.freeze_batch_norm: 7\n"
                           "  compression.quantize.freeze_observers: 7\n")
        run, summary = self.run_recipe(overlay, "--set", "compression.prune.sparsity=0.25", "--set", "training.batch_size=20")
        self.assertEqual("overlaid", summary["name"])
        resolved = (run / "recipe.yaml").read_text()
        self.assertRegex(resolved, r"epochs: 8\b")
        self.assertRegex(resolved, r"sparsity: 0\.25\b")
        self.assertRegex(resolved, r"batch_size: 20\b")
        log = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual(8 * 5, max(line["step"] for line in log if line["stage"] == "train"))
        self.assertGreater(summary["macs"], 0.5 * summary["baseline"]["macs"])

    def model_of_the_project(self, name, **prune):
        """One of configs/models, pruned, quantized, exported, verified."""
        content = tones.recipe(self.corpus, student=str(PROJECT / "configs" / "models" / name),
                               compression=[{**tones.PRUNE, "epochs": [1, 2], **prune},
                                            {**tones.QUANTIZE, "epochs": [2, 3], "freeze_batch_norm": 2.5,
                                             "freeze_observers": 2.5}])
        content["training"].update(epochs=3, batch_size=20)
        run, summary = self.run_recipe(content)
        self.assertLess(summary["macs"], 0.8 * summary["baseline"]["macs"])
        self.expect(0, self.call("predict", run, self.corpus / "low" / "speaker0_nohash_0.wav"))
        again = self.folder / "again"
        self.expect(0, self.call("export", run, "--format", "tflite", "--output", again))
        self.assertEqual(sha256(run / "export/model.tflite"), sha256(again / "export/model.tflite"))

    def test_a_residual_network(self):
        self.model_of_the_project("res_net_tiny_kws.yaml")

    def test_a_fully_connected_network(self):
        self.model_of_the_project("mlp_small.yaml")

    def test_a_depthwise_separable_network(self):
        self.model_of_the_project("ds_cnn_s.yaml", criterion="batch_norm_scale", scope="layer")

    def test_recordings_from_a_table(self):
        rows = ["path,label,split"]
        for word in tones.WORDS:
            splits = [split for split, count in tones.CLIPS.items() for _ in range(count)]
            rows += [f"{word}/speaker{i % tones.SPEAKERS}_nohash_{i}.wav,{word},{split}"
                     for i, split in enumerate(splits)]
        corpus = shutil.copytree(self.corpus, self.folder / "corpus")
        (corpus / "table.csv").write_text("\n".join(rows) + "\n")
        content = tones.recipe(self.corpus)
        content["data"] = {"type": "audio_manifest", "manifest": str(corpus / "table.csv"),
                           "features": tones.FEATURES}
        run, summary = self.run_recipe(content)
        self.assertIn("3", str(summary["data"]))
        self.expect(0, self.call("evaluate", run, "--on", "integer"))

    def test_paths_of_data_count_from_the_working_directory(self):
        content = tones.recipe("corpus", compression=[{**tones.DISTILL, "epochs": [0, 1]}], export=["torchscript"])
        content["training"]["epochs"] = 1
        recipe = tones.write_recipe(self.folder / "elsewhere", content)
        self.expect(0, self.train(recipe, "relative/run", "--quiet", cwd=self.shared))
        self.expect(0, self.call("evaluate", "relative/run", cwd=self.shared))
        again = self.expect(0, self.train(recipe, "relative/run/", cwd=self.shared))
        self.assertIn("reused", again.stdout)


if __name__ == "__main__":
    trainer_program.main()
