"""One model in every form: which twin each file has, what its runtime answers, and what damage does."""

import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys

import tones
import trainer_program
from trainer_program import PROJECT, RecipeTest

HAS_JUDGES = all(importlib.util.find_spec(name) for name in ("numpy", "onnx", "onnxruntime"))
FORMATS = ["torchscript", "torchscript_int8", "torchscript_dynamic", "tflite", "onnx", "onnx_float", "onnx_dynamic"]
TWINS = {"model.pt": None, "model_int8.pt": "ort_f32_even", "model_dynamic.pt": None, "model.tflite": "tflm",
         "model.onnx": "ort_f32_even", "model_float.onnx": None, "model_dynamic.onnx": None}
REDUCED = str(PROJECT / "configs" / "quantization" / "int8_reduced_range.yaml")


class Runtimes(RecipeTest):
    """Tests that only read share one run; the others copy it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recipe = tones.write_recipe(cls.shared / "recipe", tones.recipe(cls.corpus, export=FORMATS, golden_samples=0))
        cls.run_folder = cls.shared / "runs" / "every_form"
        cls.result = cls.train(cls.recipe, cls.run_folder, judges=True)
        if cls.result.returncode != 0:
            raise AssertionError(f"the run failed:\n{cls.result.stdout}\n{cls.result.stderr}")
        cls.summary = cls.summary_of(cls.run_folder)

    @staticmethod
    def summary_of(folder):
        return json.loads((folder / "summary.json").read_text())

    def copy_of_run(self):
        return pathlib.Path(shutil.copytree(self.run_folder, self.folder / "run"))

    def test_the_summary_names_each_twin(self):
        self.assertEqual(TWINS, {pathlib.Path(a["path"]).name: a["twin"] for a in self.summary["artifacts"]})
        for check in self.summary["verification"]:
            self.assertNotEqual("failed", check["status"], check)
            if "dynamic" in check["artifact"]:
                self.assertIn("no twin", check["reason"])

    def test_accuracy_is_known_by_arithmetic(self):
        accuracy = self.summary["accuracy"]
        self.assertEqual({"tflm", "ort_f32_even"}, set(self.summary["arithmetics"]))
        self.assertEqual("tflm", self.summary["arithmetic"])
        self.assertEqual(accuracy["integer"], self.summary["arithmetics"]["tflm"])
        for arithmetic, value in self.summary["arithmetics"].items():
            said = self.call("evaluate", self.run_folder, "--on", "integer", "--arithmetic", arithmetic, "--json")
            self.expect(0, said)
            report = json.loads(said.stdout)
            self.assertEqual(arithmetic, report["arithmetic"])
            self.assertAlmostEqual(value, report["accuracy"])

    def test_an_arithmetic_is_of_the_integer_model(self):
        self.expect_mistake(self.call("evaluate", self.run_folder, "--arithmetic", "ort_f32_even"), "add --on integer")

    def test_verify_names_the_engine_and_the_trap(self):
        checks = [c for c in self.summary["verification"] if c["artifact"].endswith("model_int8.pt")]
        self.assertIn("qnnpack", checks[0]["judge"])
        self.assertEqual(0, checks[0]["max_lsb_difference"])
        self.assertIn("the default here", checks[0]["reason"])
        self.assertIn("saturate without VNNI", checks[0]["reason"])
        self.assertIn("session.x64quantprecision", (self.run_folder / "export" / "model_onnx.txt").read_text())

    def test_the_manifest_has_every_file(self):
        manifest = json.loads((self.run_folder / "export" / "manifest.json").read_text())
        listed = {entry["path"]: entry["format"] for entry in manifest["artifacts"]}
        self.assertLessEqual(set(TWINS) | {"golden.npz", "golden_ort.npz", "golden_float.npz", "model_onnx.txt"}, set(listed))
        self.assertEqual("onnx", listed["model.onnx"])

    def test_one_table_of_every_runtime(self):
        if not HAS_JUDGES:
            self.skipTest("the judges' packages are not installed")
        said = subprocess.run([sys.executable, PROJECT / "scripts" / "runtime_table.py", self.run_folder, "--json"],
                              capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual(0, said.returncode, said.stderr)
        rows = {row["runtime"]: row for row in json.loads(said.stdout)}
        self.assertGreater(len(rows), 12)
        for name, row in rows.items():
            if row["must_agree"] and "not_run" not in row:
                self.assertEqual(0, row["differs"], name)
        exact = rows["ONNX Runtime, x64quantprecision"]
        self.assertAlmostEqual(self.summary["arithmetics"]["ort_f32_even"], exact["accuracy"])
        self.assertEqual("not exported", rows["C on this host"]["not_run"])

    def test_a_form_that_is_exported_later_is_verified(self):
        run = self.copy_of_run()
        summary = self.summary_of(run)
        summary["artifacts"] = [a for a in summary["artifacts"] if a["format"] == "tflite"]
        summary["verification"] = []
        (run / "summary.json").write_text(json.dumps(summary))
        self.expect(0, self.call("export", run, "--format", "torchscript_int8", "onnx"))
        said = self.call("verify", run)
        self.expect(0, said)
        self.assertIn("model_int8.pt", said.stdout)
        self.assertEqual(["tflite", "torchscript_int8", "onnx"], [a["format"] for a in self.summary_of(run)["artifacts"]])

    def test_damaged_files_fail(self):
        for name in ("model.onnx", "model_int8.pt", "model_dynamic.pt"):
            with self.subTest(name):
                run = self.folder / name
                shutil.copytree(self.run_folder, run)
                path = run / "export" / name
                path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
                said = self.call("verify", run)
                self.assertEqual(3, said.returncode, said.stderr)
                self.assertIn("FAILED", said.stdout)

    def test_a_changed_weight_is_found_by_readback(self):
        run = self.copy_of_run()
        path = run / "export" / "model.onnx"
        content = bytearray(path.read_bytes())
        place = content.rfind(b".weight\x4a") + 40  # in the last layer's raw_data
        content[place] = 5 if content[place] != 5 else 6
        path.write_bytes(content)
        said = self.call("verify", run)
        self.assertEqual(3, said.returncode)
        self.assertIn("the file is not the program: ", said.stdout)

    def test_without_quantization_onnx_is_float(self):
        content = tones.recipe(self.corpus, export=["onnx", "torchscript"])
        content["compression"] = []
        recipe = tones.write_recipe(self.folder / "float", content)
        run = self.folder / "float_run"
        self.expect(0, self.train(recipe, run))
        formats = {a["path"]: a["format"] for a in self.summary_of(run)["artifacts"]}
        self.assertEqual("onnx_float", formats["export/model.onnx"])
        content["export"] = ["torchscript_int8"]
        wrong = tones.write_recipe(self.folder / "wrong", content)
        self.expect_mistake(self.call("check", "--config", wrong), r"recipe.yaml:\d+:\d+: torchscript_int8 is an integer export")

    def test_a_reduced_range_needs_no_option(self):
        content = tones.recipe(self.corpus, export=["onnx", "torchscript_int8"])
        for modifier in content["compression"]:
            if modifier["type"] == "quantize":
                modifier["scheme"] = REDUCED
        run = self.folder / "reduced"
        self.expect(0, self.train(tones.write_recipe(self.folder / "recipe", content), run))
        note = (run / "export" / "model_onnx.txt").read_text()
        self.assertIn("within 63 of 127", note)
        self.assertNotIn("x64quantprecision", note)
        for check in self.summary_of(run)["verification"]:
            self.assertNotIn("saturate", check["reason"])


if __name__ == "__main__":
    trainer_program.main()
