"""The table of finished runs, from summaries made up here."""
import importlib.util
import json
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "compare_runs.py"
sys.dont_write_bytecode = True
specification = importlib.util.spec_from_file_location("compare_runs", SCRIPT)
compare_runs = importlib.util.module_from_spec(specification)
specification.loader.exec_module(compare_runs)

FLOAT = {"accuracy": {"float": 0.875, "fake_quant": None, "integer": None}, "macs": 596208, "parameters": 9798,
         "nonzero_parameters": 9798, "flash_bytes": None, "arena_bytes": None, "artifacts": []}
INTEGER = {**FLOAT, "accuracy": {"float": 0.875, "fake_quant": 0.87, "integer": 0.8667}, "flash_bytes": 12345, "arena_bytes": 8000,
           "artifacts": [{"format": "torchscript", "bytes": 99999}, {"format": "tflite", "bytes": 23456}]}


class Comparison(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def rows(self, **runs):
        for name, summary in runs.items():
            (self.folder / name).mkdir()
            (self.folder / name / "summary.json").write_text(json.dumps(summary))
        return [compare_runs.row(self.folder / name) for name in runs]

    def test_numbers_stand_in_columns(self):
        text = compare_runs.table(self.rows(whole=FLOAT, small=INTEGER))
        lines = text.splitlines()
        self.assertEqual("run     float  integer     MACs  weights  not zero  tflite   flash    RAM", lines[0])
        self.assertEqual("whole  87.5 %        -  596,208    9,798     9,798       -       -      -", lines[1])
        self.assertEqual("small  87.5 %   86.7 %  596,208    9,798     9,798  23,456  12,345  8,000", lines[2])

    def test_what_nobody_measured_is_no_column(self):
        text = compare_runs.table(self.rows(whole=FLOAT))
        self.assertNotIn("integer", text)
        self.assertNotIn("RAM", text)

    def test_a_folder_without_a_summary_is_named(self):
        with self.assertRaises(OSError):
            compare_runs.row(self.folder / "nothing")


if __name__ == "__main__":
    unittest.main()
