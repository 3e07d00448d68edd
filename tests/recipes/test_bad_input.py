"""Mistakes in recipes, arguments and data: exit code 2, one located line each, and nothing written."""

import json
import re
import shutil
import unittest

import tones
import trainer_program
from trainer_program import RecipeTest

PLAIN = {"compression": None, "export": ["torchscript"]}


class BadInput(RecipeTest):
    """Every test hands over one thing that is wrong."""

    def refused(self, content, *patterns, arguments=()):
        """`check` and the run itself refuse the recipe in the same words, and leave nothing behind."""
        recipe = tones.write_recipe(self.folder / "recipe", content)
        checked = self.expect_mistake(self.call("check", "--config", recipe, *arguments, cwd=self.folder), *patterns)
        run = self.expect_mistake(self.train(recipe, self.folder / "run", *arguments, cwd=self.folder), *patterns)
        self.assertEqual(checked.stderr, run.stderr)
        self.assertEqual("", run.stdout)
        self.assertEqual(["recipe"], sorted(p.name for p in self.folder.iterdir()))
        return run.stderr.splitlines()

    def changed(self, path, value, **changes):
        """The whole recipe with the key at the dotted path set; numbers count items of lists."""
        content = tones.recipe(self.corpus, **changes)
        *parents, last = path.split(".")
        inside = content
        for key in parents:
            inside = inside[int(key)] if key.isdigit() else inside.setdefault(key, {})
        inside[int(last) if last.isdigit() else last] = value
        return content

    def own_corpus(self):
        """A copy of the corpus beside the test's folder, to be damaged."""
        return shutil.copytree(self.corpus, self.shared / (self.folder.name + "_corpus"))

    def test_an_unknown_key(self):
        where = r"^trainer: .*recipe\.yaml:\d+:\d+: "
        self.refused(self.changed("traning", {}), where + ".*traning.*did you mean 'training'")
        self.refused(self.changed("training.epoch", 3), where + ".*epoch.*did you mean 'epochs'")
        self.refused(self.changed("compression.1.sparsty", 0.5), where + ".*sparsty.*did you mean 'sparsity'")
        self.refused(self.changed("data.features.coeficients", 9), where + ".*coeficients.*did you mean 'coefficients'")
        self.refused(self.changed("compression.1.type", "prun"), where + ".*prun.*did you mean 'prune'")
        self.refused(self.changed("training.optimizer.type", "adm"), where + ".*adm.*did you mean 'adam")

    def test_the_place_is_the_key(self):
        text = f"name: tones\ndata:\n  type: speech_commands\n  root: {self.corpus}\nstudent: student.yaml\n"
        lines = self.refused(text + "training:\n  epocs: 3\nexport: [torchscript]\n", "epocs")
        self.assertIn("recipe.yaml:7:", lines[0])
        lines = self.refused(text + "traning:\n  epochs: 3\nexport: [torchscript]\n", "traning")
        self.assertIn("recipe.yaml:6:1: ", lines[0])

    def test_a_wrong_type(self):
        where = r"recipe\.yaml:\d+:\d+: "
        self.refused(self.changed("training.epochs", "many"), where + ".*epochs.*many")
        self.refused(self.changed("training.epochs", 2.5), where + ".*epochs")
        self.refused(self.changed("training", [1, 2]), where + ".*training")
        self.refused(self.changed("compression", {"type": "prune"}), where + ".*compression must be a list")
        self.refused(self.changed("data.features.clip", "half"), where + ".*clip")
        self.refused(self.changed("budget", {"flash": "12 bananas"}), where + ".*flash")

    def test_a_number_out_of_range(self):
        for path, value in (("training.epochs", 0), ("training.epochs", -1), ("compression.1.sparsity", 1.5),
                            ("compression.0.loss.temperature", -1), ("training.optimizer.lr", ".nan"),
                            ("training.optimizer.lr", "1e400"), ("seed", -1), ("data.features.sample_rate", 0)):
            with self.subTest(path=path, value=value):
                self.refused(self.changed(path, value), rf"recipe\.yaml:\d+:\d+: .*{path.split('.')[-1]}")

    def test_yaml_that_is_none(self):
        self.refused("name: [1, 2\n", r"recipe\.yaml:\d+:\d+: ")
        self.refused("name: a\nname: b\n", r"recipe\.yaml:2:1: .*name")
        self.refused("", r"recipe\.yaml")
        self.refused("- 1\n- 2\n", r"recipe\.yaml")
        self.refused("name: \x00\x01\x02\n", r"recipe\.yaml")

    def test_missing_files(self):
        self.expect_mistake(self.call("--config", self.folder / "absent.yaml"), r"absent\.yaml: ")
        self.expect_mistake(self.call("--config", self.folder), re.escape(str(self.folder)))
        where = r"recipe\.yaml:\d+:\d+: .*"
        self.refused(self.changed("student", "absent_model.yaml"), where + r"absent_model\.yaml.*does not exist")
        self.refused(self.changed("compression.0.teacher", {"model": "absent_teacher.yaml"}),
                     where + r"absent_teacher\.yaml.*does not exist")
        self.refused(self.changed("compression.0.teacher", {"checkpoint": "absent.safetensors"}),
                     where + r"absent\.safetensors.*does not exist")
        self.refused(self.changed("compression.0.teacher", {"torchscript": "absent.pt"}),
                     where + r"absent\.pt.*does not exist")
        self.refused(self.changed("compression.2.scheme", "absent_scheme.yaml"), where + r"absent_scheme\.yaml.*does not exist")
        self.refused(self.changed("include", "absent_include.yaml"), where + r"absent_include\.yaml")
        self.refused(self.changed("data.root", str(self.folder / "absent_data")), where + "absent_data")
        self.refused(self.changed("student", {"model": "student.yaml", "weights": "absent.safetensors"}),
                     r"absent\.safetensors")

    def test_a_teacher_that_is_not_given(self):
        content = tones.recipe(self.corpus)
        del content["compression"][0]["teacher"]
        self.refused(content, r"recipe\.yaml:\d+:\d+: .*teacher")
        self.refused(self.changed("compression.0.teacher", "same"), "no modifier before")
        self.refused(self.changed("compression.0.teacher", {"epochs": 2}), "exactly one of model, checkpoint")
        self.refused(self.changed("compression.1.teacher", "same"), r"recipe\.yaml:\d+:\d+: .*teacher")

    def test_selectors_that_match_nothing(self):
        where = r"recipe\.yaml:\d+:\d+: .*"
        self.refused(self.changed("compression.1.layers", ["nosuch*"]), where + r"nosuch")
        self.refused(self.changed("compression.1.ignore", ["stam"]), where + r"stam")
        self.refused(self.changed("compression.1.layers", []), where + "layers")
        hint = {"type": "hint", "teacher": {"model": "teacher.yaml"}, "student_layer": "midle", "teacher_layer": "middle"}
        self.refused(self.changed("compression", [hint]), where + "midle.*did you mean 'middle'")
        hint.update(student_layer="middle", teacher_layer="lost")
        self.refused(self.changed("compression", [hint]), where + "lost.*did you mean 'last'")

    def test_windows_outside_the_run(self):
        where = r"recipe\.yaml:\d+:\d+: .*"
        self.refused(self.changed("compression.1.epochs", [4, 40]), where + "40")
        self.refused(self.changed("compression.1.epochs", [4, 4]), where)
        self.refused(self.changed("compression.1.epochs", [4, 2]), where)
        self.refused(self.changed("compression.1.epochs", [-1, 2]), where)
        self.refused(self.changed("compression.1.epochs", "late"), where + "epochs")
        self.refused(self.changed("compression.2.freeze_observers", 30), where + "freeze_observers")
        self.refused(self.changed("training.warmup", 30), where + "warmup")

    def test_parts_that_exclude_each_other(self):
        self.refused(self.changed("calibrate", {}), "quantizes in training already")
        self.refused(self.changed("training.early_stop", {"patience": 2}), "early_stop and compression")
        self.refused(self.changed("budget", {"accuracy_drop": 1}), "baseline: train")
        self.refused(self.changed("compression.2.name", "prune"), "two modifiers are called 'prune'")
        self.refused(tones.recipe(self.corpus, compression=None), r"recipe\.yaml:\d+:\d+: .*tflite.*quantize")
        self.refused(self.changed("export", ["tflight"]), r"recipe\.yaml:\d+:\d+: .*tflight.*did you mean 'tflite'")

    def test_a_model_that_does_not_fit(self):
        def student(text):
            (self.folder / "model").mkdir(exist_ok=True)
            path = self.folder / "model" / "wrong.yaml"
            path.write_text(text)
            recipe = tones.write_recipe(self.folder / "model", tones.recipe(self.corpus, student="wrong.yaml", **PLAIN))
            return self.call("check", "--config", recipe)
        self.expect_mistake(student(tones.STUDENT.replace("out: classes", "out: 7")), "7.*5 classes")
        self.expect_mistake(student(tones.STUDENT.replace("type: linear", "type: lineer")),
                            r"wrong\.yaml:\d+:\d+: .*lineer.*did you mean 'linear'")
        self.expect_mistake(student(tones.STUDENT.replace("out: 16", "uot: 16")), r"wrong\.yaml:3:\d+: .*uot")
        self.expect_mistake(student("name: empty\nlayers: []\n"), r"wrong\.yaml")
        self.expect_mistake(student(tones.STUDENT.replace("kernel: 1", "kernel: 999999999")), r"wrong\.yaml:\d+:\d+: ")

    def test_several_mistakes_at_once(self):
        content = self.changed("training.epocs", 3)
        content["compression"][1]["sparsity"] = 7
        content["compression"][2]["epochs"] = [7, 70]
        content["surprise"] = 1
        content["export"] = ["tflite", "onyx"]
        lines = self.refused(content, "epocs", "sparsity", "70", "surprise", "onyx")
        self.assertGreaterEqual(len(lines), 5)
        for line in lines:
            self.assertRegex(line, r"^trainer: \S+recipe\.yaml:\d+:\d+: ")

    def test_overrides(self):
        good = tones.recipe(self.corpus)
        self.refused(good, r"^trainer: --set .*epocs", arguments=("--set", "training.epocs=3"))
        self.refused(good, r"^trainer: --set .*prone", arguments=("--set", "compression.prone.sparsity=0.4"))
        self.refused(good, r"^trainer: --set .*", arguments=("--set", "training.epochs"))
        self.refused(good, r"^trainer: --set .*", arguments=("--set", "=3"))
        self.refused(good, r"^trainer: --set .*epochs", arguments=("--set", "training.epochs=soon"))

    def test_arguments(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        for arguments in ((), ("tarin",), ("--config",), ("--confg", recipe), ("train",), ("check",), ("evaluate",),
                          ("--config", recipe, "--threads", "0"), ("--config", recipe, "--threads", "two"),
                          ("--config", recipe, "--device", "tpu"), ("--config", recipe, "--quiet", "--json"),
                          ("evaluate", self.folder, "--on", "paper"), ("inspect", recipe, "extra")):
            with self.subTest(arguments=arguments):
                self.expect_mistake(self.call(*arguments, cwd=self.folder), "^trainer: ")
        self.assertEqual(0, self.call("--help").returncode)
        self.assertEqual(0, self.call("evaluate", "--help").returncode)
        self.assertRegex(self.call("--version").stdout, r"^espalier \d")

    def test_folders_that_are_no_runs(self):
        for arguments in (("evaluate", self.folder), ("verify", self.folder / "absent"), ("inspect", self.folder),
                          ("export", self.folder, "--format", "tflite"), ("predict", self.folder, "a.wav")):
            with self.subTest(arguments=arguments):
                self.expect_mistake(self.call(*arguments), re.escape(str(self.folder)))

    def test_a_corrupt_recording(self):
        corpus = self.own_corpus()
        (corpus / "low" / "speaker0_nohash_0.wav").write_bytes(b"RIFF\x10\x00\x00\x00WAVEjunkjunk")
        self.refused(tones.recipe(corpus, **PLAIN), r"low/speaker0_nohash_0\.wav: ")

    def test_an_empty_recording(self):
        corpus = self.own_corpus()
        (corpus / "low" / "speaker0_nohash_0.wav").write_bytes(b"")
        tones.write_wav(corpus / "high" / "speaker1_nohash_1.wav", [])
        self.refused(tones.recipe(corpus, **PLAIN), r"low/speaker0_nohash_0\.wav: ", r"high/speaker1_nohash_1\.wav: ")

    def test_a_recording_that_is_cut_off(self):
        corpus = self.own_corpus()
        path = corpus / "rising" / "speaker2_nohash_2.wav"
        path.write_bytes(path.read_bytes()[:3000])
        self.refused(tones.recipe(corpus, **PLAIN), r"rising/speaker2_nohash_2\.wav: ")

    def test_damaged_recordings_are_left_out_and_counted(self):
        corpus = self.own_corpus()
        (corpus / "low" / "speaker0_nohash_0.wav").write_bytes(b"")
        content = tones.recipe(corpus, **PLAIN)
        content["data"]["on_error"] = "skip"
        content["training"]["epochs"] = 1
        recipe = tones.write_recipe(self.folder, content)
        self.expect(0, self.train(recipe, self.folder / "run"))
        self.assertIn("1 damaged file left out", json.loads((self.folder / "run/summary.json").read_text())["data"])

    def test_stereo_and_another_rate(self):
        corpus = self.own_corpus()
        tones.write_wav(corpus / "low" / "speaker0_nohash_0.wav", [0.1, -0.1] * tones.SAMPLES, channels=2)
        tones.write_wav(corpus / "high" / "speaker0_nohash_0.wav", [0.1, -0.1] * tones.SAMPLES, rate=16000)
        content = tones.recipe(corpus, **PLAIN)
        content["training"]["epochs"] = 1
        taken = self.expect(0, self.call("check", "--config", tones.write_recipe(self.shared / "stereo", content)))
        self.assertIn("1 files mixed to one channel", taken.stdout)
        self.assertIn("1 files resampled to 8000 Hz", taken.stdout)
        content["data"].update(on_stereo="fail", resample=False)
        self.refused(content, r"low/speaker0_nohash_0\.wav: .*channel", r"high/speaker0_nohash_0\.wav: .*16000")

    def test_too_few_classes(self):
        content = tones.recipe(self.corpus, **PLAIN)
        content["data"].update(words=["low"], unknown=False, silence=False)
        self.refused(content, r"recipe\.yaml:\d+:\d+: .*fewer than the 2 classes that training needs")
        content["data"].update(words=[])
        self.refused(content, r"recipe\.yaml:\d+:\d+: ")
        content["data"].update(words=["low", "hihg"])
        self.refused(content, r"recipe\.yaml:\d+:\d+: .*hihg.*did you mean 'high'")

    def test_too_little_data(self):
        self.refused(self.changed("training.batch_size", 5000), r"recipe\.yaml:\d+:\d+: .*fewer than one batch")
        corpus = self.own_corpus()
        shutil.rmtree(corpus / "_background_noise_")
        self.refused(tones.recipe(corpus, **PLAIN), r"recipe\.yaml:\d+:\d+: .*_silence_")

    def test_lists_that_do_not_fit(self):
        corpus = self.own_corpus()
        listed = corpus / "testing_list.txt"
        listed.write_text(listed.read_text() + "low/absent.wav\n")
        self.refused(tones.recipe(corpus, **PLAIN), r"testing_list\.txt:\d+: .*absent\.wav")
        (corpus / "testing_list.txt").unlink()
        self.refused(tones.recipe(corpus, **PLAIN), r"testing_list\.txt: .*missing")


class BadCheckpoints(RecipeTest):
    """Files that a run reads back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        content = tones.recipe(cls.corpus, **PLAIN)
        content["training"]["epochs"] = 2
        cls.content = content
        cls.recipe = tones.write_recipe(cls.shared / "recipe", content)
        cls.done = cls.shared / "done"
        result = cls.train(cls.recipe, cls.done, "--quiet")
        if result.returncode != 0:
            raise AssertionError(result.stderr)

    def unfinished(self):
        """A run that stopped after its last checkpoint."""
        run = shutil.copytree(self.done, self.folder / "run")
        (run / "checkpoints" / "student.safetensors").unlink()
        (run / "summary.json").unlink()
        return run

    def damaged(self, run):
        """One way after the other of spoiling the checkpoint."""
        path = run / "checkpoints" / "train.safetensors"
        whole = path.read_bytes()
        for name, data in (("empty", b""), ("short", whole[:len(whole) // 2]), ("text", b"not a checkpoint" * 100),
                           ("length", b"\xff" * 8 + whole[8:]), ("header", whole[:8] + b"\x00" * 64 + whole[72:]),
                           ("foreign", b"\x02\x00\x00\x00\x00\x00\x00\x00{}")):
            path.write_bytes(data)
            yield name, path

    def test_a_checkpoint_that_cannot_be_read(self):
        run = self.unfinished()
        for name, path in self.damaged(run):
            with self.subTest(name=name):
                before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
                self.expect_mistake(self.train(self.recipe, run, "--resume"), re.escape(str(path)) + ": ")
                self.assertEqual(before, {p: p.read_bytes() for p in run.rglob("*") if p.is_file()})

    def test_a_teacher_and_weights_that_cannot_be_read(self):
        run = self.unfinished()
        for name, path in self.damaged(run):
            with self.subTest(name=name):
                distill = {**tones.DISTILL, "teacher": {"checkpoint": str(path)}, "epochs": [0, 2]}
                content = {**self.content, "compression": [distill]}
                self.expect_mistake(self.train(tones.write_recipe(self.folder / "teacher", content), self.folder / "t"),
                                    re.escape(str(path)))
                distill["teacher"] = {"torchscript": str(path)}
                self.expect_mistake(self.train(tones.write_recipe(self.folder / "script", content), self.folder / "t"),
                                    re.escape(str(path)))
                content = {**self.content, "student": {"model": "student.yaml", "weights": str(path)}}
                self.expect_mistake(self.train(tones.write_recipe(self.folder / "weights", content), self.folder / "t"),
                                    re.escape(str(path)))
                self.expect_mistake(self.call("inspect", path), re.escape(str(path)))

    def test_a_checkpoint_of_another_recipe(self):
        run = self.unfinished()
        for change in ({"seed": 4}, {"training": {**self.content["training"], "epochs": 3}}, {"student": "teacher.yaml"}):
            with self.subTest(change=change):
                before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
                other = tones.write_recipe(self.folder / "other", {**self.content, **change})
                self.expect_mistake(self.train(other, run, "--resume"), r"train\.safetensors: belongs to another recipe")
                self.assertEqual(before, {p: p.read_bytes() for p in run.rglob("*") if p.is_file()})

    def test_a_run_without_a_student(self):
        run = self.unfinished()
        for arguments in (("evaluate", run), ("verify", run), ("export", run, "--format", "torchscript")):
            self.expect_mistake(self.call(*arguments), "has no trained student")

    def test_an_integer_answer_of_a_float_run(self):
        self.expect_mistake(self.call("evaluate", self.done, "--on", "integer"), "not quantized")
        self.expect_mistake(self.call("export", self.done, "--format", "tflite", "--output", self.folder / "x"), "tflite")
        self.expect_mistake(self.call("export", self.done, "--format", "tflit", "--output", self.folder / "x"),
                            "did you mean 'tflite'")
        self.expect_mistake(self.call("predict", self.done, self.corpus / "low/speaker0_nohash_0.wav"), "model.tflite")


if __name__ == "__main__":
    trainer_program.main()
