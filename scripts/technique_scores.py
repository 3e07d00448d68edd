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


# --- mAP50 of {(picture, class): {"boxes": those that count, kind: "+0.91 -0.10", scores that fall, + right, - wrong}}

def average_precision(detections, weights, boxes):
    """COCO's: the mean, over 101 recalls, of the best precision from there on. `detections` by falling score, each its
    picture and whether it is right; a picture counts as often as its weight says."""
    right, wrong, reached = 0, 0, []
    for picture, is_right in detections:
        weight = weights[picture]
        if not is_right:
            wrong += weight
        elif weight:
            right += weight
            reached.append((right / boxes, right / (right + wrong)))
    total, best, at = 0, 0, 100
    for recall, precision in reversed(reached):
        while at >= 0 and (1.0 if at == 100 else at * 0.01) > recall:
            total, at = total + best, at - 1
        best = max(best, precision)
    return (total + (at + 1) * best) / 101


def detections_by_class(rows, kind):
    """{class: ([(picture, boxes)], [(picture, right)])}, pictures by their place among the rows; what comes after a class's
    last right detection changes nothing and is left out."""
    pictures = {name: place for place, name in enumerate(dict.fromkeys(sample for sample, _ in rows))}
    boxes, scored = {}, {}
    for (sample, label), row in rows.items():
        boxes.setdefault(label, []).append((pictures[sample], int(row["boxes"])))
        scored.setdefault(label, []).extend((abs(float(word)), pictures[sample], word[0] == "+") for word in row[kind].split())
    found = {}
    for label, of_class in scored.items():
        ordered = [(picture, right) for _, picture, right in sorted(of_class, key=lambda one: -one[0])]
        last = max((place for place, (_, right) in enumerate(ordered) if right), default=-1)
        found[label] = boxes[label], ordered[:last + 1]
    return found


def precisions(found, weights):
    """{class: AP50} of the classes that have boxes. `found`: detections_by_class."""
    counts = {label: sum(weights[picture] * count for picture, count in boxes) for label, (boxes, _) in found.items()}
    return {label: average_precision(found[label][1], weights, count) for label, count in counts.items() if count}


def map50(found, weights):
    each = precisions(found, weights)
    return statistics.mean(each.values()) if each else math.nan


def pictures_of(rows):
    return len({sample for sample, _ in rows})


# --- reading

def read_samples(folders):
    """{sample: row} of the folders of one run (several where it has folds), of a detector's {(picture, class): row}; None
    unless all wrote their answers."""
    found = {}
    for folder in folders:
        if not (folder / "samples.csv").exists():
            return None
        with open(folder / "samples.csv", newline="", encoding="utf-8") as text:
            found.update(((row["sample"], row["label"]) if "boxes" in row else row["sample"], row)
                         for row in csv.DictReader(text))
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


def paired_map50(samples, cell, kind, other, other_kind):
    """(difference, low, high) of mAP50 in points, the mean of the seeds, with a 95 % interval by a Poisson bootstrap over
    pictures, whose seeds stay together. None where no run of both wrote its answers."""
    seeds = seeds_of_both(samples, cell, other)
    if not seeds:
        return None
    both = [(detections_by_class(samples[cell][seed], kind), detections_by_class(samples[other][seed], other_kind))
            for seed in seeds]
    pictures, draw = pictures_of(samples[cell][seeds[0]]), random.Random(1)

    def difference(weights):
        return 100 * statistics.mean(map50(one, weights) - map50(two, weights) for one, two in both)

    drawn = (difference([poisson(draw, 1) for _ in range(pictures)]) for _ in range(RESAMPLES))
    drawn = sorted(value for value in drawn if not math.isnan(value))
    if not drawn:
        return None
    return difference([1] * pictures), drawn[int(0.025 * len(drawn))], drawn[max(0, int(0.975 * len(drawn)) - 1)]


# --- of each class

def precision_rows(rows, samples):
    """A table, [[cell]]: the average precision of each class at an overlap of 0.5, means over the seeds. `rows`: [(title,
    cell, kind)]."""
    some = next(iter(next(iter(samples.values())).values()))
    boxes = {}
    for (_, label), row in some.items():
        boxes[label] = boxes.get(label, 0) + int(row["boxes"])
    classes = sorted(boxes, key=lambda label: (-boxes[label], label))
    lines = [["AP50, %", *(f"{label} ({boxes[label]})" for label in classes)]]
    for title, cell, kind in rows:
        runs = [run for run in samples.get(cell, {}).values() if kind in next(iter(run.values()))]
        if not runs:
            continue
        each = [precisions(detections_by_class(run, kind), [1] * pictures_of(run)) for run in runs]
        lines.append([title, *(f"{100 * statistics.mean(run[label] for run in each):.1f}" if boxes[label] else "–"
                               for label in classes)])
    return lines


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
