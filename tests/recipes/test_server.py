"""The server export: served by the engine, asked by many at once, verified, measured under load, and gone without a trace."""

import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import time

import tones
import trainer_program
from trainer_program import PROJECT, RecipeTest

sys.path.insert(0, str(PROJECT / "scripts" / "judges"))
import server_process  # noqa: E402

HAS_ENGINE = all(importlib.util.find_spec(name) for name in ("mosec", "numpy", "onnxruntime"))


def processes_of(folder):
    """Ids of processes whose command line names the folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass
    return found


class Server(RecipeTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.run_folder = cls.shared / "served"
        recipe = tones.write_recipe(cls.shared / "recipes", tones.recipe(cls.corpus, export=["server"], golden_samples=24))
        done = cls.train(recipe, cls.run_folder, "--quiet", judges=True)
        if done.returncode != 0:
            raise AssertionError(f"the run failed:\n{done.stdout}\n{done.stderr}")
        cls.server = cls.run_folder / "export" / "server"

    def setUp(self):
        super().setUp()
        if not HAS_ENGINE and "engine" in self._testMethodName:
            self.skipTest("mosec is not installed (scripts/setup.sh --judges)")

    def copy_of_run(self):
        return pathlib.Path(shutil.copytree(self.run_folder, self.folder / "run"))

    def checks(self, run):
        return {c["level"]: c for c in json.loads((run / "summary.json").read_text())["verification"]}

    def test_the_summary_and_the_manifest_know_it(self):
        artifact, = json.loads((self.run_folder / "summary.json").read_text())["artifacts"]
        self.assertEqual(("server", "export/server", "ort_f32_even"), (artifact["format"], artifact["path"], artifact["twin"]))
        manifest = json.loads((self.run_folder / "export" / "manifest.json").read_text())
        listed = {entry["path"] for entry in manifest["artifacts"]}
        files = {str(path.relative_to(self.run_folder / "export")) for path in self.server.rglob("*") if path.is_file()}
        self.assertLessEqual(files, listed)
        self.assertEqual("passed", self.checks(self.run_folder)["readback"]["status"])

    def test_its_engine_agreed_with_the_twin(self):
        check = self.checks(self.run_folder)["judge"]
        self.assertEqual(("passed", 24, 0), (check["status"], check["samples"], check["max_lsb_difference"]))
        self.assertIn("sound as in training", check["reason"])
        self.assertEqual([], processes_of(self.server))

    def test_its_packages_are_the_judges(self):
        judges = (PROJECT / "scripts" / "requirements-judges.txt").read_text().splitlines()
        wanted = [line for line in (self.server / "requirements.txt").read_text().splitlines()
                  if line.split("==")[0] in ("mosec", "numpy", "onnxruntime")]
        self.assertEqual(3, len(wanted))
        self.assertLessEqual(set(wanted), set(judges))

    def test_the_engine_answers_a_client_of_the_standard_library(self):
        wavs = sorted((self.corpus / "high").glob("*.wav"))[:2]
        wrong = self.folder / "wrong.wav"
        tones.write_wav(wrong, [0.0] * 100, rate=44100)
        values = self.folder / "zeros.f32"
        values.write_bytes(bytes(4 * 240))
        with server_process.ServerProcess(self.server) as server:
            def client(*files):
                return subprocess.run([sys.executable, "-I", self.server / "client.py", "--url", f"http://127.0.0.1:{server.port}",
                                       *files], capture_output=True, text=True, check=False)  # fmt: skip

            said = client(*wavs, values)
            self.assertEqual((0, 3), (said.returncode, len(said.stdout.splitlines())), said.stderr)
            refused = client(wrong, self.folder / "absent.wav")
            self.assertEqual(1, refused.returncode)
            self.assertRegex(refused.stderr, r"wrong.wav: must have 16 bits and 8000 Hz; it has 16 and 44100")
            self.assertIn("absent.wav", refused.stderr)
            predicted = self.call("predict", self.with_tflite(), *wavs, "--json")
            self.expect(0, predicted)
            labels = [json.loads(line)["label"] for line in predicted.stdout.splitlines()]
            self.assertEqual(labels, [line.split()[0] for line in said.stdout.splitlines()[:2]])

    def with_tflite(self):
        run = self.copy_of_run()
        self.expect(0, self.call("export", run, "--format", "tflite"))
        return run

    def test_the_engine_goes_when_it_is_told_to(self):
        with server_process.ServerProcess(self.server) as server:
            self.assertTrue(processes_of(self.server))
            taken = subprocess.run([sys.executable, self.server / "server.py", "--port", str(server.port)], capture_output=True,
                                   text=True, timeout=60, check=False)  # fmt: skip
            self.assertEqual(1, taken.returncode)
            self.assertRegex(taken.stderr, r"^server.py: .* is in use")
            server.process.terminate()
            self.assertEqual(0, server.process.wait(20))
            until = time.monotonic() + 10
            while processes_of(self.server) and time.monotonic() < until:
                time.sleep(0.1)
            self.assertEqual([], processes_of(self.server))

    def test_the_engine_does_not_hear_through_another_front_end(self):
        run = self.copy_of_run()
        path = run / "export" / "server" / "front_end" / "front_end.c"
        path.write_text(path.read_text().replace("clip += 160", "clip += 159"))
        said = self.call("verify", run, judges=True)
        self.assertEqual(3, said.returncode)
        self.assertRegex(said.stdout, r"FAILED .*of 240 features otherwise than in training")
        self.assertRegex(said.stdout, r"FAILED .*front_end.c: has .*bytes")

    def test_the_engine_under_load(self):
        said = subprocess.run([sys.executable, PROJECT / "scripts" / "server_load.py", self.run_folder, "--clients", "1,4", "--max-batch",
                               "1,4", "--seconds", "0.3"], capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual(0, said.returncode, said.stderr)
        load = json.loads((self.run_folder / "server_load.json").read_text())
        self.assertEqual([(1, 1), (1, 4), (4, 1), (4, 4)], [(p["max_batch"], p["clients"]) for p in load["points"]])
        for point in load["points"]:
            self.assertGreater(point["requests"], 0)
            self.assertEqual(0, point["errors"])
            self.assertLessEqual(point["p50_ms"], point["p99_ms"])
            self.assertLessEqual(1, point["mean_batch"])
            self.assertLessEqual(point["mean_batch"], point["max_batch"])
        self.assertIn("server_load", (self.run_folder / "report.html").read_text())

    def test_a_later_export_is_in_summary_manifest_and_page(self):
        run = self.copy_of_run()
        before = (run / "report.html").read_text()
        self.assertNotIn("export/model.tflite", before)
        self.expect(0, self.call("export", run, "--format", "tflite", "c"))
        summary = json.loads((run / "summary.json").read_text())
        self.assertEqual(["export/server", "export/model.tflite", "export/c"], [a["path"] for a in summary["artifacts"]])
        self.assertIn("export/model.tflite", (run / "report.html").read_text())
        listed = {entry["path"] for entry in json.loads((run / "export" / "manifest.json").read_text())["artifacts"]}
        self.assertLessEqual({"model.tflite", "c/model.c", "server/model.onnx"}, listed)
        self.expect(0, self.call("verify", run))

        shown = self.expect(0, self.call("inspect", run / "export" / "c")).stdout
        self.assertRegex(shown, r"arena +\d+ bytes of RAM\n")
        self.assertRegex(shown, r"labels +low, high, rising, _unknown_, _silence_\n")
        shown = self.expect(0, self.call("inspect", run / "export" / "model.tflite")).stdout
        self.assertRegex(shown, r"in TFLite Micro, weights int8 as in this file: constants .*, activations in the arena .*\n")
        self.assertRegex(shown, r"in the C export, weights int8 as well: .* arena with kernels' scratch memory .*\n")

    def test_inspect_shows_what_is_served(self):
        shown = self.expect(0, self.call("inspect", self.server)).stdout
        self.assertRegex(shown, r"computes +int8, the bytes of the twin in ort_f32_even\n")
        self.assertRegex(shown, r"sound +4000 samples at 8000 Hz\n")
        damaged = self.copy_of_run() / "export" / "server"
        (damaged / "labels.txt").unlink()
        self.expect_mistake(self.call("inspect", damaged), r"labels.txt")

    def test_damage_is_found_without_the_engine(self):
        run = self.copy_of_run()
        described = run / "export" / "server" / "labels.txt"
        described.write_text(described.read_text().replace("low", "high"))
        said = self.call("verify", run)
        self.assertEqual(3, said.returncode)
        self.assertIn("labels.txt", said.stdout)

    def test_without_quantization_it_serves_floats(self):
        content = tones.recipe(self.corpus, export=["server"])
        content["compression"] = []
        content["training"]["epochs"] = 2
        run = self.folder / "float"
        self.expect(0, self.train(tones.write_recipe(self.folder / "recipe", content), run, "--quiet", judges=HAS_ENGINE))
        model = server_process.description(run / "export" / "server")
        self.assertEqual((False, {}, "float32"), (model["quantized"], model["session"], model["sound"]["features"]))
        for check in self.checks(run).values():
            self.assertEqual("passed" if HAS_ENGINE or check["level"] == "readback" else "not_run", check["status"], check)


if __name__ == "__main__":
    trainer_program.main()
