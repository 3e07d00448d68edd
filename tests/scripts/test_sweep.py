"""Sweeps with a stand-in for the trainer, which fails, hangs and misses budgets on demand."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from shutil import which

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
OPTUNA = SCRIPTS.parent / ".venv" / "bin" / "optuna"

# Knows the keys seed, training.epochs and model. Of a run the seed decides the fate: 13 fails, 33 misses a budget, 99 trains
# until it is told to stop, and is done when it resumes.
STAND_IN = r'''#!{python} -B
import json, pathlib, signal, sys, time
words = sys.argv[1:]
settings = dict(word.split("=", 1) for flag, word in zip(words, words[1:]) if flag == "--set")
here = pathlib.Path(__file__).parent
with open(here / "calls", "a") as calls:
    calls.write(json.dumps(words) + "\n")
if words[0] == "report":
    page = pathlib.Path(words[words.index("--output") + 1])
    page.write_text("\n".join(words[1:words.index("--output")]))
    sys.exit(0)
for key in settings:
    if key not in ("seed", "training.epochs", "model"):
        sys.exit((print(f"trainer: --set {{key}}: unknown key '{{key}}'", file=sys.stderr), 2)[1])
if not settings.get("seed", "1").isdigit():
    sys.exit((print("trainer: --set seed: must be a whole number", file=sys.stderr), 2)[1])
resolved = json.dumps(settings, sort_keys=True) + open(words[words.index("--config") + 1]).read()
if words[0] == "check":
    print(resolved, end="")
    sys.exit(0)
folder = pathlib.Path(words[words.index("--output") + 1])
(folder / "checkpoints").mkdir(parents=True, exist_ok=True)
(folder / "recipe.yaml").write_text(resolved)
seed = int(settings.get("seed", "1"))
if seed == 13:
    sys.exit((print("trainer: the loss is not finite at step 7", file=sys.stderr), 1)[1])
if seed == 99 and "--resume" not in words:
    def stop(*_):
        (folder / "checkpoints" / "train.safetensors").write_text("half")
        sys.exit(130)
    signal.signal(signal.SIGTERM, stop)
    (here / "hanging").write_text("")
    while True:
        time.sleep(0.05)
(folder / "summary.json").write_text(json.dumps({{
    "accuracy": {{"float": 0.9, "fake_quant": 0.9, "integer": 0.5 + seed / 1000}}, "flash_bytes": 1000 * seed, "arena_bytes": 512,
    "macs": 12345, "budget": [{{"name": "flash", "limit": 1, "met": seed != 33}}], "verification": []}}))
sys.exit(3 if seed == 33 else 0)
'''


@unittest.skipUnless(which("parallel"), "GNU parallel is not installed (scripts/setup.sh)")
class Sweep(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.output = self.folder / "out"
        self.recipe = self.folder / "tiny.yaml"
        self.recipe.write_text("name: tiny\n")
        self.trainer = self.folder / "trainer"
        self.trainer.write_text(STAND_IN.format(python=sys.executable))
        self.trainer.chmod(0o755)

    def start(self, *words, path=None, **options):
        environment = {**os.environ, "ESPALIER_TRAINER": str(self.trainer)}
        environment.pop("OPTUNA_STORAGE", None)
        if path:
            environment["PATH"] = f"{path}:{environment['PATH']}"
        return subprocess.Popen(["bash", SCRIPTS / "sweep.sh", *map(str, words)], cwd=self.folder, env=environment, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def sweep(self, code, *words, **options):
        running = self.start(self.recipe, "--output", self.output, *words, **options)
        out, err = running.communicate(timeout=120)
        self.assertEqual(code, running.returncode, out + err)
        return out + err

    def calls(self, *kinds):
        """Of the stand-in, by its first word; "--config" are runs."""
        made = [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]
        return [call for call in made if call[0] in kinds]

    def test_every_combination_runs_once_and_all_are_compared(self):
        said = self.sweep(0, "training.epochs=20,40", "seed=1,2,3", "--jobs", "2", "--set", "model=big one")
        runs = self.calls("--config")
        self.assertEqual(6, len(runs))
        self.assertEqual({f"epochs={e},seed={s}" for e in (20, 40) for s in (1, 2, 3)},
                         {Path(run[run.index("--output") + 1]).name for run in runs})
        for run in runs:
            self.assertIn("model=big one", run)
            self.assertEqual("--quiet", run[6])
        compared = (self.output / "report.html").read_text().splitlines()
        self.assertEqual(6, len(compared))
        self.assertIn("epochs=20,seed=1", said)
        self.assertRegex(said, r"epochs=40,seed=3 +50\.30 %")
        self.sweep(0, "training.epochs=20,40", "seed=1,2,3,4", "--jobs", "2", "--set", "model=big one")
        self.assertEqual(8, len(self.calls("--config")))  # the new cells only

    def test_what_the_recipe_does_not_have_is_refused_before_anything_runs(self):
        for words, wanted in ((["seeds=1,2"], "unknown key 'seeds'"), (["seed=1,x"], "must be a whole number"),
                              (["seed=1,2", "--set", "epochs=3"], "unknown key 'epochs'"), (["seed=1,,2"], "empty value"),
                              (["seed=1,1"], "a value twice"), (["seed=1", "seed=2"], "varied twice"),
                              (["seed=1,2;model=a"], "equally many values, not 2 and 1"), (["seed=1;seed=2"], "varied twice"), ([], "nothing to vary"),
                              (["seed=1", "--jobs", "0"], "whole number above 0"), (["seed=1", "--job", "2"], "unknown option '--job'"),
                              (["seed=1", "--output"], "needs a value"), (["seed=1", "more"], "is no KEY=VALUE")):
            with self.subTest(words):
                self.assertIn(wanted, self.sweep(2, *words))
                self.assertFalse(self.output.exists())
        self.assertEqual([], self.calls("--config") if (self.folder / "calls").exists() else [])

    def test_a_mistake_is_said_once(self):
        self.assertEqual(1, self.sweep(2, "seed=1,2,3", "seeds=1,2").count("unknown key 'seeds'"))

    def test_commas_in_brackets_and_quotes_belong_to_a_value(self):
        self.assertEqual("model=-1-2-,seed=1\nmodel=-a-b-,seed=1\n".replace("-1-2-", "-1,2-").replace("-a-b-", "-a,b-"),
                         self.sweep(0, "model=[1,2],\"a,b\"", "seed=1", "--check"))

    def test_keys_that_go_together_are_one_axis(self):
        self.assertEqual("epochs=2,seed=1\nepochs=2,seed=2\nepochs=3,seed=1\nepochs=3,seed=2\n",
                         self.sweep(0, "training.epochs=2,3;model=[0,2],[1,3]", "seed=1,2", "--check"))
        self.sweep(0, "training.epochs=2,3;model=[0,2],[1,3]")
        settings = [tuple(word for word in run if "=" in word) for run in self.calls("--config")]
        settings = [tuple(word for word in run if "/" not in word) for run in settings]
        self.assertEqual({("training.epochs=2", "model=[0,2]"), ("training.epochs=3", "model=[1,3]")}, set(settings))

    def test_values_that_make_one_folder_name_get_two(self):
        names = self.sweep(0, "model=a/b,a:b", "--check").splitlines()
        self.assertEqual(2, len(set(names)))
        self.assertTrue(all("/" not in name for name in names))

    def test_a_failed_cell_is_kept_apart_named_and_tried_again(self):
        said = self.sweep(1, "seed=1,13", "--jobs", "1")
        self.assertIn("FAILED with exit code 1: the loss is not finite at step 7", said)
        self.assertIn("FAILED seed=13", said)
        self.assertFalse((self.output / "seed=13").exists())
        self.assertIn("not finite", (self.output / "failed" / "seed=13" / "log.txt").read_text())
        self.assertEqual([str(self.output / "seed=1")], (self.output / "report.html").read_text().splitlines())
        self.trainer.write_text(self.trainer.read_text().replace("seed == 13", "seed == 14"))
        self.sweep(0, "seed=1,13", "--jobs", "1")
        self.assertFalse((self.output / "failed" / "seed=13").exists())
        self.assertEqual(3, len(self.calls("--config")))

    def test_a_missed_budget_is_a_finished_run(self):
        said = self.sweep(3, "seed=1,33")
        self.assertRegex(said, r"seed=33 .*NOT MET")
        self.assertEqual(2, len((self.output / "report.html").read_text().splitlines()))

    def test_what_is_interrupted_is_saved_and_goes_on(self):
        running = self.start(self.recipe, "--output", self.output, "seed=99,1", "--jobs", "1", "--threads", "1", start_new_session=True)
        for _ in range(600):
            if (self.folder / "hanging").exists():
                break
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
        self.assertEqual(130, running.returncode, out + err)
        self.assertIn("The same call goes on", out)
        self.assertTrue((self.output / "seed=99" / "checkpoints" / "train.safetensors").exists())
        self.assertFalse((self.output / "failed").exists())
        self.assertIn("seed=99: goes on", self.sweep(0, "seed=99,1"))
        runs = [run for run in self.calls("--config") if "seed=99" in run]
        self.assertEqual([False, True], ["--resume" in run for run in runs])
        # Under the threads of the first call: others would give other bits.
        self.assertEqual(["1", "1"], [run[run.index("--threads") + 1] for run in runs])

    def test_runs_of_another_recipe_are_not_mixed_in(self):
        self.sweep(0, "seed=1,2")
        self.recipe.write_text("name: tiny\ntraining: {epochs: 9}\n")
        self.assertIn("made by another recipe or other settings than now: seed=1 seed=2", self.sweep(2, "seed=1,2"))

    def test_options_behind_two_dashes_go_to_the_trainer(self):
        self.sweep(0, "seed=1", "--", "--device", "cuda")
        run, = self.calls("--config")
        self.assertEqual(["--device", "cuda"], run[-2:])

    def test_without_sbatch_a_job_array_is_written_only(self):
        if which("sbatch"):
            self.skipTest("there is an sbatch here")
        said = self.sweep(0, "seed=1,2,3", "--slurm", "--jobs", "2", "--threads", "4")
        script = (self.output / "sweep.sbatch").read_text()
        self.assertIn("#SBATCH --array=1-3%2\n", script)
        self.assertIn("#SBATCH --cpus-per-task=4\n", script)
        self.assertIn("no sbatch here", said)
        self.assertEqual([], self.calls("--config"))

    def test_sbatch_gets_the_array_and_a_report_behind_it(self):
        tools = self.folder / "tools"
        tools.mkdir()
        # Runs every task at once, as a cluster would in its time.
        (tools / "sbatch").write_text(f"""#!/bin/bash
