"""Interrupted, killed, out of disk, run twice: a run ends in order or goes on to the same bytes."""

import json
import os
import pathlib
import pty
import random
import re
import resource
import select
import shlex
import shutil
import signal
import subprocess
import time

import tones
import trainer_program
from trainer_program import PATIENCE, RecipeTest, environment, program, sha256

SAME = ("checkpoints/student.safetensors", "export/model.tflite", "export/golden.npz")


class Robustness(RecipeTest):
    """One recipe with a teacher, a moving average, pruning, quantization and shared values: all that a checkpoint must hold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        content = tones.recipe(cls.corpus)
        content["compression"] += [{"type": "average", "decay": 0.9}, {"type": "share", "codes": 12, "epochs": [8, 10]}]
        cls.content = content
        cls.recipe = tones.write_recipe(cls.shared / "recipe", content)
        cls.whole = cls.shared / "whole" / "run"
        begun = time.monotonic()
        result = cls.train(cls.recipe, cls.whole, "--quiet")
        cls.seconds = time.monotonic() - begun
        if result.returncode != 0:
            raise AssertionError(result.stderr)

    def start(self, output, *arguments, **options):
        return subprocess.Popen(
            [program(), "--config", self.recipe, "--output", output, "--threads", "1", *map(str, arguments)],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def assert_same_run(self, run):
        for name in SAME:
            self.assertEqual(sha256(self.whole / name), sha256(run / name), name)
        log = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        want = [json.loads(line) for line in (self.whole / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual(want, log)

    def wait_for(self, process, text):
        """Reads lines up to one that begins so."""
        for line in process.stdout:
            if line.startswith(text):
                return
        self.fail(f"ended before {text!r}: {process.stderr.read()}")

    def test_a_signal_saves_and_prints_the_line_that_resumes(self):
        for number, moment in ((signal.SIGINT, "train: epoch 2/"), (signal.SIGTERM, "teacher: epoch 1/"),
                               (signal.SIGINT, "train: epoch 8/")):
            with self.subTest(signal=number.name, moment=moment):
                run = self.folder / f"{number.name}_{moment[-2]}" / "run"
                process = self.start(run)
                self.wait_for(process, moment)
                process.send_signal(number)
                _, errors = process.communicate(timeout=PATIENCE)
                self.assertEqual(130, process.returncode, errors)
                self.assertIn("interrupted after step", errors)
                self.assertFalse((run / "summary.json").exists())
                words = shlex.split(errors.strip().splitlines()[-1])
                self.assertEqual("trainer", words[0])
                self.assertIn("--resume", words)
                self.expect(0, self.call(*words[1:], "--quiet"))
                self.assert_same_run(run)

    def test_the_line_that_resumes_keeps_every_argument(self):
        run = self.folder / "a place" / "it's here"
        process = self.start(run, "--set", "name='two words'")
        self.wait_for(process, "train: epoch 1/")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(130, process.returncode, errors)
        words = shlex.split(errors.strip().splitlines()[-1])
        self.assertEqual(str(run), words[words.index("--output") + 1])
        self.expect(0, self.call(*words[1:], "--quiet"))

    def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(self):
        chance = random.Random(11)
        run = self.folder / "killed" / "run"
        kills, span = 0, self.seconds
        for _ in range(30):
            if kills == 5:
                break
            process = self.start(run, "--resume", "--quiet")
            time.sleep(span * chance.uniform(0.2, 0.9))
            process.kill()
            process.communicate()
            if process.returncode == -signal.SIGKILL:
                kills += 1
            else:  # it was done before, on a machine that has become faster or by what earlier attempts left
                span *= 0.7
                shutil.rmtree(run.parent)  # with the teacher that the run shares
        self.assertEqual(5, kills)
        self.expect(0, self.train(self.recipe, run, "--resume", "--quiet"))
        self.assert_same_run(run)

    def test_killed_after_each_kind_of_step(self):
        for moment in ("teacher: epoch 2/", "train: epoch 1/", "train: epoch 3/", "train: epoch 6/", "train: epoch 9/",
                       "evaluate:", "verify:"):
            with self.subTest(moment=moment):
                run = self.folder / re.sub(r"\W+", "_", moment) / "run"
                process = self.start(run)
                self.wait_for(process, moment)
                process.kill()
                process.communicate()
                self.expect(0, self.train(self.recipe, run, "--resume", "--quiet"))
                self.assert_same_run(run)

    def test_a_finished_run_resumes_to_itself(self):
        run = self.folder / "again" / "run"
        shutil.copytree(self.whole, run)
        self.expect(0, self.train(self.recipe, run, "--resume", "--quiet"))
        self.assert_same_run(run)

    def test_a_new_run_leaves_nothing_of_the_old_one(self):
        run = self.folder / "reused" / "run"
        shutil.copytree(self.whole, run)
        process = self.start(run, "--set", "seed=8")
        self.wait_for(process, "teacher: epoch 1/")
        process.kill()
        process.communicate()
        for name in SAME + ("summary.json", "export/model.pt"):
            self.assertFalse((run / name).exists(), name)
        self.expect(0, self.train(self.recipe, run, "--resume", "--quiet", "--set", "seed=8"))
        self.expect(0, self.train(self.recipe, run, "--quiet"))
        self.assert_same_run(run)

    def test_the_seed_decides(self):
        again, other = self.folder / "again" / "run", self.folder / "other" / "run"
        self.expect(0, self.train(self.recipe, again, "--quiet"))
        self.expect(0, self.train(self.recipe, other, "--quiet", "--set", "seed=4"))
        self.assert_same_run(again)
        self.assertEqual(sha256(self.whole / "export/model.pt"), sha256(again / "export/model.pt"))
        self.assertNotEqual(sha256(self.whole / SAME[0]), sha256(other / SAME[0]))

    def test_workers_do_not_change_the_bytes(self):
        for workers in (0, 3):
            run = self.folder / str(workers) / "run"
            self.expect(0, self.train(self.recipe, run, "--quiet", "--set", f"training.workers={workers}"))
            for name in SAME:
                self.assertEqual(sha256(self.whole / name), sha256(run / name), (workers, name))

    def test_other_threads_are_refused_unless_allowed(self):
        run = self.folder / "threads" / "run"
        process = self.start(run)
        self.wait_for(process, "train: epoch 3/")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
        arguments = ("--config", self.recipe, "--output", run, "--threads", 2, "--resume", "--quiet")
        self.expect_mistake(self.call(*arguments), "threads.*--allow-different-bits")
        self.assertEqual(before, {path: path.read_bytes() for path in run.rglob("*") if path.is_file()})
        self.expect(0, self.call(*arguments, "--allow-different-bits"))

    def test_a_full_disk(self):
        whole = max(path.stat().st_size for path in (self.whole / "checkpoints").iterdir())

        def full(limit, ignore):
            def prepare():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignore else signal.SIG_DFL)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
            return prepare

        for limit, ignore in ((whole // 2, True), (whole // 2, False), (600, True), (4096, False)):
            with self.subTest(limit=limit, ignore=ignore):
                run = self.folder / f"full_{limit}_{ignore}" / "run"
                result = self.train(self.recipe, run, "--quiet", preexec_fn=full(limit, ignore))
                self.expect(1, result)
                named = re.search(r"^trainer: .*?(/\S+?)(?::|\s)", result.stderr)
                self.assertTrue(named and named[1].startswith(str(run.parent)), result.stderr)
                self.assertEqual([], [p for p in run.parent.rglob("*") if p.suffix == ".part"])
                self.expect(0, self.train(self.recipe, run, "--resume", "--quiet"))
                self.assert_same_run(run)

    def test_a_full_disk_keeps_the_old_checkpoint(self):
        run = self.folder / "old" / "run"
        process = self.start(run)
        self.wait_for(process, "train: epoch 2/")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        checkpoint = run / "checkpoints" / "train.safetensors"
        before = sha256(checkpoint)

        def full():
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_FSIZE, (checkpoint.stat().st_size // 2, resource.RLIM_INFINITY))

        result = self.expect(1, self.train(self.recipe, run, "--resume", "--quiet", preexec_fn=full))
        self.assertIn("train.safetensors", result.stderr)
        self.assertEqual(before, sha256(checkpoint))
        self.expect(0, self.train(self.recipe, run, "--resume", "--quiet"))
        self.assert_same_run(run)

    def test_a_folder_that_cannot_be_written(self):
        blocked = self.folder / "file"
        blocked.write_text("in the way")
        result = self.train(self.recipe, blocked / "run", "--quiet")
        self.expect(1, result)
        self.assertIn(str(blocked), result.stderr)

    def test_a_loss_that_is_not_finite(self):
        hint = {"type": "hint", "teacher": {"model": "teacher.yaml", "epochs": 1, "training": {"optimizer": "adam"}},
                "student_layer": "pool", "teacher_layer": "pool", "adaptor": "conv1x1", "weight": 1e6}
        content = tones.recipe(self.corpus, compression=[hint], export=["torchscript"])
        content["training"]["optimizer"] = {"type": "sgd", "lr": 100}
        result = self.train(tones.write_recipe(self.folder, content), self.folder / "run", "--quiet")
        self.expect(1, result)
        self.assertRegex(result.stderr, r"^trainer: .*not finite (at|after) step \d+.*no checkpoint was written yet")


class Terminal(RecipeTest):
    """What people see."""

    def test_the_bar_redraws_one_line(self):
        recipe = tones.write_recipe(self.folder, tones.recipe(self.corpus))
        master, slave = pty.openpty()
        command = [program(), "--config", str(recipe), "--output", str(self.folder / "run"), "--threads", "1"]
        with subprocess.Popen(command, env={**environment(), "TERM": "xterm", "COLUMNS": "100"}, stdin=slave,
                              stdout=slave, stderr=slave, close_fds=True) as process:
            os.close(slave)
            seen = b""
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and select.select([master], [], [], PATIENCE)[0]:
                try:
                    piece = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not piece:
                    break
                seen += piece
            self.assertEqual(0, process.wait(PATIENCE))
        os.close(master)
        text = seen.decode()
        self.assertGreaterEqual(text.count("\r\x1b[K") + len(re.findall(r"\r  \S+  \[#*", text)), 5)
        bars = [line for line in text.split("\n") if "epoch" in line and "\r" in line]
        self.assertTrue(bars)
        self.assertLessEqual(len(bars), 4, "each stage redraws one line")
        self.assertRegex(re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text), r"\[#+\.*\]")


if __name__ == "__main__":
    trainer_program.main()
