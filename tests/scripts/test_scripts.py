"""What the shell scripts say to a caller who asks for help or errs, and what show_summary.py prints of a run."""
import importlib.util
import io
import json
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("show_summary", SCRIPTS / "show_summary.py")
show_summary = importlib.util.module_from_spec(specification)
specification.loader.exec_module(show_summary)


def run(*command, **options):
    return subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


class Shell(unittest.TestCase):
    def test_every_script_parses(self):
        for script in [*SCRIPTS.glob("*.sh"), SCRIPTS.parent / ".ci" / "run"]:
            self.assertEqual(run("bash", "-n", script).stderr, "", script)

    def test_setup_explains_itself(self):
        done = run("bash", SCRIPTS / "setup.sh", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--judges", "--mcu", "--riscv", "--no-build", "--preset", "--target", "LIBTORCH", "ESPALIER_TORCH_INDEX"):
            self.assertIn(word, done.stdout)

    def test_setup_refuses_what_it_does_not_know(self):
        done = run("bash", SCRIPTS / "setup.sh", "--jugdes")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown argument '--jugdes'", done.stderr)

    def test_setup_refuses_a_libtorch_that_is_none(self):
        done = run("bash", SCRIPTS / "setup.sh", "--no-build", env={"PATH": "/usr/bin:/bin", "LIBTORCH": "/nonexistent"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent is no LibTorch", done.stderr)

    def test_the_test_on_microcontrollers_explains_itself_and_refuses_what_it_does_not_know(self):
        done = run("bash", SCRIPTS / "mcu_test.sh", "--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--riscv", "--no-install", "--work", "Cortex-M4"):
            self.assertIn(word, done.stdout)
        done = run("bash", SCRIPTS / "mcu_test.sh", "--risc")
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown argument '--risc'", done.stderr)

    def test_a_download_touches_no_corpus_that_is_there(self):
        for corpus in ("speech_commands", "cifar10", "mnist", "visual_wake_words", "toyadmos"):
            with tempfile.TemporaryDirectory() as folder:
                done = run("bash", SCRIPTS / f"download_{corpus}.sh", folder)
                self.assertEqual(done.returncode, 1)
                self.assertIn("exists already", done.stderr)
                (Path(folder) / "README.md").write_text("# A synthetic stand-in for\n")
                self.assertIn("remove it", run("bash", SCRIPTS / f"download_{corpus}.sh", folder).stderr)


class Summary(unittest.TestCase):
    def shown(self, summary):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "summary.json").write_text(json.dumps(summary))
            out = io.StringIO()
            with redirect_stdout(out):
                show_summary.show(Path(folder))
            return out.getvalue()

    def test_a_full_summary(self):
        text = self.shown({
            "accuracy": {"float": 0.85, "fake_quant": 0.846, "integer": 0.844}, "baseline": {"accuracy": None},
            "teacher": {"accuracy": 0.9}, "macs": 1234567, "flash_bytes": 23456, "arena_bytes": 9876,
            "artifacts": [{"path": "export/model.tflite", "bytes": 34567}],
            "verification": [{"artifact": "export/model.tflite", "level": "judge", "judge": "tflite-micro", "version": "1",
                              "samples": 479, "result": "passed", "max_lsb_difference": 0}]})
        for part in ("84.4 %", "90.0 %", "1,234,567", "23,456 bytes", "34,567 bytes", "judge tflite-micro 1",
                     "passed, 479 samples, at most 0 LSB apart"):
            self.assertIn(part, text)
        self.assertNotIn("baseline", text)

    def test_what_did_not_run_is_not_shown_as_passed(self):
        text = self.shown({"verification": [{"artifact": "model.onnx", "level": "judge", "result": "not_run"}]})
        self.assertIn("not_run", text)
        self.assertNotIn("passed", text)

    def test_a_missing_run_is_one_line(self):
        done = run(sys.executable, SCRIPTS / "show_summary.py", "/nonexistent")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
