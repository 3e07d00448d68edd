"""How the guide's pages are read; their commands themselves run in tests/recipes/test_guide.py."""
import contextlib
import importlib.util
import io
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "run_guide.py"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("run_guide", SCRIPT)
run_guide = importlib.util.module_from_spec(specification)
sys.modules["run_guide"] = run_guide
specification.loader.exec_module(run_guide)


class Pages(unittest.TestCase):
    def run_text(self, text, clips=None):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as printed:
            page = Path(folder) / "page.md"
            page.write_text(text)
            return run_guide.run_page(page, folder, clips), printed.getvalue()

    def test_commands_and_what_they_printed(self):
        commands = run_guide.commands_of("$ one\nsaid\nmore\n$ two \\\n    three\n$ four\n")
        self.assertEqual(["one", "two \\\n    three", "four"], [command.text() for command in commands])
        self.assertEqual([["said", "more"], [], []], [command.printed for command in commands])
        with self.assertRaises(ValueError):
            run_guide.commands_of("no prompt\n")

    def test_a_page_gets_what_was_printed_this_time(self):
        text, _ = self.run_text("Words.\n\n```console\n$ echo new\nold\n$ true\n```\n\n```yaml\n$ no command\n```\n")
        self.assertEqual("Words.\n\n```console\n$ echo new\nnew\n$ true\n```\n\n```yaml\n$ no command\n```\n", text)

    def test_fewer_clips_for_tests(self):
        text, printed = self.run_text("```console\n$ echo --clips-per-word 150\n```\n", clips=12)
        self.assertIn("--clips-per-word 12", printed)
        self.assertIn("$ echo --clips-per-word 150\n", text)

    def test_a_command_that_fails_ends_it(self):
        for command in ("false", "false | cat", "echo $unknown"):
            with self.assertRaises(SystemExit) as ended:
                self.run_text(f"```console\n$ {command}\n```\n")
            self.assertIn(command, str(ended.exception))

    def test_the_guide_has_its_pages_and_every_page_has_commands(self):
        pages = run_guide.pages(run_guide.ROOT / "recipes" / "guide")
        self.assertEqual(["README.md", "1_quantize.md", "2_prune.md", "3_distill.md", "4_share_and_fuse.md", "5_deploy.md"],
                         [page.name for page in pages])
        for page in pages:
            commands = [command for block in run_guide.BLOCK.findall(page.read_text()) for command in run_guide.commands_of(block)]
            self.assertGreaterEqual(len(commands), 2, page.name)


if __name__ == "__main__":
    unittest.main()
