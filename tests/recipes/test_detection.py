"""Boxes in pictures from end to end: a drawn corpus is learned, scored, exported; pictures and a video are predicted."""

import importlib.machinery
import importlib.util
import json
import pathlib
import random
import resource
import struct
import subprocess
import sys

import trainer_program
from trainer_program import PROJECT, RecipeTest

sys.path.insert(0, str(PROJECT / "scripts"))
sys.dont_write_bytecode = True
import technique_scores  # noqa: E402

RECIPE = """
name: shapes
task: {{ type: {task} }}
data:
  type: pascal_voc
  root: {root}
  image: {{ size: [64, 80], fit: pad }}
  augment: {{ flip: 0.5, zoom: {{ scale: [0.9, 1.2] }} }}
student: {model}
training: {{ epochs: {epochs}, batch_size: 10, optimizer: {{ type: adam, lr: 4e-3 }}, workers: 0 }}
calibrate: {{ calibration_samples: 40 }}
export: [tflite, c]
"""

NETWORK = """
name: {name}
layers:
  - {{ type: conv2d, out: {width}, kernel: 3, stride: 2, padding: same }}
  - batch_norm
  - relu
  - {{ type: conv2d, out: {width}, kernel: 3, stride: 4, padding: same }}
  - batch_norm
  - {{ type: relu, name: seen }}
  - {{ type: conv2d, name: boxes, out: outputs, kernel: 1, bias: true }}
"""
HINT = """
compression:
  - {{ type: hint, teacher: {{ model: wide.yaml, epochs: 2 }}, student_layer: seen, teacher_layer: seen, weight: {weight} }}
"""
TEACHERS = """
compression:
  - {{ type: distill, teacher: {{ model: wide.yaml, epochs: 2 }}, loss: {loss}, weight: {weight} }}
  - type: hint
    teacher: {{ model: wide.yaml, epochs: 2 }}
    student_layer: seen
    teacher_layer: seen
    loss: attention_transfer
    adaptor: none
    weight: {weight}
"""


