"""Compares average precisions with pycocotools, and Pascal VOC's with its definition written down again in NumPy.

  judge_precisions.py PROGRAM [--seeds N]

PROGRAM (tests/runtimes/precisions_of_random_boxes.cpp) prints random pictures and what the project says of them. Exits
with 1 where a number is off by more than 1e-4, with 77 (skipped) where pycocotools is not installed.
"""
import argparse
import contextlib
import io
import json
import subprocess
import sys

try:
    import numpy
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval
except ImportError as missing:
    print("skipped: %s" % missing)
    sys.exit(77)


def wide(box):
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def by_pycocotools(case):
    truth, found = [], []
    for number, picture in enumerate(case["pictures"], 1):
        for one in picture["truth"]:
            x, y, w, h = wide(one["box"])
            truth.append({"id": len(truth) + 1, "image_id": number, "category_id": one["label"] + 1, "bbox": [x, y, w, h],
                          "area": w * h, "iscrowd": int(one["ignored"])})
        found += [{"image_id": number, "category_id": one["label"] + 1, "bbox": wide(one["box"]), "score": one["score"]}
                  for one in picture["found"]]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"images": [{"id": i + 1} for i in range(len(case["pictures"]))], "annotations": truth,
                        "categories": [{"id": c + 1} for c in range(case["classes"])]}
        coco.createIndex()
        judge = COCOeval(coco, coco.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    precision = judge.eval["precision"][0, :, :, 0, 2]  # at an overlap of 0.5, [recalls, classes]
    of_classes = [float(column.mean()) if column.min() > -1 else None for column in precision.T]
    return {"mAP": judge.stats[0], "mAP50": judge.stats[1], "mAP75": judge.stats[2], "AP50": of_classes}


def iou(one, other):
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(width, 0) * max(height, 0)
    return common / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - common)


def voc_of_class(case, label):
    """As the development kit's VOCevaldet: detections of all pictures by falling score."""
    truth = [[one for one in picture["truth"] if one["label"] == label] for picture in case["pictures"]]
    boxes = sum(not one["ignored"] for picture in truth for one in picture)
    if boxes == 0:
        return None
    detections = [(one["score"], p, one["box"]) for p, picture in enumerate(case["pictures"]) for one in picture["found"]
                  if one["label"] == label]
    detections.sort(key=lambda one: -one[0])
    taken, hits = set(), []
    for _, p, box in detections:
        overlaps = [iou(box, one["box"]) for one in truth[p]]
        best = int(numpy.argmax(overlaps)) if overlaps else -1
        if best >= 0 and overlaps[best] >= 0.5:
            if truth[p][best]["ignored"]:
                continue
            hits.append((p, best) not in taken)
            taken.add((p, best))
        else:
            hits.append(False)
    right = numpy.cumsum(hits)
    recall = numpy.concatenate([[0], right / boxes, [1]])
    precision = numpy.concatenate([[0], right / numpy.arange(1, len(hits) + 1), [0]])
    precision = numpy.maximum.accumulate(precision[::-1])[::-1]
    return float(numpy.sum((recall[1:] - recall[:-1]) * precision[1:]))


def by_voc(case):
    all_of = [voc_of_class(case, label) for label in range(case["classes"])]
    return {"voc_mAP50": float(numpy.mean([one for one in all_of if one is not None]))}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    worst = 0.0
    for seed in range(arguments.seeds):
        case = json.loads(subprocess.run([arguments.program, str(seed)], check=True, capture_output=True, text=True).stdout)
        for name, value in {**by_pycocotools(case), **by_voc(case)}.items():
            for ours, theirs in zip(*[one if isinstance(one, list) else [one] for one in (case[name], value)]):
                if (ours is None) != (theirs is None):
                    sys.exit("seed %d: %s is %s, the judge says %s" % (seed, name, ours, theirs))
                worst = max(worst, abs(ours - theirs)) if ours is not None else worst
                if ours is not None and abs(ours - theirs) > 1e-4:
                    sys.exit("seed %d: %s is %.6f, the judge says %.6f" % (seed, name, ours, theirs))
    print("%d sets of 40 pictures agree, by at most %.2e" % (arguments.seeds, worst))


main()
