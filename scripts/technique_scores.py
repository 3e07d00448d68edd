"""What runs of one grid said of each test sample (`trainer evaluate --samples`), compared sample by sample."""

import csv
import math
import random
import statistics

RESAMPLES = 2000


# --- metrics of {(label, predicted): weight}

def macro_f1(counts):
    """Mean F1 of the classes that occur among labels or predictions, as scikit-learn's f1_score(average='macro')."""
    hits, labelled, said = {}, {}, {}
    for (label, predicted), weight in counts.items():
        if weight:
            labelled[label] = labelled.get(label, 0) + weight
            said[predicted] = said.get(predicted, 0) + weight
            hits[label] = hits.get(label, 0) + (weight if label == predicted else 0)
    classes = set(labelled) | set(said)
    f1 = [2 * hits.get(c, 0) / (labelled.get(c, 0) + said.get(c, 0)) for c in classes]
    return statistics.mean(f1) if f1 else math.nan


def counted(rows, kind):
    """{(label, predicted): samples} of one run."""
    counts = {}
    for row in rows.values():
        pair = row["label"], row[kind]
        counts[pair] = counts.get(pair, 0) + 1
    return counts


# --- reading

def read_samples(folders):
    """{sample: row} of the folders of one run (several where it has folds); None unless all wrote their answers."""
    found = {}
    for folder in folders:
        if not (folder / "samples.csv").exists():
            return None
        with open(folder / "samples.csv", newline="", encoding="utf-8") as text:
            found.update((row["sample"], row) for row in csv.DictReader(text))
    return found


def seeds_of_both(samples, cell, other):
    return [seed for seed in samples.get(cell, {}) if seed in samples.get(other, {})]


# --- comparing

def paired(samples, cell, kind, other, other_kind):
    """Mean difference of accuracy in points and half of its 95 % interval over test samples, each the mean of its seeds:
    for one sample, how often the one is right and the other wrong. None where no run of both wrote its answers."""
    seeds = seeds_of_both(samples, cell, other)
    if not seeds:
        return None

    def right(row, kind):
        return kind in row and row[kind] == row["label"]

    names = samples[cell][seeds[0]].keys()
    each = [statistics.mean(right(samples[cell][seed][name], kind) - right(samples[other][seed][name], other_kind)
                            for seed in seeds) for name in names]
    return 100 * statistics.mean(each), 196 * statistics.stdev(each) / len(each) ** 0.5


def patterns(samples, seeds, cell, kind, other, other_kind):
    """How many samples share a label and all answers of both, [(key, count)]: what resampling may draw from at once."""
    counts = {}
    for name, row in samples[cell][seeds[0]].items():
        key = (row["label"], *(samples[cell][seed][name][kind] for seed in seeds),
               *(samples[other][seed][name][other_kind] for seed in seeds))
        counts[key] = counts.get(key, 0) + 1
    return list(counts.items())


def poisson(draw, mean):
    if mean > 50:
        return max(0, round(draw.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, draw.random()
    while product > limit:
        count += 1
        product *= draw.random()
    return count


def paired_macro_f1(samples, cell, kind, other, other_kind):
    """(difference, low, high) of macro-F1 in points, the mean of the seeds, with a 95 % interval by a Poisson bootstrap over
    samples, whose seeds stay together. None where no run of both wrote its answers."""
    seeds = seeds_of_both(samples, cell, other)
    if not seeds:
        return None
    drawn_from, draw = patterns(samples, seeds, cell, kind, other, other_kind), random.Random(1)

    def difference(weights):
        total = 0
        for seed in range(len(seeds)):
            one, two = {}, {}
            for (key, _), weight in zip(drawn_from, weights):
                for counts, said in ((one, key[1 + seed]), (two, key[1 + len(seeds) + seed])):
                    counts[key[0], said] = counts.get((key[0], said), 0) + weight
            total += macro_f1(one) - macro_f1(two)
        return 100 * total / len(seeds)

    drawn = sorted(difference([poisson(draw, count) for _, count in drawn_from]) for _ in range(RESAMPLES))
    return difference([count for _, count in drawn_from]), drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1]


# --- of each class

def class_rows(rows, samples):
    """A table, [[cell]]: of each class the share of its samples that are found (sensitivity), and of those said to be of it
    the share that is (precision); means over the seeds. `rows`: [(title, cell, kind)]."""
    some = next(iter(next(iter(samples.values())).values()))
    labels = [row["label"] for row in some.values()]
    classes = sorted(set(labels), key=lambda c: (-labels.count(c), c))
    lines = [["sensitivity / precision, %", *(f"{c} ({labels.count(c)})" for c in classes)]]
    for title, cell, kind in rows:
        counts = [counted(run, kind) for run in samples.get(cell, {}).values() if kind in next(iter(run.values()))]
        if not counts:
            continue
        cells = []
        for c in classes:
            found = statistics.mean(count.get((c, c), 0) / labels.count(c) for count in counts)
            right = statistics.mean(count.get((c, c), 0) / max(1, sum(n for (_, said), n in count.items() if said == c))
                                    for count in counts)
            cells.append(f"{100 * found:.1f} / {100 * right:.1f}")
        lines.append([title, *cells])
    return lines