def corpus_maker():
    path = str(PROJECT / "scripts" / "make_detection_corpus")
    loader = importlib.machinery.SourceFileLoader("make_detection_corpus", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_detection_corpus", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def write_video(path, frames, width, height, rate=10):
    """Raw blue-green-red frames, bottom row first, as an AVI without a codec."""
    def chunk(kind, data):
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    def listed(kind, data):
        return chunk(b"LIST", kind + data)

    size = width * height * 3
    header = struct.pack("<14I", 1000000 // rate, size * rate, 0, 16, len(frames), 0, 1, size, width, height, 0, 0, 0, 0)
    stream = b"vidsDIB " + struct.pack("<IHHIIIIIIIIHHHH", 0, 0, 0, 0, 1, rate, 0, len(frames), size, 0, size, 0, 0, width,
                                       height)
    pixels = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, size, 0, 0, 0, 0)
    headers = listed(b"hdrl", chunk(b"avih", header) + listed(b"strl", chunk(b"strh", stream) + chunk(b"strf", pixels)))
    movie = listed(b"movi", b"".join(chunk(b"00db", frame) for frame in frames))
    path.write_bytes(chunk(b"RIFF", b"AVI " + headers + movie))


class Detection(RecipeTest):
    """One run of each task; the tests look at what it left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pictures = cls.shared / "shapes"
        subprocess.run([PROJECT / "scripts" / "make_detection_corpus", cls.pictures, "--pictures", "80", "--jobs", "1"],
                       check=True, capture_output=True)
        cls.boxes = cls.trained("object_detection", "mobile_net_boxes.yaml", 120)
        cls.points = cls.trained("centroid_detection", "mobile_net_centroids.yaml", 60)

    @classmethod
    def trained(cls, task, model, epochs):
        folder = cls.shared / task
        folder.mkdir()
        (folder / "recipe.yaml").write_text(RECIPE.format(task=task, root=cls.pictures, epochs=epochs,
                                                          model=PROJECT / "configs" / "models" / model))
        result = cls.train(folder / "recipe.yaml", folder / "run")
        if result.returncode != 0:
            raise AssertionError(result.stderr)
        return folder / "run"

    def test_the_summary_names_the_tasks_metric(self):
        # 80 small pictures teach little: 0.054 and 0.22; after 25 epochs the boxes still had 0.002.
        for run, metric, least in ((self.boxes, "mAP50", 0.02), (self.points, "F1", 0.12)):
            summary = json.loads((run / "summary.json").read_text())
            self.assertEqual(metric, summary["metric"])
            self.assertGreater(summary["accuracy"]["float"], least)
            self.assertAlmostEqual(summary["accuracy"]["float"], summary["accuracy"]["integer"], delta=0.1)
            lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
            self.assertIn("validation." + metric, lines[-1])
            checks = {check["artifact"]: check["status"] for check in summary["verification"]}
            self.assertEqual({"passed"}, set(checks.values()) - {"not_run"}, summary["verification"])

    def test_evaluate_tells_each_class(self):
        lines = self.expect(0, self.call("evaluate", self.boxes, "--json")).stdout.splitlines()
        integer = json.loads(lines[-1])
        self.assertEqual("integer", integer["on"])
        self.assertEqual(["circle", "square", "triangle"], [one["label"] for one in integer["classes"]])
        self.assertIn("mAP50", self.expect(0, self.call("evaluate", self.boxes)).stdout)

    def test_what_is_said_of_each_picture_gives_the_metric_again(self):
        written = self.folder / "samples.csv"
        self.expect(0, self.call("evaluate", self.boxes, "--samples", written))
        rows = technique_scores.read_samples([self.folder])
        pictures = technique_scores.pictures_of(rows)
        summary = json.loads((self.boxes / "summary.json").read_text())
        self.assertEqual((summary["test_samples"], 3 * summary["test_samples"]), (pictures, len(rows)))
        for kind, value in summary["accuracy"].items():
            if value is not None:
                found = technique_scores.detections_by_class(rows, kind)
                self.assertAlmostEqual(value, technique_scores.map50(found, [1] * pictures), delta=1e-6)
        before = written.read_bytes()

        def little_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        self.expect_mistake(self.call("evaluate", self.boxes, "--samples", written, preexec_fn=little_room),
                            r"samples\.csv", code=1)
        self.assertEqual((before, ["samples.csv"]), (written.read_bytes(), [file.name for file in self.folder.iterdir()]))
        self.expect_mistake(self.call("evaluate", self.boxes, "--samples", written / "in_a_file.csv"), r"samples\.csv", code=1)
        self.expect_mistake(self.call("evaluate", self.points, "--samples", written), r"--samples.*object_detection do")

    def test_a_picture_is_drawn_and_told(self):
        picture = self.pictures / "JPEGImages" / "val_00000.png"
        for run in (self.boxes, self.points):
            told = self.expect(0, self.call("predict", run, picture, "--json", "--threshold", 0.05)).stdout
            line = json.loads(told)
            self.assertEqual(str(picture), line["file"])
            for one in line["boxes"]:
                left, top, right, bottom = one["box"]
                self.assertTrue(0 <= left < right <= 160 and 0 <= top < bottom <= 128, one)
                self.assertGreaterEqual(one["score"], 0.04)
            drawn = self.folder / f"{run.parent.name}.png"
            said = self.expect(0, self.call("predict", run, picture, "--output", drawn, "--threshold", 0.05)).stdout
            self.assertIn("found in 1 picture,", said)
            self.assertEqual(b"\x89PNG", drawn.read_bytes()[:4])

    def test_a_video_gives_a_video_of_as_many_pictures(self):
        maker = corpus_maker()
        draw = random.Random(4)
        ground, frames = maker.ground(draw), []
        for x in range(20, 140, 20):
            rows = [list(row) for row in ground]
            maker.paint(rows, list(maker.spans("circle", x, 60, 22, 0)), random.Random(1))
            clipped = [bytes(max(0, min(255, int(value))) for value in row) for row in rows]
            frames.append(b"".join(b"".join(row[i:i + 3][::-1] for i in range(0, len(row), 3)) for row in reversed(clipped)))
        video = self.folder / "circle.avi"
        write_video(video, frames, maker.WIDTH, maker.HEIGHT)
        found = self.folder / "found.avi"
        lines = self.expect(0, self.call("predict", self.boxes, video, "--json", "--output", found)).stdout.splitlines()
        self.assertEqual(list(range(6)), [json.loads(line)["frame"] for line in lines])
        again = self.expect(0, self.call("predict", self.boxes, found, "--json")).stdout.splitlines()
        self.assertEqual(6, len(again))

    def test_what_cannot_be_shown_is_told(self):
        wrong = self.folder / "broken.mp4"
        wrong.write_bytes(b"no video")
        self.expect_mistake(self.call("predict", self.boxes, wrong), r"neither a picture nor a video")
        self.expect_mistake(self.call("predict", self.boxes, "camera:x"), r"camera:0")
        self.expect_mistake(self.call("predict", self.boxes, self.folder / "nothing.png"), r"no such file")
        damaged = self.folder / "damaged.png"
        damaged.write_bytes((self.pictures / "JPEGImages" / "val_00000.png").read_bytes()[:100])
        self.expect_mistake(self.call("predict", self.boxes, damaged), r"damaged\.png")

    def test_a_hint_from_a_wider_teacher(self):
        for name, width in (("narrow", 8), ("wide", 24)):
            (self.folder / f"{name}.yaml").write_text(NETWORK.format(name=name, width=width))
        recipe = self.folder / "recipe.yaml"
        losses = {}
        for weight in (0, 0.5):
            recipe.write_text(RECIPE.format(task="object_detection", root=self.pictures, epochs=3, model="narrow.yaml") +
                              HINT.format(weight=weight))
            run = self.folder / f"run_{weight}"
            self.assertIn("the teacher", self.expect(0, self.train(recipe, run)).stdout)
            lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
            losses[weight] = [line["loss.hint"] for line in lines if "loss.hint" in line]
            self.assertTrue(all("loss.boxes" in line for line in lines), lines)
            self.assertEqual("wide", json.loads((run / "summary.json").read_text())["teacher"]["name"])
        self.assertEqual(3, len(losses[0.5]))
        # The adaptor and the layer learn to say what the teacher sees, which they do not where the hint weighs nothing.
        self.assertLess(losses[0.5][-1], 0.8 * losses[0][-1])

    def test_a_teachers_outputs_and_where_it_looks(self):
        for name, width in (("narrow", 8), ("wide", 24)):
            (self.folder / f"{name}.yaml").write_text(NETWORK.format(name=name, width=width))
        recipe = self.folder / "recipe.yaml"
        of_task = RECIPE.format(task="object_detection", root=self.pictures, epochs=3, model="narrow.yaml")
        last = {}
        for weight in (0, 0.5):
            recipe.write_text(of_task + TEACHERS.format(weight=weight, loss="mse_logits"))
            run = self.folder / f"run_{weight}"
            self.expect(0, self.train(recipe, run))
            lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
            last[weight] = [line for line in lines if "loss.distill" in line][-1]
        for name in ("loss.distill", "loss.hint"):
            self.assertLess(last[0.5][name], last[0][name], last)
        for loss in ("kl", "soft_cross_entropy", "decoupled", "{ type: mse_logits, centre: true }"):
            recipe.write_text(of_task + TEACHERS.format(weight=0.5, loss=loss))
            self.expect_mistake(self.call("check", "--config", recipe),
                                r"recipe\.yaml:\d+:\d+: distill compares scores of classes.*`loss: mse_logits`")

    def test_a_task_and_a_network_that_do_not_fit(self):
        recipe = self.folder / "recipe.yaml"
        recipe.write_text(RECIPE.format(task="centroid_detection", root=self.pictures, epochs=1,
                                        model=PROJECT / "configs" / "models" / "mlp_small.yaml"))
        self.expect_mistake(self.call("check", "--config", recipe), r"3 classes need 4 channels")
        self.expect_mistake(self.call("check", "--config", recipe, "--set", "task=detection"), r"detection")


if __name__ == "__main__":
    trainer_program.main()
