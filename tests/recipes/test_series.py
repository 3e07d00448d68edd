"""Wearables: the shipped recipes, shortened, on small synthetic corpora; labels along recordings; what the C export holds."""

import json
import subprocess
import sys

import trainer_program
from trainer_program import PATIENCE, PROJECT, RecipeTest, environment, program

SHORT = {"training.epochs": 5, "compression.distill.epochs": "[0, 3]", "compression.distill.teacher.epochs": 3,
         "compression.distill_quantized.epochs": "[3, 5]", "compression.prune.epochs": "[1, 2]",
         "compression.quantize.epochs": "[3, 5]", "compression.quantize.freeze_batch_norm": 4.5,
         "compression.quantize.freeze_observers": 4.7, "export": "[tflite, c]", "training.batch_size": 16}


def make(script, *arguments):
    subprocess.run([sys.executable, "-B", PROJECT / "scripts" / script, *map(str, arguments)], check=True)


class Series(RecipeTest):
    @classmethod
    def shipped(cls, name, data):
        sets = [word for key, value in {**SHORT, "data.root": data}.items() for word in ("--set", f"{key}={value}")]
        run = cls.shared / name
        result = cls.train(PROJECT / "recipes" / f"{name}.yaml", run, *sets)
        if result.returncode != 0:
            raise AssertionError(result.stdout + result.stderr)
        return run

    def lines(self, *arguments, **options):
        done = subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, env=environment(),
                              timeout=PATIENCE, check=False, **options)
        self.expect(0, done)
        return [json.loads(line) for line in done.stdout.splitlines()]


class Activity(Series):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared / "activity"
        make("make_activity_corpus", "--output", cls.data, "--people", 5, "--seconds", 12)
        cls.run_folder = cls.shipped("activity_recognition", cls.data)

    def test_people_are_in_one_split_and_most_is_learned(self):
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertGreater(summary["accuracy"]["integer"], 0.4)  # of six activities, in a few seconds
        scores = self.lines("evaluate", self.run_folder, "--on", "integer", "--json")[0]
        self.assertEqual([one["label"] for one in scores["classes"]],
                         ["cycling", "lying", "running", "sitting", "stairs", "walking"])
        self.assertEqual(sum(map(sum, scores["confusion"])), summary["test_samples"])
        self.assertEqual([], [v for v in summary["verification"] if v["status"] == "failed"])

    def test_a_recording_is_labelled_window_by_window_and_row_by_row(self):
        file = self.data / "person02.csv"
        found = self.lines("predict", self.run_folder, file, "--json")
        rows = len(file.read_text().splitlines()) - 1
        self.assertEqual(len(found), (rows - 128) // 64 + 1)
        self.assertEqual(found[0]["seconds"], 2.56)
        self.assertAlmostEqual(found[1]["seconds"], 3.84)
        streamed = self.lines("predict", self.run_folder, "--stream", "-", "--json", input=file.read_text())
        self.assertEqual([(one["seconds"], one["label"], one["probability"]) for one in found],
                         [(one["seconds"], one["label"], one["probability"]) for one in streamed])
        text = self.call("predict", self.run_folder, file)
        self.assertRegex(self.expect(0, text).stdout.splitlines()[-1], r"person02\.csv: .*\d+ \(\d+ %\)")

    def test_the_c_export_holds_the_front_end(self):
        folder = self.run_folder / "export" / "c"
        header = (folder / "front_end.h").read_text()
        self.assertIn("#define FRONT_END_CHANNELS 6", header)
        self.assertIn("#define FRONT_END_WINDOW_ROWS 128", header)
        self.assertIn("acc_x: steps of 1, normalised by the training data", header)
        self.assertTrue((folder / "series_frontend.c").exists())

    def test_mistakes_are_told(self):
        other = self.folder / "other.csv"
        other.write_text("a,b\n1,2\n")
        self.expect_mistake(self.call("predict", self.run_folder, other), r"other\.csv:1: the header has no column 'acc_x'")
        self.expect_mistake(self.call("predict", self.run_folder, self.folder / "none.csv"), r"none\.csv")


class Heartbeat(Series):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared / "heartbeat"
        make("make_heartbeat_corpus", "--output", cls.data, "--patients", 16, "--seconds", 40)
        cls.run_folder = cls.shipped("heartbeat", cls.data)

    def test_sensitivity_of_each_class_is_stated(self):
        scores = self.lines("evaluate", self.run_folder, "--on", "integer", "--json")[0]
        self.assertEqual([one["label"] for one in scores["classes"]], list("NSVFQ"))
        self.assertGreater(scores["classes"][0]["recall"], 0.5)
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertEqual(summary["metric"], "macro_f1")
        self.assertAlmostEqual(summary["accuracy"]["integer"], scores["macro_f1"])

    def test_beats_of_a_record_are_labelled(self):
        found = self.lines("predict", self.run_folder, self.data / "p03.hea", "--json")
        self.assertGreater(len(found), 20)
        self.assertEqual(sorted(one["seconds"] for one in found), [one["seconds"] for one in found])
        self.assertLessEqual({one["label"] for one in found}, set("NSVFQ"))
        self.expect_mistake(self.call("predict", self.run_folder, self.data / "p03.hea", "--annotator", "qrs"),
                            r"p03\.qrs: is absent")


class Sleep(Series):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.shared / "sleep"
        make("make_sleep_corpus", "--output", cls.data, "--people", 5, "--hours", 3)
        cls.run_folder = cls.shipped("sleep_stages", cls.data)

    def test_rare_stages_are_drawn_more_often_and_each_is_measured(self):
        recipe = (self.run_folder / "recipe.yaml").read_text()
        self.assertIn("class_balance: 0.5", recipe)
        scores = self.lines("evaluate", self.run_folder, "--on", "integer", "--json")[0]
        self.assertEqual([one["label"] for one in scores["classes"]], ["wake", "light", "deep", "rem"])
        self.assertGreater(scores["macro_f1"], 0.4)  # of four stages, in a few seconds
        self.assertEqual([], [v for v in json.loads((self.run_folder / "summary.json").read_text())["verification"]
                              if v["status"] == "failed"])

    def test_a_night_is_labelled_every_half_minute(self):
        found = self.lines("predict", self.run_folder, self.data / "person01.csv", "--json")
        self.assertEqual(len(found), (3 * 3600 - 150) // 30 + 1)
        self.assertEqual([one["seconds"] for one in found[:3]], [150, 180, 210])


if __name__ == "__main__":
    trainer_program.main()
