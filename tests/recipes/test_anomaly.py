"""Anomalies from end to end: sounds of machines and a series are learned from normal samples, judged, exported, predicted."""

import importlib.util
import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import wave

import trainer_program
from trainer_program import PROJECT, RecipeTest

sys.path.insert(0, str(PROJECT / "scripts" / "judges"))
import server_process  # noqa: E402

HAS_ENGINE = all(importlib.util.find_spec(name) for name in ("mosec", "numpy", "onnxruntime"))

SOUNDS = """
name: machines
task: {{ type: anomaly_detection, false_positive_rate: 0.2 }}
data:
  type: machine_sounds
  root: {root}
  frames: 5
  stride: 2
  validation: 0.25
  features: {{ type: log_mel, window: 64 ms, hop: 32 ms, mel_bands: 32, low_hz: 20, high_hz: 8000 }}
student: {model}
training: {{ epochs: 12, batch_size: 32, optimizer: {{ type: adam, lr: 3e-3 }}, workers: 0 }}
calibrate: {{ calibration_samples: 100 }}
export: [tflite, onnx, c, torchscript]
"""

SERIES = """
name: series
task: {{ type: anomaly_detection, false_positive_rate: 0.05 }}
data: {{ include: {data}, root: {root} }}
student: {model}
training: {{ epochs: 15, batch_size: 32, optimizer: {{ type: adam, lr: 3e-3 }}, workers: 0 }}
calibrate: {{ calibration_samples: 100 }}
export: [tflite, c]
"""


def configuration(*path):
    return PROJECT.joinpath("configs", *path)


