"""Every recipe that ships passes `trainer check`: on stand-ins, where a script makes them, in a copy of recipes/ and configs/. One whose
data can only be downloaded is skipped by name, after its error was held to naming the folder that is missing and nothing else."""

import pathlib
import re
import shutil
import subprocess
import sys

from trainer_program import PROJECT, RecipeTest, main

# The folder of data/ that recipes name -> the script that makes it, as small as the recipes' checks allow.
GENERATORS = {
    "speech_commands": ["make_speech_corpus", "--clips-per-word", 15, "--unknown-words", "tree", "house", "--output"],
    "cifar10": ["make_image_corpus", "--per-class", 20, "--cifar10"],
    "mnist": ["make_image_corpus", "--per-class", 20, "--mnist"],
    "visual_wake_words": ["make_image_corpus", "--per-class", 20, "--visual-wake-words"],
    "shapes": ["make_detection_corpus", "--pictures", 24],
    "activity": ["make_activity_corpus", "--seconds", 8, "--output"],
    "sleep": ["make_sleep_corpus", "--hours", 3, "--output"],
    "heartbeat": ["make_heartbeat_corpus", "--seconds", 40, "--output"],
}
# Those of the guide, which build on each other, are run whole by test_guide.py.
RECIPES = sorted(path for path in (PROJECT / "recipes").rglob("*.yaml") if "guide" not in path.parts)
# What recipes of a table start from: a run of the recipe student.yaml beside them.
STUDENT_RUN = pathlib.Path("runs/table/student-seed1")
MISSING = re.compile(r"^trainer: [^:]+:\d+:\d+: .*'(?:\S*/)?data/(?P<name>\w+)[^']*'")


class ShippedRecipes(RecipeTest):
    trained = None  # the student.yaml whose run is there

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.project = cls.shared / "project"
        for folder in ("recipes", "configs"):
            shutil.copytree(PROJECT / folder, cls.project / folder)
        for name, (script, *arguments) in GENERATORS.items():
            command = [sys.executable, "-B", PROJECT / "scripts" / script, *arguments, cls.project / "data" / name]
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise AssertionError(f"{script} {name}: {done.stdout}{done.stderr}")

    def check(self, recipe):
        return self.call("check", "--config", recipe, cwd=self.project)

    def train_student_of(self, recipe):
        """The run that a table's other recipes name, once for each table; none where its data cannot be made."""
        student = recipe.parent / "student.yaml"
        if student == self.trained:
            return
        self.trained = student
        shutil.rmtree(self.project / STUDENT_RUN, ignore_errors=True)
        if self.check(student).returncode == 0:
            self.expect(0, self.train(student, STUDENT_RUN, "--quiet", "--set", "training.epochs=1", "--set", "training.warmup=0",
                                      cwd=self.project))

    def hold_to_missing_data(self, result):
        """The folders of data/ that the errors name; each is one that no script makes, and there is no other error."""
        self.expect(2, result)
        found = set()
        for line in result.stderr.splitlines():
            missing = MISSING.match(line)
            if not missing:
                self.assertIn(str(STUDENT_RUN), line, "an error that is not of missing data")
                continue
            found.add(missing["name"])
            self.assertFalse((self.project / "data" / missing["name"]).exists(), line)
            self.assertNotIn(missing["name"], GENERATORS)
        self.assertTrue(found, result.stderr)
        return ", ".join(f"data/{name}" for name in sorted(found))

    def test_every_recipe_is_checked(self):
        self.assertGreater(len(RECIPES), 15)
        checked = 0
        for path in RECIPES:
            recipe = path.relative_to(PROJECT)
            with self.subTest(recipe=str(recipe)):
                if str(STUDENT_RUN) in path.read_text():
                    self.train_student_of(recipe)
                result = self.check(recipe)
                if result.returncode != 0:
                    self.skipTest(f"{recipe} needs {self.hold_to_missing_data(result)}, which no script makes")
                self.expect(0, result)
                self.assertEqual("", result.stderr)
                for line in ("recipe", "data", "student", "stages", "export"):
                    self.assertRegex(result.stdout, rf"(?m)^{line} ")
                checked += 1
        self.assertGreaterEqual(checked, 15)

    def test_every_recipe_begins_by_saying_what_it_is_for(self):
        for path in RECIPES:
            with self.subTest(recipe=path.name):
                self.assertTrue(path.read_text().startswith("# "))


if __name__ == "__main__":
    main()