echo "$*" >>{self.folder}/submitted
case "$*" in
  *--wrap*) echo 8 ;;
  *) for task in 1 2 3; do SLURM_ARRAY_TASK_ID=$task bash "${{@: -1}}" >&2; done; echo 7 ;;
esac
""")
        (tools / "sbatch").chmod(0o755)
        said = self.sweep(0, "seed=1,2,3", "--slurm", path=tools)
        self.assertIn("submitted 3 tasks as job 7", said)
        self.assertEqual(3, len(self.calls("--config")))
        report = (self.folder / "submitted").read_text().splitlines()[1]
        self.assertIn("--dependency=afterany:7", report)
        subprocess.run(["bash", "-c", report.split("--wrap ")[1]], check=True, cwd="/", capture_output=True)
        self.assertEqual(3, len((self.output / "report.html").read_text().splitlines()))


@unittest.skipUnless(which("parallel") and OPTUNA.exists(), "optuna is not installed (scripts/setup.sh --judges)")
class Study(Sweep):
    def test_trials_are_asked_run_and_told(self):
        self.sweep(0, "seed=1..12", "model=small,big", "--optuna", "3", "--jobs", "2")
        self.assertEqual(3, len(self.calls("--config")))
        trials = self.trials()
        self.assertEqual(["COMPLETE"] * 3, [trial["state"] for trial in trials])
        for trial in trials:
            self.assertAlmostEqual(0.5 + trial["params"]["seed"] / 1000, trial["value"])
            self.assertIn(trial["params"]["model"], ("small", "big"))
        self.assertEqual(3, len((self.output / "report.html").read_text().splitlines()))

    def trials(self):
        shown = subprocess.run([OPTUNA, "--quiet", "--storage", f"sqlite:///{self.output}/optuna.db", "trials", "--study-name", "tiny",
                                "--format", "json"], capture_output=True, text=True, check=True)
        return json.loads(shown.stdout)

    def test_two_calls_share_a_study_through_its_storage(self):
        storage = f"sqlite:///{self.folder}/shared.db"
        self.sweep(0, "seed=1..12", "--optuna", "1", "--storage", storage, "--study", "ours")
        self.output = self.folder / "elsewhere"
        self.sweep(0, "seed=1..12", "--optuna", "2", "--storage", storage, "--study", "ours")
        self.assertEqual(2, len(self.calls("--config")))
        self.assertEqual(["trial-0001"], [folder.name for folder in self.output.glob("trial-*")])

    def test_a_failed_trial_is_told_and_kept_apart(self):
        said = self.sweep(1, "seed=13", "--optuna", "1")
        self.assertIn("FAILED trial-0000", said)
        self.assertEqual(["FAIL"], [trial["state"] for trial in self.trials()])

    def test_an_interrupted_trial_goes_on(self):
        running = self.start(self.recipe, "--output", self.output, "seed=99", "--optuna", "1", start_new_session=True)
        for _ in range(600):
            if (self.folder / "hanging").exists():
                break
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=60)
        self.assertEqual(130, running.returncode, out + err)
        self.assertEqual(["RUNNING"], [trial["state"] for trial in self.trials()])
        self.sweep(0, "seed=99", "--optuna", "1")
        self.assertEqual(["COMPLETE"], [trial["state"] for trial in self.trials()])
        self.assertIn("--resume", self.calls("--config")[-1])

    def test_a_range_or_an_objective_that_is_none_is_refused(self):
        for words, wanted in ((["seed=9..1"], "from the smaller number"), (["seed=0..9:log"], "begins above 0"),
                              (["seed=1..9", "--objective", "accuracy;"], "--objective"), (["seed=1..9", "--storage", "x://y"], "cannot open the study"),
                              (["seed=-3..9"], "must be a whole number"), (["seed=1..9", "--slurm"], "goes with a grid")):
            with self.subTest(words):
                self.assertIn(wanted, self.sweep(2, *words, "--optuna", "2"))
                self.assertFalse((self.output / "cells.tsv").exists())


# The grid's tests are Sweep's own.
for name in [name for name in dir(Sweep) if name.startswith("test_")]:
    if name not in vars(Study):
        setattr(Study, name, None)

if __name__ == "__main__":
    unittest.main()
