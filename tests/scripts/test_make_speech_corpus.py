"""The synthetic corpus: layout, formats, disjoint speakers, the same bytes for the same seed."""
import hashlib
import importlib.machinery
import importlib.util
import math
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import wave
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_speech_corpus"


def load():
    loader = importlib.machinery.SourceFileLoader("make_speech_corpus", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("make_speech_corpus", loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
corpus = load()


def run(*arguments):
    return subprocess.run([sys.executable, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True)


def digest(folder):
    """Relative path -> hash of every file but the README, which names the arguments."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


class Resampler(unittest.TestCase):
    def tone(self, frequency, rate=22050):
        return [math.sin(math.tau * frequency * n / rate) for n in range(rate // 4)]

    def test_keeps_a_tone_of_the_pass_band(self):
        out = corpus.Resampler(22050)(self.tone(1000))
        self.assertEqual(len(out), 22050 // 4 * 16000 // 22050)
        worst = max(abs(out[n] - math.sin(math.tau * 1000 * n / 16000)) for n in range(100, len(out) - 100))
        self.assertLess(worst, 1e-4)

    def test_removes_what_would_alias(self):
        out = corpus.Resampler(22050)(self.tone(9500))[100:-100]
        self.assertLess(corpus.rms(out), 1e-3)

    def test_leaves_its_own_rate_alone(self):
        self.assertEqual(corpus.Resampler(16000)([0.5, -0.5]), [0.5, -0.5])


class Names(unittest.TestCase):
    def test_the_hash_rule_agrees_with_the_real_corpus(self):
        # Speakers of the official test split of Speech Commands v0.02.
        for name in ("7add4c5f", "a6f2fd71", "5e3dde6b", "0cb74144", "cfbedff9"):
            self.assertEqual(corpus.split_of_hash(name), "testing")

    def test_a_name_lands_in_the_split_it_is_made_for(self):
        for split in corpus.SPLITS:
            name = corpus.speaker_name("key", split)
            self.assertRegex(name, "^[0-9a-f]{8}$")
            self.assertEqual(corpus.split_of_hash(name), split)


class Arguments(unittest.TestCase):
    def test_too_few_clips_and_odd_words_are_refused(self):
        for arguments in (["--clips-per-word", 3], ["--words", "a/b"], ["--jobs", 0]):
            done = run("--output", "unused", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertNotIn("Traceback", done.stderr)

    def test_a_folder_with_something_in_it_is_left_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "mine.txt"
            kept.write_text("mine")
            done = run("--output", folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn("is not empty", done.stderr)
            self.assertEqual(kept.read_text(), "mine")


@unittest.skipUnless(shutil.which("espeak-ng"), "espeak-ng is not installed")
class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.first, cls.again = Path(cls.folder.name) / "first", Path(cls.folder.name) / "again"
        for output, jobs in ((cls.first, 2), (cls.again, 1)):
            done = run("--output", output, "--clips-per-word", 12, "--words", "yes", "stop", "--unknown-words", "marvin",
                       "--unknown-clips", 7, "--seed", 5, "--jobs", jobs)
            if done.returncode:
                raise AssertionError(done.stderr)
        cls.clips = sorted(p.relative_to(cls.first).as_posix() for p in cls.first.glob("[a-z]*/*.wav"))
        cls.lists = {name: (cls.first / f"{name}_list.txt").read_text().split() for name in ("validation", "testing")}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_clip_is_one_second_of_16_bit_mono_at_16_khz(self):
        self.assertEqual(len(self.clips), 2 * 12 + 7)
        for clip in self.clips:
            self.assertRegex(clip, "^(yes|stop|marvin)/[0-9a-f]{8}_nohash_[0-9]+\\.wav$")
            with wave.open(str(self.first / clip)) as file:
                self.assertEqual(file.getparams()[:4], (1, 2, 16000, 16000))

    def test_clips_are_audible_and_not_clipped(self):
        for clip in self.clips:
            peak = max(map(abs, corpus.read_wave(self.first / clip)))
            self.assertTrue(0.05 < peak < 0.9, (clip, peak))

    def test_speakers_are_disjoint_and_follow_the_hash_rule(self):
        listed = {clip: split for split, clips in self.lists.items() for clip in clips}
        self.assertTrue(set(listed) <= set(self.clips))
        splits = {}
        for clip in self.clips:
            speaker = re.sub("_nohash_.*", "", clip.split("/")[1])
            split = listed.get(clip, "training")
            self.assertEqual(splits.setdefault(speaker, split), split)
            self.assertEqual(corpus.split_of_hash(speaker), split)
        self.assertEqual(set(splits.values()), {"training", "validation", "testing"})

    def test_every_word_is_in_every_split(self):
        for clips in self.lists.values():
            self.assertEqual({clip.split("/")[0] for clip in clips}, {"yes", "stop", "marvin"})

    def test_noises_are_long_and_all_there(self):
        noises = sorted((self.first / "_background_noise_").glob("*.wav"))
        self.assertEqual([n.stem for n in noises], sorted(corpus.NOISES))
        for noise in noises:
            with wave.open(str(noise)) as file:
                self.assertEqual(file.getnframes(), 30 * 16000)

    def test_the_readme_says_that_it_is_synthetic(self):
        self.assertIn("synthetic stand-in", (self.first / "README.md").read_text())

    def test_one_process_and_two_give_the_same_bytes(self):
        self.assertEqual(digest(self.first), digest(self.again))

    def test_no_unfinished_folder_is_left(self):
        self.assertEqual(sorted(p.name for p in Path(self.folder.name).iterdir()), ["again", "first"])


if __name__ == "__main__":
    unittest.main()
