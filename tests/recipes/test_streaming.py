"""Keywords in continuous sound: measured by a run, found by `predict --stream` and by the exported C."""

import json
import shutil
import subprocess
import unittest
import wave

import tones
import trainer_program
from trainer_program import PATIENCE, RecipeTest, environment, program


def samples_of(path):
    with wave.open(str(path), "rb") as file:
        return file.readframes(file.getnframes())


class Streaming(RecipeTest):
    """One run that measures a stream; the tests listen with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        streaming = {"stride": "60 ms", "smoothing": "120 ms", "refractory": "300 ms", "false_accepts_per_hour": 200}
        content = tones.recipe(cls.corpus, compression=[tones.QUANTIZE], streaming=streaming, export=["tflite", "c"])
        cls.run_folder = cls.shared / "whole" / "run"
        cls.result = cls.train(tones.write_recipe(cls.shared / "whole", content), cls.run_folder)
        if cls.result.returncode != 0:
            raise AssertionError(cls.result.stderr)
        # Words with a second of near silence before each.
        cls.said = ["low", "high", "rising", "high"]
        quiet = bytes(2 * tones.RATE)
        clips = [samples_of(cls.corpus / f"{word}/speaker{number}_nohash_{number}.wav")
                 for number, word in enumerate(cls.said)]
        cls.sound = b"".join(quiet + clip for clip in clips) + quiet
        cls.file = cls.shared / "sound.wav"
        with wave.open(str(cls.file), "wb") as file:
            file.setparams((1, 2, tones.RATE, 0, "NONE", ""))
            file.writeframes(cls.sound)

    def listen(self, sound, *arguments):
        done = subprocess.run([program(), "predict", self.run_folder, "--stream", "-", *map(str, arguments)], input=sound,
                              capture_output=True, env=environment(), timeout=PATIENCE, check=False)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout.decode()

    def test_the_summary_says_how_it_went(self):
        stream = json.loads((self.run_folder / "summary.json").read_text())["streaming"]
        self.assertEqual((60, 120, 300), (stream["stride_ms"], stream["smoothing_ms"], stream["refractory_ms"]))
        self.assertEqual(30, stream["keywords"])  # three words, ten test clips each
        self.assertLess(stream["false_rejects"], 0.5)
        self.assertGreater(stream["hours"], 30 * 1.0 / 3600)
        thresholds = [point["threshold"] for point in stream["curve"]]
        self.assertEqual(sorted(thresholds), thresholds)
        self.assertIn(stream["threshold"], thresholds)
        at = next(point for point in stream["curve"] if point["threshold"] == stream["threshold"])
        self.assertEqual(stream["false_rejects"], at["false_rejects"])
        self.assertEqual(stream["false_accepts_per_hour"], at["false_accepts_per_hour"])
        self.assertIn("Continuous sound", self.result.stdout)

    def test_words_are_found_when_they_are_said(self):
        lines = [json.loads(line) for line in self.listen(self.sound, "--json", "--threshold", 0.5).splitlines()]
        second = 0
        for number, word in enumerate(self.said):
            second = 1 + number * 1.5
            near = [line["label"] for line in lines if second < line["seconds"] < second + 1.2]
            self.assertIn(word, near)
        for line in lines:
            self.assertGreaterEqual(line["probability"], 0.5)

    def test_a_file_and_the_same_samples_as_they_come_give_the_same_lines(self):
        by_file = self.expect(0, self.call("predict", self.run_folder, "--stream", self.file)).stdout
        self.assertEqual(by_file, self.listen(self.sound))
        self.assertEqual(by_file, self.listen(self.sound + b"\0"))  # half a sample at the end

    def test_samples_that_come_in_odd_pieces(self):
        want = self.listen(self.sound)
        process = subprocess.Popen([program(), "predict", self.run_folder, "--stream", "-"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, env=environment())
        for at in range(0, len(self.sound), 3001):
            process.stdin.write(self.sound[at:at + 3001])
            process.stdin.flush()
        got, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(want, got.decode())

    @unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
    def test_the_exported_c_finds_what_predict_finds(self):
        want = self.listen(self.sound)
        self.assertGreater(len(want.splitlines()), 2)
        again = self.folder / "again"
        self.expect(0, self.call("export", self.run_folder, "--format", "c", "--output", again))
        for folder in [self.run_folder, again]:
            code, listener = folder / "export" / "c", self.folder / "listen"
            flags = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-pedantic", "-Werror", "-O2", f"-I{code}"]
            subprocess.run(["cc", *flags, *code.glob("*.c"), code / "host" / "listen.c", "-o", listener], check=True)
            got = subprocess.run([listener], input=self.sound, capture_output=True, timeout=PATIENCE, check=True)
            self.assertEqual(want, got.stdout.decode())

    def test_what_cannot_be_is_refused(self):
        self.expect_mistake(self.call("predict", self.run_folder, "--stream", self.folder / "absent.wav"), "absent.wav")
        self.expect_mistake(self.call("predict", self.run_folder), "--stream")
        self.expect_mistake(self.call("predict", self.run_folder, self.file, "--stream", "-"), "--stream")
        self.expect_mistake(self.call("predict", self.run_folder, "--stream", "-", "--threshold", "2"), "threshold")
        content = tones.recipe(self.corpus, compression=None, export=["torchscript"], streaming={})
        self.expect_mistake(self.train(tones.write_recipe(self.folder, content), self.folder / "run"),
                            r"recipe\.yaml:\d+:\d+: streaming is measured with the integer model")
        content = tones.recipe(self.corpus, streaming={"strid": "60 ms"})
        self.expect_mistake(self.train(tones.write_recipe(self.folder, content), self.folder / "run"), "did you mean 'stride'")


if __name__ == "__main__":
    trainer_program.main()
