"""The synthetic hearts: WFDB files whose sums hold, beats of every kind, the same bytes for the same arguments."""
import unittest

from made_corpus import MadeCorpus

CODES = {1: "N", 5: "V", 6: "F", 8: "A", 12: "/"}


def unpacked(data, count):
    samples = []
    for i in range(0, len(data), 3):
        low, middle = data[i], data[i + 1]
        pair = [low | (middle & 0x0F) << 8]
        if i + 2 < len(data):
            pair.append(data[i + 2] | (middle & 0xF0) << 4)
        samples += [value - 4096 if value > 2047 else value for value in pair]
    return samples[:count]


def annotations(data):
    at, found, i = 0, [], 0
    while i < len(data):
        word = data[i] | data[i + 1] << 8
        i += 2
        if word == 0:
            break
        if word >> 10 == 59:
            at += (data[i] | data[i + 1] << 8) << 16 | data[i + 2] | data[i + 3] << 8
            i += 4
            continue
        at += word & 1023
        found.append((at, CODES[word >> 10]))
    return found


class Corpus(MadeCorpus, unittest.TestCase):
    script = "make_heartbeat_corpus"
    arguments = ("--patients", 8, "--seconds", 60)
    too_few = ("--patients", 1)

    def test_headers_state_what_the_files_hold(self):
        for header in sorted(self.folder.glob("*.hea")):
            record, signal = [line.split() for line in header.read_text().splitlines()[:2]]
            self.assertEqual(record[1:3], ["1", "360"])
            samples = unpacked((self.folder / signal[0]).read_bytes(), int(record[3]))
            self.assertEqual(len(samples), 60 * 360)
            self.assertEqual((sum(samples) + 32768) % 65536 - 32768, int(signal[6]))
            self.assertEqual(samples[0], int(signal[5]))

    def test_beats_stand_at_their_peaks_and_are_of_every_kind(self):
        kinds, hits, normal = set(), 0, 0
        for header in sorted(self.folder.glob("*.hea")):
            beats = annotations(header.with_suffix(".atr").read_bytes())
            samples = unpacked(header.with_suffix(".dat").read_bytes(), 60 * 360)
            kinds |= {kind for _, kind in beats}
            self.assertEqual(beats, sorted(beats))
            for at, kind in beats:
                if kind == "N":
                    normal += 1
                    hits += max(samples[at - 8:at + 9]) == max(samples[at - 40:at + 41])
        self.assertEqual(kinds, set(CODES.values()))
        self.assertGreater(hits, 0.9 * normal)


if __name__ == "__main__":
    unittest.main()
