"""One run of everything in one timeline, and every subcommand that asks something of it."""

import importlib.util
import json
import pathlib
import shutil
import unittest
import zipfile

import tones
import trainer_program
from trainer_program import RecipeTest, sha256

HAS_NUMPY = importlib.util.find_spec("numpy") is not None
HAS_TORCH = importlib.util.find_spec("torch") is not None

SUMMARY = {"accuracy", "baseline", "teacher", "parameters", "nonzero_parameters", "sparsity", "macs", "flash_bytes",
           "arena_bytes", "artifacts", "verification", "seconds", "versions", "seed"}
GOLDEN = {"x", "y", "labels", "input_scale", "input_zero_point"}


class WholeRecipe(RecipeTest):
    """Tests that only read share one run; the others copy it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        exports = ["torchscript", "tflite", "onnx", "onnx_float", "c"]
        content = tones.recipe(cls.corpus, baseline="train", export=exports)
        cls.recipe = tones.write_recipe(cls.shared / "recipe", content)
        cls.run_folder = cls.shared / "runs" / "whole"
        cls.result = cls.train(cls.recipe, cls.run_folder, judges=True)
        if cls.result.returncode != 0:
            raise AssertionError(f"the run failed:\n{cls.result.stdout}\n{cls.result.stderr}")
        cls.summary = json.loads((cls.run_folder / "summary.json").read_text())

    def copy_of_run(self):
        return pathlib.Path(shutil.copytree(self.run_folder, self.folder / "run"))

    def test_summary_has_every_promised_key(self):
        self.assertLessEqual(SUMMARY, set(self.summary))
        for arithmetic in ("float", "fake_quant", "integer"):
            self.assertGreater(self.summary["accuracy"][arithmetic], 0.6, arithmetic)
        self.assertGreater(self.summary["baseline"]["accuracy"], 0.6)
        self.assertGreater(self.summary["teacher"]["accuracy"], 0.6)
        self.assertEqual(3, self.summary["seed"])
        for stage in ("teacher", "baseline", "train", "export", "verify"):
            self.assertIn(stage, self.summary["seconds"])
        for verification in self.summary["verification"]:
            self.assertLessEqual({"artifact", "level", "judge", "version", "status", "samples", "max_lsb_difference"},
                                 set(verification))

    def test_channels_are_gone(self):
        self.assertLess(self.summary["macs"], 0.6 * self.summary["baseline"]["macs"])
        self.assertLess(self.summary["parameters"], 0.6 * self.summary["baseline"]["parameters"])

    def test_artifacts_are_the_bytes_that_summary_and_manifest_name(self):
        for artifact in self.summary["artifacts"]:
            path = self.run_folder / artifact["path"]
            if path.is_dir():
                self.assertEqual(artifact["bytes"], sum(p.stat().st_size for p in path.rglob("*") if p.is_file()))
                continue
            self.assertEqual(artifact["bytes"], path.stat().st_size)
            self.assertEqual(artifact["sha256"], sha256(path))
        manifest = json.loads((self.run_folder / "export" / "manifest.json").read_text())
        listed = {entry["path"]: entry for entry in manifest["artifacts"]}
        self.assertLessEqual({"model.pt", "model.tflite", "golden.npz"}, set(listed))
        for name, entry in listed.items():
            self.assertEqual(entry["sha256"], sha256(self.run_folder / "export" / name), name)
        self.assertEqual(40, len(set(manifest["calibration_samples"])))
        for sample in manifest["calibration_samples"]:
            self.assertTrue(sample.startswith("_silence_/") or (self.corpus / sample).exists(), sample)

    def test_nothing_half_written_is_left(self):
        self.assertEqual([], [p for p in self.shared.rglob("*") if p.suffix in (".part", ".tmp")])

    def test_goldens_are_plain_arrays(self):
        with zipfile.ZipFile(self.run_folder / "export" / "golden.npz") as archive:
            self.assertIsNone(archive.testzip())
            self.assertLessEqual({f"{name}.npy" for name in GOLDEN}, set(archive.namelist()))

    @unittest.skipUnless(HAS_NUMPY, "this Python has no NumPy")
    def test_goldens_are_what_the_integer_model_answers(self):
        import numpy
        golden = numpy.load(self.run_folder / "export" / "golden.npz", allow_pickle=False)
        self.assertEqual(numpy.int8, golden["x"].dtype)
        self.assertEqual(numpy.int8, golden["y"].dtype)
        self.assertEqual(len(golden["x"]), len(golden["labels"]))
        right = float((golden["y"].argmax(1) == golden["labels"]).mean())
        self.assertAlmostEqual(self.summary["accuracy"]["integer"], right, places=6)

    @unittest.skipUnless(HAS_TORCH and HAS_NUMPY, "this Python has no Torch")
    def test_python_runs_the_float_model(self):
        import numpy
        import torch
        golden = numpy.load(self.run_folder / "export" / "golden_float.npz", allow_pickle=False)
        module = torch.jit.load(str(self.run_folder / "export" / "model.pt")).eval()
        with torch.no_grad():
            answers = module(torch.from_numpy(golden["x"])).numpy()
        self.assertLess(float(numpy.abs(answers - golden["y"]).max()), 1e-4)

    def test_verification_passed_and_says_what_did_not_run(self):
        by_judge = {entry["judge"]: entry for entry in self.summary["verification"]}
        for judge in ("espalier reader and twin", "libtorch", "espalier importer"):
            self.assertEqual("passed", by_judge[judge]["status"])
        for entry in self.summary["verification"]:
            self.assertIn(entry["status"], ("passed", "not_run"))
            if entry["status"] == "not_run":
                self.assertTrue(entry["reason"])
            else:
                self.assertGreater(entry["samples"], 0)

    def test_lines_are_plain_where_the_output_is_no_terminal(self):
        self.assertNotRegex(self.result.stdout, r"[\x00-\x09\x0b-\x1f\x7f]")
        self.assertRegex(self.result.stdout, r"train: epoch 10/10, loss")
        self.assertEqual("", self.result.stderr)

    def test_metrics_are_one_json_object_a_line(self):
        lines = [json.loads(line) for line in (self.run_folder / "metrics.jsonl").read_text().splitlines()]
        of_train = [line for line in lines if line["stage"] == "train"]
        self.assertEqual(list(range(1, 11)), [line["epoch"] for line in of_train])
        self.assertIn("validation.integer", json.dumps(of_train[-1]))

    def test_evaluate_gives_the_accuracies_of_the_summary(self):
        for on in ("float", "fake_quant", "integer"):
            result = self.expect(0, self.call("evaluate", self.run_folder, "--on", on, "--json"))
            report = json.loads(result.stdout)
            self.assertEqual(on, report["on"])
            self.assertAlmostEqual(self.summary["accuracy"][on], report["accuracy"], places=6)
        result = self.expect(0, self.call("evaluate", self.run_folder))
        accuracies, classes = result.stdout.split("\ninteger, class by class\n")
        self.assertEqual(["float", "fake_quant", "integer"], [line.split()[0] for line in accuracies.splitlines()])
        self.assertRegex(classes, r"^class +sensitivity +precision +F1 +samples\n")
        for split in ("train", "validation"):
            self.expect(0, self.call("evaluate", self.run_folder, "--split", split, "--on", "integer"))

    def test_evaluate_takes_data_from_another_place(self):
        moved = shutil.copytree(self.corpus, self.folder / "moved")
        here = self.expect(0, self.call("evaluate", self.run_folder, "--on", "integer"))
        there = self.expect(0, self.call("evaluate", self.run_folder, "--on", "integer", "--data", moved))
        self.assertEqual(here.stdout, there.stdout)

    def test_export_writes_the_same_bytes_elsewhere(self):
        before = {path: sha256(path) for path in self.run_folder.rglob("*") if path.is_file()}
        self.expect(0, self.call("export", self.run_folder, "--format", "tflite", "torchscript", "onnx",
                                 "--output", self.folder / "again"))
        for name in ("model.tflite", "model.pt", "model.onnx", "golden.npz"):
            self.assertEqual(sha256(self.run_folder / "export" / name), sha256(self.folder / "again/export" / name), name)
        self.assertEqual(before, {path: sha256(path) for path in self.run_folder.rglob("*") if path.is_file()})

    def test_verify_passes_again(self):
        result = self.expect(0, self.call("verify", self.copy_of_run()))
        self.assertIn("passed", result.stdout)
        self.assertIn("not run", result.stdout)

    def tamper(self, name, where=0.5):
        """Changes one byte of an artifact in a copy of the run."""
        run = self.copy_of_run()
        path = run / "export" / name
        data = bytearray(path.read_bytes())
        data[int(len(data) * where)] ^= 0x11
        path.write_bytes(data)
        return run

    def test_verify_finds_one_changed_byte(self):
        for name in ("model.tflite", "golden.npz", "model.pt", "model.onnx"):
            for where in (0.3, 0.6):
                with self.subTest(name=name, where=where):
                    run = self.tamper(name, where)
                    result = self.expect(3, self.call("verify", run))
                    self.assertIn("FAILED", result.stdout)
                    shutil.rmtree(run)

    def test_verify_finds_a_file_that_is_gone(self):
        for name in ("model.tflite", "golden.npz", "model.pt", "model.onnx"):
            with self.subTest(name=name):
                run = self.copy_of_run()
                (run / "export" / name).unlink()
                self.expect(3, self.call("verify", run))
                shutil.rmtree(run)

    def test_predict_names_the_words(self):
        clips = sorted((self.corpus / "high").glob("*.wav"))[:6] + sorted((self.corpus / "low").glob("*.wav"))[:6]
        for model in (self.run_folder, self.run_folder / "export" / "model.tflite"):
            result = self.expect(0, self.call("predict", model, *clips, "--json"))
            answers = [json.loads(line) for line in result.stdout.splitlines()]
            self.assertEqual([str(clip) for clip in clips], [answer["file"] for answer in answers])
            right = sum(answer["label"] == clip.parent.name for answer, clip in zip(answers, clips))
            self.assertGreaterEqual(right, 8)
            self.assertTrue(all(0 <= answer["probability"] <= 1 for answer in answers))
        people = self.expect(0, self.call("predict", self.run_folder, clips[0]))
        self.assertIn(str(clips[0]), people.stdout)

    def test_predict_refuses_what_is_no_recording(self):
        text = self.folder / "text.wav"
        text.write_text("not a sound")
        self.expect_mistake(self.call("predict", self.run_folder, text), r"text\.wav")
        self.expect_mistake(self.call("predict", self.run_folder, self.folder / "absent.wav"), r"absent\.wav")
        self.expect_mistake(self.call("predict", self.folder, text), "model.tflite")

    def test_inspect(self):
        for artifact in (self.run_folder, self.run_folder / "export/model.tflite",
                         self.run_folder / "checkpoints/student.safetensors",
                         self.run_folder / "checkpoints/train.safetensors", self.shared / "recipe/student.yaml"):
            result = self.expect(0, self.call("inspect", artifact))
            self.assertIn("stem" if artifact.suffix != ".tflite" else "conv", result.stdout.lower(), artifact)

    def test_check_prints_the_plan_and_trains_nothing(self):
        result = self.expect(0, self.call("check", "--config", self.recipe, cwd=self.folder))
        for word in ("tiny_student", "tiny_teacher", "distill", "prune", "quantize", "tflite", "epochs 7 to 10"):
            self.assertIn(word, result.stdout)
        self.assertEqual([], list(self.folder.iterdir()))

    def test_list(self):
        everything = self.expect(0, self.call("list")).stdout
        for word in ("modifier", "distill", "prune", "quantize", "dataset", "speech_commands", "optimizer"):
            self.assertIn(word, everything)
        modifiers = self.expect(0, self.call("list", "modifier")).stdout
        for word in ("sparsity", "freeze_observers", "teacher", "arXiv", "default"):
            self.assertIn(word, modifiers)
        self.expect_mistake(self.call("list", "modifer"), "did you mean 'modifier'")

    def test_the_run_can_be_repeated_from_its_own_recipe(self):
        again = self.folder / "again"
        self.expect(0, self.train(self.run_folder / "recipe.yaml", again))
        for name in ("checkpoints/student.safetensors", "export/model.tflite", "export/golden.npz"):
            self.assertEqual(sha256(self.run_folder / name), sha256(again / name), name)

    def test_the_teacher_is_reused(self):
        result = self.expect(0, self.train(self.recipe, self.shared / "runs" / "second"))
        self.assertIn("reused", result.stdout)
        self.assertNotIn("teacher: epoch", result.stdout)
        name = "checkpoints/student.safetensors"
        self.assertEqual(sha256(self.run_folder / name), sha256(self.shared / "runs" / "second" / name))


class Output(RecipeTest):
    """What a run prints, and how it ends, where the recipe asks for too much."""

    def test_quiet_prints_nothing(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        result = self.expect(0, self.train(recipe, self.folder / "run", "--quiet"))
        self.assertEqual(("", ""), (result.stdout, result.stderr))

    def test_json_is_json_in_every_line(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        result = self.expect(0, self.train(recipe, self.folder / "run", "--json"))
        events = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertLessEqual({"stage", "progress", "stage_end", "summary"}, {event["event"] for event in events})
        self.assertEqual(json.loads((self.folder / "run/summary.json").read_text()), events[-1]["summary"])

    def test_train_is_the_same_as_no_subcommand(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        plain = self.train(recipe, self.folder / "a" / "run", "--quiet")
        named = self.call("train", "--config", recipe, "--output", self.folder / "b" / "run", "--threads", 1, "--quiet")
        self.expect(0, plain), self.expect(0, named)
        self.assertEqual(sha256(self.folder / "a/run/export/model.tflite"),
                         sha256(self.folder / "b/run/export/model.tflite"))

    def test_the_folder_is_runs_and_the_name_by_default(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus, compression=None, export=["torchscript"]))
        self.expect(0, self.call("--config", recipe, "--threads", 1, "--quiet", cwd=self.folder))
        self.assertTrue((self.folder / "runs" / "tones" / "summary.json").exists())

    def test_budgets_that_nothing_could_meet_end_the_run_before_it_trains(self):
        budget = {"flash": "100 B", "ram": "100 B", "macs": 1000, "accuracy_drop": 0}
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus, budget=budget, baseline="train"))
        result = self.expect(3, self.train(recipe, self.folder / "run", "--quiet"))
        for word in ("flash", "ram", "macs"):
            self.assertRegex(result.stderr, rf"(?m)^trainer: .*recipe\.yaml:\d+:\d+: .*{word}")
        self.assertFalse((self.folder / "run").exists())

    def test_a_budget_that_the_result_does_not_meet(self):
        prune = {**tones.PRUNE, "sparsity": 0.875}
        content = tones.recipe(self.corpus, compression=[prune, tones.QUANTIZE], budget={"accuracy_drop": 0}, baseline="train")
        result = self.expect(3, self.train(tones.write_recipe(self.folder, content), self.folder / "run", "--quiet"))
        self.assertRegex(result.stderr, r"(?m)^trainer: .*accuracy_drop")
        summary = json.loads((self.folder / "run/summary.json").read_text())
        self.assertFalse(summary["budget"][0]["met"])

    def test_budgets_that_are_met(self):
        budget = {"flash": "64 KiB", "ram": "64 KiB", "macs": 1e6}
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus, budget=budget))
        self.expect(0, self.train(recipe, self.folder / "run", "--quiet"))


if __name__ == "__main__":
    trainer_program.main()
