"""Networks made elsewhere: imported as students and teachers, or taken tensor by tensor."""

import importlib.util
import json
import pathlib
import unittest

import tones
import trainer_program
from trainer_program import RecipeTest

HAS_TORCH = importlib.util.find_spec("torch") is not None
FRAMES, COEFFICIENTS, CLASSES = 24, 10, 5
GENTLY = {"epochs": 10, "batch_size": 10, "workers": 1, "optimizer": {"type": "adam", "lr": 0.003}}


class OwnNetwork(RecipeTest):
    """`setUpClass` trains a network and exports it; to the tests it is one that came from elsewhere."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run = cls.shared / "float" / "run"
        content = tones.recipe(cls.corpus, student="teacher.yaml", compression=None, export=["torchscript"])
        result = cls.train(tones.write_recipe(cls.shared / "float", content), run, "--quiet")
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        cls.trained = json.loads((run / "summary.json").read_text())["accuracy"]["float"]
        cls.file = str(run / "export" / "model.pt")

    def run_recipe(self, *arguments, **changes):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus, **{"training": GENTLY, **changes}))
        run = self.folder / "run"
        result = self.expect(0, self.train(recipe, run, *arguments))
        self.printed = result.stdout
        return run, json.loads((run / "summary.json").read_text())

    def test_a_student_is_pruned_quantized_and_verified(self):
        run, summary = self.run_recipe(student={"import": self.file, "input": [1, 1, FRAMES, COEFFICIENTS]},
                                       compression=[tones.PRUNE, tones.QUANTIZE])
        self.assertGreater(summary["accuracy"]["integer"], 0.6)
        self.assertLess(summary["macs"], 0.6 * summary["baseline"]["macs"])
        self.expect(0, self.call("verify", run))
        self.expect(0, self.call("evaluate", run))

    def test_an_untouched_student_is_as_good_as_it_was(self):
        frozen = {**GENTLY, "epochs": 1, "optimizer": {"type": "sgd", "lr": 1e-12}}
        _, summary = self.run_recipe(student={"import": self.file}, training=frozen, compression=None,
                                     export=["torchscript"])
        self.assertAlmostEqual(self.trained, summary["accuracy"]["float"], places=6)

    def test_layers_of_an_imported_teacher_give_hints(self):
        hint = {"type": "hint", "teacher": {"import": self.file}, "student_layer": "depthwise",
                "teacher_layer": "depthwise", "adaptor": "conv1x1", "weight": 0.3, "epochs": [0, 5]}
        soft = {"type": "distill", "teacher": "same", "loss": {"type": "kl", "temperature": 3}, "weight": 0.5}
        training = {**GENTLY, "optimizer": {"type": "adam", "lr": 0.01}}
        _, summary = self.run_recipe(compression=[hint, soft, tones.QUANTIZE], training=training)
        self.assertGreater(summary["accuracy"]["integer"], 0.5)
        self.assertAlmostEqual(self.trained, summary["teacher"]["accuracy"], places=6)

    def test_a_model_file_takes_the_tensors_that_have_its_names(self):
        # The export has folded the batch norms: kernels without statistics, biases that the model file has not.
        weights = {"file": self.file, "map": {"classifier.*": "nowhere.*"}, "partial": True}
        self.run_recipe(student={"model": "teacher.yaml", "weights": weights}, compression=None,
                        training={**GENTLY, "epochs": 1}, export=["torchscript"])
        self.assertIn("3 tensors taken", self.printed)
        self.assertIn("left as initialized: ", self.printed)
        self.assertRegex(self.printed, r"in the file only: classifier\.bias, classifier\.weight, depthwise\.bias")

    def test_what_does_not_fit_is_refused_before_work_starts(self):
        def refusal(student, *patterns):
            recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus, student=student))
            self.expect_mistake(self.train(recipe, self.folder / "run"), *patterns)
            self.assertFalse((self.folder / "run").exists())

        refusal({"import": self.file, "input": [1, 3, 32, 32]}, r"recipe\.yaml:\d+:\d+: .*model\.pt.*3")
        torn = self.folder / "torn.pt"
        torn.write_bytes(pathlib.Path(self.file).read_bytes()[:3000])
        refusal({"import": str(torn)}, r"recipe\.yaml:\d+:\d+: .*torn\.pt.*cannot be read")
        refusal({"import": str(self.folder / "absent.pt")}, r"absent\.pt.* does not exist")
        refusal({"model": "student.yaml", "weights": self.file}, r"classifier\.weight: 5x24 in the file, 5x16 here")

    def test_inspect_shows_the_imported_graph(self):
        shown = self.expect(0, self.call("inspect", self.file, "--input", f"1,{FRAMES},{COEFFICIENTS}")).stdout
        for name in ("stem", "depthwise", "pointwise", "classifier", "MACs", "int8", "prunable", "coupled with"):
            self.assertIn(name, shown)

    @unittest.skipUnless(HAS_TORCH, "PyTorch is not in this Python")
    def test_a_teacher_that_cannot_be_imported_hears_through_its_own_front_end(self):
        import torch

        class Foreign(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.head = torch.nn.Linear(FRAMES * 13, CLASSES)

            def forward(self, x):
                return torch.cumsum(self.head(torch.sin(x.flatten(1))), 1)

        file = self.folder / "foreign.pt"
        torch.manual_seed(2)
        torch.jit.trace(Foreign().eval(), torch.zeros(2, 1, FRAMES, 13)).save(str(file))
        front_end = {"features": {**tones.FEATURES, "coefficients": 13}}
        distill = {"type": "distill", "teacher": {"import": str(file), "input": front_end},
                   "loss": {"type": "kl", "temperature": 2}, "weight": 0.1}
        training = {**GENTLY, "optimizer": {"type": "adam", "lr": 0.01}}
        _, summary = self.run_recipe(compression=[distill, tones.QUANTIZE], training=training)
        self.assertGreater(summary["accuracy"]["integer"], 0.5)
        self.assertRegex(self.printed, r"cannot be imported: .*aten::sin")
        self.assertIsNotNone(summary["teacher"]["accuracy"])


if __name__ == "__main__":
    trainer_program.main()
