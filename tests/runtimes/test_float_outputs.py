"""What the judges of float files call the same: every output, or for files that quantize as they compute, two shares."""

import argparse
import pathlib
import sys
import tempfile
import unittest

try:
    import numpy
except ImportError:
    numpy = None

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "judges"))
import float_outputs  # noqa: E402


@unittest.skipIf(numpy is None, "NumPy is not installed")
class FloatOutputsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.golden = pathlib.Path(folder.name) / "golden.npz"
        random = numpy.random.default_rng(1)
        self.inputs = random.normal(size=(400, 6)).astype(numpy.float32)
        self.outputs = 3 * self.inputs[:, :4]

    def verdict(self, change, **options):
        """Of a model that gives `outputs` after `change` of them."""
        numpy.savez(self.golden, x=self.inputs, y=self.outputs)
        found = self.outputs.copy()
        change(found)
        given = iter(found)

        def load(_):
            return "1", lambda inputs: numpy.stack([next(given) for _ in inputs])

        arguments = argparse.Namespace(model="model", golden=self.golden, **{"tolerance": 1e-4, "relative": None, **options})
        return float_outputs.compare("judge", load, arguments, numpy)

    def test_every_output_counts(self):
        def spoil(outputs):
            outputs[7, 2] += 2e-4

        self.assertTrue(self.verdict(lambda outputs: None)["passed"])
        self.assertEqual((1, False), (lambda v: (v["differing"], v["passed"]))(self.verdict(spoil)))

    def test_a_nan_is_never_the_same(self):
        def spoil(outputs):
            outputs[0, 0] = numpy.nan

        self.assertFalse(self.verdict(spoil)["passed"])
        self.assertFalse(self.verdict(spoil, relative=0.05, relative_largest=0.1)["passed"])

    def test_the_mean_square_and_the_largest_are_bounded(self):
        """An error everywhere is seen by the mean square; one of a single output among 1,600 only by the largest."""
        def everywhere(outputs):
            outputs *= 1.06

        def once(outputs):
            outputs[7, 2] += 0.15 * numpy.abs(outputs).max()

        for change, passed in ((lambda outputs: None, True), (everywhere, False), (once, False)):
            self.assertEqual(passed, self.verdict(change, relative=0.05, relative_largest=0.1)["passed"])
        single = self.verdict(once, relative=0.05, relative_largest=0.1)
        self.assertLess(single["relative"], 0.05)
        self.assertAlmostEqual(0.15, single["largest"], places=5)
        self.assertIn("by 15.0 % of the largest at most, allowed 10 %", single["reason"])


if __name__ == "__main__":
    unittest.main()
