"""The synthetic activities: columns, people who differ, the same bytes for the same arguments."""
import csv
import unittest

from made_corpus import MadeCorpus


class Corpus(MadeCorpus, unittest.TestCase):
    script = "make_activity_corpus"
    arguments = ("--people", 3, "--seconds", 4)
    too_few = ("--people", 2)

    def rows(self, person):
        with open(self.folder / f"person{person:02}.csv", encoding="ascii") as file:
            return list(csv.DictReader(file))

    def test_every_activity_lasts_as_long_as_asked(self):
        for person in range(3):
            rows = self.rows(person)
            counts = {}
            for row in rows:
                counts[row["activity"]] = counts.get(row["activity"], 0) + 1
            self.assertEqual({name: count for name, count in counts.items() if name},
                             dict.fromkeys(("lying", "sitting", "walking", "stairs", "running", "cycling"), 200))
            self.assertEqual([float(row["time"]) for row in rows[:3]], [0, 0.02, 0.04])

    def test_gravity_is_there_and_running_moves_more_than_lying(self):
        rows = self.rows(1)

        def spread(activity):
            sizes = [sum(int(row[axis]) ** 2 for axis in ("acc_x", "acc_y", "acc_z")) ** 0.5
                     for row in rows if row["activity"] == activity]
            mean = sum(sizes) / len(sizes)
            return mean, (sum((size - mean) ** 2 for size in sizes) / len(sizes)) ** 0.5

        self.assertAlmostEqual(spread("lying")[0], 1000, delta=60)
        self.assertGreater(spread("running")[1], 5 * spread("lying")[1])


if __name__ == "__main__":
    unittest.main()