class Anomaly(RecipeTest):
    """One run of each kind; the tests look at what it left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made("make_machine_sounds", "sounds", "--machines", 2, "--train", 24, "--test", 8, "--seconds", 1, "--jobs", 1)
        cls.made("make_anomaly_series", "series", "--series", 1, "--seconds", 240)
        cls.sounds = cls.trained("sounds_run", SOUNDS.format(root=cls.shared / "sounds",
                                                             model=configuration("models", "anomaly_autoencoder.yaml")))
        cls.series = cls.trained("series_run", SERIES.format(root=cls.shared / "series",
                                                             data=configuration("datasets", "anomaly_series.yaml"),
                                                             model=configuration("models", "series_autoencoder.yaml")))

    @classmethod
    def made(cls, script, folder, *arguments):
        subprocess.run([PROJECT / "scripts" / script, "--output", cls.shared / folder, *map(str, arguments)], check=True,
                       capture_output=True)

    @classmethod
    def trained(cls, name, recipe):
        folder = cls.shared / name
        folder.mkdir()
        (folder / "recipe.yaml").write_text(recipe)
        result = cls.train(folder / "recipe.yaml", folder / "run")
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        return folder / "run"

    def summary(self, run):
        return json.loads((run / "summary.json").read_text())

    def test_the_summary_has_areas_in_every_arithmetic_and_a_threshold(self):
        for run, least in ((self.sounds, 0.7), (self.series, 0.8)):
            summary = self.summary(run)
            self.assertEqual("AUC", summary["metric"])
            for kind in ("float", "fake_quant", "integer"):
                self.assertGreater(summary["accuracy"][kind], least, summary["accuracy"])
                self.assertEqual(summary["accuracy"][kind], summary["scores"][kind]["AUC"])
                self.assertTrue(0.3 < summary["scores"][kind]["pAUC"] <= 1)
            self.assertAlmostEqual(summary["accuracy"]["float"], summary["accuracy"]["integer"], delta=0.05)
            recordings = 32 if run == self.sounds else None
            self.assertEqual(recordings, summary.get("test_recordings"))
            self.assertEqual("tflm", summary["arithmetic"])
            chosen = summary["chosen"]
            self.assertGreater(chosen["threshold"], 0)
            self.assertGreater(chosen["on_test"]["true_positives"], chosen["on_test"]["false_positives"])
            checks = {check["artifact"]: check["status"] for check in summary["verification"]}
            self.assertEqual({"passed"}, set(checks.values()) - {"not_run"}, summary["verification"])
        scores = self.summary(self.sounds)["scores"]["integer"]
        self.assertAlmostEqual(scores["AUC"], (scores["AUC id_01"] + scores["AUC id_02"]) / 2)

    def test_training_goes_by_the_error_of_normal_samples(self):
        lines = [json.loads(line) for line in (self.sounds / "metrics.jsonl").read_text().splitlines()]
        errors = [line["validation.error"] for line in lines if "validation.error" in line]
        self.assertEqual(12, len(errors))
        self.assertLess(errors[-1], 0.5 * errors[0])
        self.assertNotIn("validation.AUC", lines[-1])
        told = self.call("evaluate", self.sounds, "--json", "--split", "train", "--on", "float").stdout
        self.assertEqual({0}, set(json.loads(told)["anomalous"]))

    def test_evaluate_tells_each_machine_and_each_score(self):
        lines = self.expect(0, self.call("evaluate", self.sounds, "--json")).stdout.splitlines()
        integer = json.loads(lines[-1])
        self.assertEqual("integer", integer["on"])
        self.assertEqual(["id_01", "id_02"], [one["source"] for one in integer["sources"]])
        self.assertEqual(32, len(integer["scores"]))
        self.assertEqual(16, sum(integer["anomalous"]))
        said = self.expect(0, self.call("evaluate", self.sounds)).stdout
        self.assertRegex(said, r"integer +AUC .* of 32 recordings \([\d,]+ windows\)\n")
        self.assertRegex(self.expect(0, self.call("evaluate", self.series, "--on", "float")).stdout, r"of [\d,]+ samples\n")
        # Recordings are disturbed as a whole, too.
        words = self.expect(0, self.call("evaluate", self.sounds, "--robustness", "--at-most", 10)).stdout
        self.assertRegex(words, r"Robustness: AUC on 10 test recordings \([\d,]+ windows\), integer by tflm\n")

    def test_predict_says_what_evaluate_said(self):
        integer = json.loads(self.call("evaluate", self.sounds, "--json").stdout.splitlines()[-1])
        threshold = self.summary(self.sounds)["chosen"]["threshold"]
        files = sorted((self.shared / "sounds" / "test").glob("*.wav"))
        told = self.expect(0, self.call("predict", self.sounds, *files, "--json")).stdout.splitlines()
        for line, score, anomalous in zip(map(json.loads, told), integer["scores"], integer["anomalous"], strict=True):
            self.assertAlmostEqual(line["score"] / score, 1, delta=1e-5)
            self.assertEqual(line["threshold"], threshold)
            self.assertEqual("anomalous" if line["score"] > threshold else "normal", line["label"])
            self.assertEqual("anomaly" in line["file"], bool(anomalous))
        # The export folder alone knows the threshold, too.
        again = self.expect(0, self.call("predict", self.sounds / "export", files[0])).stdout
        self.assertRegex(again, r"^(normal|anomalous) +score \d+\.\d+, threshold \d+\.\d+  .*wav$")

    def test_a_series_is_judged_along_its_rows(self):
        series = self.shared / "series" / "series_01.csv"
        told = self.expect(0, self.call("predict", self.series, series, "--json")).stdout.splitlines()
        lines = [json.loads(line) for line in told]
        test_begins = 0.75 * 240
        early = [line for line in lines if line["seconds"] < test_begins]
        late = [line for line in lines if line["seconds"] > test_begins + 2]
        share = lambda some: sum(line["label"] == "anomalous" for line in some) / len(some)
        self.assertLess(share(early), 0.15)
        self.assertGreater(share(late), 2 * share(early))
        said = self.expect(0, self.call("predict", self.series, series)).stdout
        self.assertIn("score", said)
        self.assertRegex(said.splitlines()[-1], r"anomalous \d+ ")

    def test_an_export_made_later_has_the_same_threshold(self):
        self.expect(0, self.call("export", self.sounds, "--format", "tflite", "--output", self.folder / "again"))
        first = (self.sounds / "export" / "model.tflite").read_bytes()
        self.assertEqual(first, next((self.folder / "again").rglob("model.tflite")).read_bytes())
        self.assertIn("threshold", (self.sounds / "export" / "c" / "anomaly.c").read_text())

    def test_budget_and_profile_know_that_the_front_end_works_in_the_arena(self):
        header = (self.sounds / "export" / "c" / "model.h").read_text()
        arena = int(re.search(r"#define MODEL_ARENA_BYTES (\d+)", header)[1])
        self.assertGreater(arena, json.loads((self.sounds / "summary.json").read_text())["arena_bytes"])
        recipe = self.sounds / "recipe.yaml"
        self.expect(0, self.call("check", "--config", recipe, "--set", f"budget={{ram: {arena} B}}"))
        said = self.expect(3, self.call("check", "--config", recipe, "--set", f"budget={{ram: {arena - 1} B}}")).stderr
        self.assertIn("1 B more", said)
        profile = self.call("profile", self.sounds, "--target", "stm32f746", "--runtime", "c", "--json")
        self.assertEqual(arena, json.loads(self.expect(0, profile).stdout)["arena_bytes"])

    def test_a_server_judges_as_predict_does(self):
        run = pathlib.Path(shutil.copytree(self.sounds, self.folder / "run"))
        self.expect(0, self.call("export", run, "--format", "server"))
        said = self.expect(0, self.call("verify", run, judges=HAS_ENGINE)).stdout
        self.assertRegex(said, r"passed +export/server +readback")
        if not HAS_ENGINE:
            self.skipTest("mosec is not installed (scripts/setup.sh --judges)")
        self.assertRegex(said, r"passed +export/server +judge +mosec .* bit-equal, .*; sound as in training; scores as on the device")
        files = sorted((self.shared / "sounds" / "test").glob("*.wav"))[::4]
        told = self.expect(0, self.call("predict", run, *files, "--json")).stdout.splitlines()
        server = run / "export" / "server"
        with server_process.ServerProcess(server) as served:
            connection = served.connect()
            for file, line in zip(files, map(json.loads, told), strict=True):
                with wave.open(str(file)) as sound:
                    pcm = sound.readframes(sound.getnframes())
                status, text = server_process.ask(connection, "/sound", pcm)
                self.assertEqual(200, status, text)
                answer = json.loads(text)
                self.assertNotIn("outputs", answer)
                self.assertEqual((line["threshold"], line["windows"]), (answer["threshold"], answer["windows"]))
                # The two arithmetics round differently, by a step of an output now and then.
                self.assertAlmostEqual(1, answer["score"] / line["score"], delta=0.01)
                if abs(line["score"] / line["threshold"] - 1) > 0.02:
                    self.assertEqual(line["label"], answer["label"])
            status, text = server_process.ask(connection, "/sound", pcm[:1000])
            self.assertEqual(422, status)
            self.assertIn("one window", text)
            client = subprocess.run([sys.executable, "-I", server / "client.py", "--url", f"http://127.0.0.1:{served.port}", *files[:2]],
                                    capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual((0, 2), (client.returncode, len(client.stdout.splitlines())), client.stderr)
        self.assertRegex(client.stdout, r"^(normal|anomalous) +score \d+\.\d+, threshold \d+\.\d+  .*wav")

    def test_a_server_judges_a_series(self):
        run = pathlib.Path(shutil.copytree(self.series, self.folder / "run"))
        self.expect(0, self.call("export", run, "--format", "server"))
        said = self.expect(0, self.call("verify", run, judges=HAS_ENGINE)).stdout
        self.assertRegex(said, r"passed +export/server +readback")
        if HAS_ENGINE:
            self.assertRegex(said, r"passed +export/server +judge +mosec .* bit-equal, .*scores as on the device")

    def test_what_cannot_be_judged_is_told(self):
        short = self.folder / "short.wav"
        with wave.open(str(short), "wb") as file:
            file.setparams((1, 2, 16000, 0, "NONE", ""))
            file.writeframes(bytes(random.Random(1).randrange(256) for _ in range(2000)))
        self.expect_mistake(self.call("predict", self.sounds, short), r"short\.wav: is shorter than the 5 frames")
        self.expect_mistake(self.call("predict", self.sounds, self.folder / "absent.wav"), r"absent\.wav")
        self.expect_mistake(self.call("predict", self.sounds, "--stream", "-"), r"judges recordings as a whole")
        self.expect_mistake(self.call("predict", self.sounds, short, "--threshold", "0.5"), r"--threshold")
        self.expect_mistake(self.call("diagnose", self.sounds), r"classif")

    def test_networks_losses_and_data_that_do_not_fit(self):
        recipe = self.folder / "recipe.yaml"
        recipe.write_text(SOUNDS.format(root=self.shared / "sounds", model=configuration("models", "mlp_small.yaml")))
        self.expect_mistake(self.call("check", "--config", recipe), r"gives 2 numbers, the data has 160: what goes in")
        recipe.write_text(SOUNDS.format(root=self.shared / "sounds", model=configuration("models", "anomaly_autoencoder.yaml")))
        self.expect_mistake(self.call("check", "--config", recipe, "--set", "training.loss=cross_entropy"), r"classification")
        self.expect_mistake(self.call("check", "--config", recipe, "--set", f"data.root={self.folder}"), r"make_machine_sounds")


if __name__ == "__main__":
    trainer_program.main()
