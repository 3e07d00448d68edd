#!/usr/bin/env python3
"""Unpacks series of the shared data into the formats that the readers know: series_packs.py PACKS FOLDER.

  FOLDER/BasicMotions.ts                  as it is
  FOLDER/ECG5000.ts                       label and 140 values a line, from its text file; four classes: of the fifth there is one case
  FOLDER/beats_{train,val,test}.ts        MIT-BIH beats: lead MLII in the converter's steps (baseline 0), and the distances to the beats
                                          before and behind, relative to the mean of the last eight of the record that are listed
  FOLDER/fsdd/…, FOLDER/fsdd/digits.csv   spoken digits: theo is tested on, nicolas validates, three others train
"""
import csv
import pathlib
import struct
import sys
import tarfile

LENGTH, BASELINE = 256, 1024
HEAD = "@problemName {}\n@timeStamps false\n@univariate {}\n@classLabel true {}\n@data\n"


def unpack(packs, name, folder):
    with tarfile.open(packs / f"{name}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / name


def ecg5000(source, output):
    cases = []
    for line in source.read_text().splitlines():
        label, *values = line.replace(",", " ").split()
        if int(float(label)) != 5:
            cases.append(",".join(f"{float(value):.6g}" for value in values) + f":{int(float(label))}")
    output.write_text(HEAD.format("ECG5000", "true", "1 2 3 4") + "\n".join(cases) + "\n")


def rhythm(rows):
    """(previous, next) of each row, relative to the mean of the last eight listed beats of its record."""
    found, record, last = [], None, []
    for row in rows:
        if row["record"] != record:
            record, last = row["record"], []
        last = (last + [float(row["rr_prev_samples"])])[-8:]
        mean = sum(last) / len(last)
        found.append((last[-1] / mean, float(row["rr_next_samples"]) / mean))
    return found


def beats(source, part, output):
    with open(source / f"{part}_index.csv", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    data = (source / f"{part}_beats_i16.bin").read_bytes()
    # In the order of time, record by record, as a device would hear them.
    order = sorted(range(len(rows)), key=lambda i: (rows[i]["record"], int(rows[i]["r_sample"])))
    cases = []
    for i, (before, behind) in zip(order, rhythm([rows[i] for i in order])):
        values = struct.unpack_from(f"<{LENGTH}h", data, 2 * LENGTH * i)
        channels = [",".join(str(value - BASELINE) for value in values), *(",".join([f"{rr:.6g}"] * LENGTH) for rr in (before, behind))]
        cases.append(":".join(channels) + ":" + rows[i]["aami"])
    output.write_text(HEAD.format(f"beats_{part}", "false", "N S V F Q") + "\n".join(cases) + "\n")


def digits(folder):
    lines = ["path,label,split"]
    for file in sorted((folder / "recordings").glob("*.wav")):
        digit, speaker, _ = file.stem.split("_")
        lines.append(f"recordings/{file.name},{digit},{ {'theo': 'test', 'nicolas': 'validation'}.get(speaker, 'train') }")
    (folder / "digits.csv").write_text("\n".join(lines) + "\n")


def main(packs, folder):
    packs, folder = pathlib.Path(packs), pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    series = unpack(packs, "timeseries_ucr", folder)
    (folder / "BasicMotions.ts").write_bytes((series / "BasicMotions" / "BasicMotions_TRAIN.ts").read_bytes())
    ecg5000(series / "ECG5000" / "ECG5000_TRAIN_pack.txt", folder / "ECG5000.ts")
    records = unpack(packs, "ecg_mitbih_beats", folder)
    for part in ("train", "val", "test"):
        beats(records, part, folder / f"beats_{part}.ts")
    digits(unpack(packs, "fsdd", folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
