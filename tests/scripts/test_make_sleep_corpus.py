"""The synthetic nights: stages as they follow one another, hearts and movement that differ with them."""
import csv
import statistics
import unittest

from made_corpus import MadeCorpus


class Corpus(MadeCorpus, unittest.TestCase):
    script = "make_sleep_corpus"
    arguments = ("--people", 3, "--hours", 6)
    too_few = ("--people", 2)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nights = []
        for person in range(3):
            with open(cls.folder / f"person{person:02}.csv", encoding="ascii") as file:
                cls.nights.append([(int(row["movement"]), int(row["heart_rate"]), row["stage"]) for row in csv.DictReader(file)])

    def test_a_night_has_every_stage_and_whole_epochs(self):
        for night in self.nights:
            self.assertEqual(len(night), 6 * 3600)
            self.assertTrue(all(len({stage for _, _, stage in night[at:at + 30]}) == 1 for at in range(0, len(night), 30)))
            shares = {stage: sum(s == stage for _, _, s in night) / len(night) for stage in ("wake", "light", "deep", "rem")}
            self.assertAlmostEqual(sum(shares.values()), 1)
            self.assertTrue(0.02 < shares["wake"] < 0.3 and 0.25 < shares["light"] < 0.75, shares)
            self.assertTrue(0.05 < shares["deep"] < 0.5 and 0.05 < shares["rem"] < 0.5, shares)
            self.assertEqual(night[0][2], "wake")

    def test_deep_sleep_comes_early_and_rem_late(self):
        for stage, is_early in (("deep", True), ("rem", False)):
            early = sum(s == stage for night in self.nights for _, _, s in night[:3 * 3600])
            late = sum(s == stage for night in self.nights for _, _, s in night[3 * 3600:])
            self.assertEqual(early > late, is_early, stage)

    def test_stages_differ_in_movement_and_heart(self):
        def of(stage, column):
            return [row[column] for night in self.nights for row in night if row[2] == stage]

        moved = {stage: statistics.mean(of(stage, 0)) for stage in ("wake", "light", "deep", "rem")}
        self.assertGreater(moved["wake"], 5 * moved["light"])
        self.assertGreater(moved["light"], 2 * moved["deep"])
        self.assertGreater(statistics.mean(of("wake", 1)), statistics.mean(of("deep", 1)) + 30)
        self.assertTrue(300 < min(of("deep", 1)) and max(of("wake", 1)) < 1400)


if __name__ == "__main__":
    unittest.main()
