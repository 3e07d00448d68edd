"""The judgements of run_mcu.py and boards.py, without a cross compiler or QEMU."""
import contextlib
import io
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
import boards  # noqa: E402
import layer_costs  # noqa: E402
import run_mcu  # noqa: E402


def tester(board="m4"):
    return run_mcu.Tester(boards.BOARDS[board], SimpleNamespace(work=Path("/nonexistent")), None)


class Judgements(unittest.TestCase):
    def test_what_is_missing_is_said_and_skips(self):
        done = subprocess.run([sys.executable, "-B", HERE / "run_mcu.py", "--programs", "x", "--work", "x"],
                              env={"PATH": "/nonexistent"}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 77)
        self.assertIn("NOT RUN: arm-none-eabi-gcc is not installed (packages gcc-arm-none-eabi", done.stderr)

    def test_a_folder_of_other_files_is_not_emptied(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(boards, "missing_tool", return_value=None):
            kept = Path(folder) / "thesis.tex"
            kept.write_text("years of work")
            arguments = ["run_mcu.py", "--programs", "x", "--work", folder]
            with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(run_mcu.main(), 2)
            self.assertIn("holds other files", said.getvalue())
            self.assertTrue(kept.exists())

    def test_a_budget_that_is_exceeded_is_named_with_both_numbers(self):
        at_most, above = tester(), tester()
        at_most.results = {"cost_depthwise": 200_000, "cost_pointwise": 1, "kernel_code": 16384}
        above.results = {"cost_depthwise": 200_001, "kernel_code": 16385}
        at_most.budgets()
        above.budgets()
        self.assertEqual(at_most.complaints, [])
        self.assertEqual(len(above.complaints), 2)
        self.assertIn("Cortex-M4: depthwise 3x3, 16x16x16: instructions: 200,001, budget 200,000", above.complaints)

    def test_compression_that_saves_too_little_flash_is_named(self):
        one = tester()
        one.compressed = {"int8": {"flash": 36000}, "int4": {"flash": 36000 - 5504}, "half_pruned": {"flash": 30497}}
        one.budgets()
        self.assertEqual(len(one.complaints), 1)
        self.assertIn("half_pruned: 5,503 bytes of flash less than int8", one.complaints[0])

    def test_bytes_that_differ_are_a_complaint_with_what_the_device_printed(self):
        bad = boards.Run(1, "layer 7 of kind 1 differs\nlayers 202 differing 1\n")
        with mock.patch.multiple(boards.Board, compile=mock.DEFAULT, link_program=mock.DEFAULT, run=lambda *_: bad):
            failed = tester().run()
        self.assertEqual(len(failed.complaints), 1)
        self.assertIn("layer 7 of kind 1 differs", failed.complaints[0])
        self.assertNotIn("networks", failed.results)

    def test_a_counter_that_counts_wrongly_is_a_complaint(self):
        run = boards.Run(0, "layers 202 differing 0\n", {"known_cost": boards.Count(202, 203, 1)})
        with mock.patch.multiple(boards.Board, compile=mock.DEFAULT, link_program=mock.DEFAULT, run=lambda *_: run):
            self.assertIn("counts 203 instead of 202", tester().run().complaints[0])

    def test_layers_cost_what_their_steps_cost_a_call(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "model.c").write_text("/* model: weights */\n/* 0: CONV_2D stem, 4x4x1 -> 2x2x8 */\nint x;\n"
                                                  "/* 1: RESHAPE flat, 2x2x8 -> 32 */\n")
            counts = {"step0": boards.Count(3, 1200, 4), "model_invoke": boards.Count(9, 9, 1)}
            self.assertEqual([("CONV_2D stem, 4x4x1 -> 2x2x8", 300), ("RESHAPE flat, 2x2x8 -> 32", 0)],
                             layer_costs.layer_costs(Path(folder), counts))
            self.assertEqual([], layer_costs.layer_costs(Path(folder), {}))

    def test_a_folder_that_is_no_export_is_refused(self):
        done = subprocess.run([sys.executable, "-B", HERE / "run_export.py", "/nonexistent"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/nonexistent is no C export", done.stderr)

    def test_long_complaints_are_cut(self):
        one = tester()
        one.complain("\n".join(map(str, range(40))))
        self.assertTrue(one.complaints[0].endswith("(28 more lines)"))

    def test_counts_of_functions_of_one_name_are_added(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "counts"
            path.write_text("(all) 100 100 1\nwiden 5 7 1\nwiden 10 20 2\n")
            self.assertEqual(boards.read_counts(path)["widen"], boards.Count(15, 27, 3))
            self.assertEqual(boards.read_counts(Path(folder) / "none"), {})

    def test_memory_is_read_from_the_sections(self):
        listing = ".text 1000 0\n.ARM.exidx 8 1000\n.data 24 536870912\n.bss 500 536870936\n.comment 73 0\n"
        with mock.patch.object(boards, "checked", return_value=listing):
            self.assertEqual(boards.BOARDS["m4"].sections("x"), boards.Memory(1032, 524))

    def test_the_table_says_what_did_not_run(self):
        one = tester()
        one.results = {"cost_depthwise": 160210}
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run_mcu.print_table([one])
        self.assertIn("160,210", out.getvalue())
        self.assertIn("not run", out.getvalue())


if __name__ == "__main__":
    unittest.main()
