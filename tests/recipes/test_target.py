"""Targets from end to end: a recipe that cannot fit is refused before training, one that does is profiled."""

import importlib.util
import json
import unittest

import tones
import trainer_program
from trainer_program import RecipeTest

HAS_RUNTIMES = all(importlib.util.find_spec(name) for name in ("ai_edge_litert", "onnxruntime"))
SHORT = {"epochs": 4, "batch_size": 10, "workers": 1, "optimizer": {"type": "adam", "lr": 0.01}}
PRUNE = {**tones.PRUNE, "epochs": [0, 2]}
QUANTIZE = {"type": "quantize", "epochs": [2, 4], "calibration_samples": 40}


class Target(RecipeTest):
    def write(self, **changes):
        content = tones.recipe(self.corpus, training=SHORT, compression=[PRUNE, QUANTIZE], **changes)
        return tones.write_recipe(self.folder, content)

    def test_what_cannot_fit_is_refused_before_training_with_reason_and_remedy(self):
        recipe = self.write(target="stm32f446", budget={"ram": "100 B"})
        place = r"recipe\.yaml:\d+:\d+: .*does not fit budget\.ram \(100 B\): it takes .* more; .*the peak is at '"
        run = self.folder / "run"
        self.expect_mistake(self.train(recipe, run), place, code=3)
        self.assertFalse(run.exists())
        checked = self.expect_mistake(self.call("check", "--config", recipe), place, code=3)
        self.assertIn("target    STM32F446 (Cortex-M4)", checked.stdout)
        self.assertIn("fit       as int8, whole", checked.stdout)

    def test_what_the_target_cannot_run_is_a_mistake_at_its_line(self):
        self.expect_mistake(self.call("check", "--config", self.write(target="stm32f446", export=["torchscript"])),
                            r"recipe\.yaml:\d+:\d+: STM32F446 runs none of \[torchscript\]; export one of")
        self.expect_mistake(self.call("check", "--config", self.write(target="stm32f447")),
                            r"recipe\.yaml:\d+:\d+: there is no target 'stm32f447'; did you mean 'stm32f446'")

    def test_a_run_says_what_it_takes_of_its_target_and_is_profiled(self):
        recipe = self.write(target="nrf52840", budget={"flash": "64 KiB", "ram": "32 KiB", "latency": "1 s"})
        run = self.folder / "run"
        printed = self.expect(0, self.train(recipe, run)).stdout
        self.assertIn("On nRF52840 by cmsis_nn", printed)
        summary = json.loads((run / "summary.json").read_text())
        fit = summary["fit"]
        self.assertEqual("nRF52840", fit["target"])
        self.assertTrue(fit["fits"])
        self.assertFalse(fit["latency"]["verified"])
        self.assertGreater(fit["latency"]["milliseconds"], 0)
        self.assertGreater(fit["energy"]["millijoules"], 0)
        self.assertGreaterEqual(len(summary["targets"]), 12)
        self.assertEqual({"flash", "ram", "latency", "nRF52840 flash", "nRF52840 ram"},
                         {line["name"] for line in summary["budget"]})
        (self.folder / "log.txt").write_text("known_answer: passed\ncycles: 100000\nstack_bytes: 400\n")
        profile = json.loads(self.expect(0, self.call("profile", run, "--json", "--measured", self.folder / "log.txt")).stdout)
        self.assertEqual(summary["macs"], profile["macs"])
        self.assertEqual(fit["ram"]["bytes"], profile["arena_bytes"])
        self.assertEqual(fit["latency"]["milliseconds"], profile["milliseconds"])
        self.assertEqual("passed", profile["measured"]["known_answer"])
        self.assertEqual(240, profile["offload"]["bytes"])
        self.assertTrue(profile["target"]["unverified"])
        page = self.expect(0, self.call("profile", run, "--target", "rp2040")).stdout
        self.assertIn("on RP2040 at 133 MHz", page)
        before = json.loads(self.expect(0, self.call("profile", "--config", recipe, "--json")).stdout)
        self.assertGreater(before["macs"], summary["macs"])

    def test_what_turns_out_too_large_ends_with_3_and_a_remedy(self):
        recipe = self.write(budget={"flash": "500 B"})
        checked = self.expect(0, self.call("check", "--config", recipe))
        self.assertRegex(checked.stdout, r"note      .*fits? budget\.flash \(500 B\)")
        said = self.expect(3, self.train(recipe, self.folder / "run")).stderr
        self.assertRegex(said, r"budget flash: .*, allowed 500 B, .* more; \{type: prune, .*sparsity: 0\.\d+\} would do")

    @unittest.skipUnless(HAS_RUNTIMES, "LiteRT and ONNX Runtime are not installed")
    def test_the_host_is_timed_in_the_runtimes_that_are_installed(self):
        recipe = self.write()
        told = self.call("profile", "--config", recipe, "--host", "--json", judges=True)
        host = json.loads(self.expect(0, told).stdout)["host"]
        self.assertEqual(["LiteRT", "ONNX Runtime"], [engine["engine"] for engine in host["engines"]])
        for engine in host["engines"]:
            self.assertLessEqual(engine["milliseconds"]["p50"], engine["milliseconds"]["p99"])

    def test_without_the_runtimes_the_host_is_not_run(self):
        told = self.call("profile", "--config", self.write(), "--host", "--json")
        self.assertIn("not installed", json.loads(self.expect(0, told).stdout)["host"]["not_run"])


if __name__ == "__main__":
    trainer_program.main()
