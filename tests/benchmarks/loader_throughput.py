#!/usr/bin/env python3
"""The loader beside a PyTorch DataLoader with as many workers and the same transforms, in one run: samples a second.

    loader_throughput.py LOADER_THROUGHPUT [--workers 2] [--seconds 5] [--rounds 3] [--cifar10 ROOT] [--speech ROOT]

  small   CIFAR-10 records (noise where no --cifar10): shift by 4 pixels, flip, brightness, contrast, saturation
  photos  JPEG files of 320 x 240, made here: random resized crop to 96 x 96, flip, the same colours
  sound   clips of a second (with --speech, the layout of Speech Commands, decoded in memory): shift, noise, 49 x 10 MFCC

Both hold what they can in memory: the records, the encoded JPEG files (which PyTorch's decodes in every epoch, as is usual;
the loader keeps decoded pixels, so `photos, decoding` sets the memory for them to nothing). PyTorch's transforms are what
torchvision does to PIL pictures, called directly, and librosa's MFCC. They take turns; medians are reported, by wall time
and by processor time, which other programs on the machine disturb less.
"""

import argparse
import io
import math
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"  # one core a worker: the workers are the parallelism

import numpy as np
import torch
from PIL import Image, ImageEnhance
from torch.utils.data import DataLoader, Dataset

COLOURS = "colour: {brightness: 0.2, contrast: 0.2, saturation: 0.2}"
# --- PyTorch's side

def coloured(picture):
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhance(picture).enhance(np.random.uniform(0.8, 1.2))
    return picture


def finished(picture):
    """A flip, colours, and (pixel / 255 - 0.5) / 0.5 in planes."""
    if np.random.rand() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = torch.from_numpy(np.array(coloured(picture)))
    return pixels.permute(2, 0, 1).to(torch.float32).div_(255).sub_(0.5).div_(0.5)


def resized_crop(picture, side):
    area = picture.width * picture.height * np.random.uniform(0.4, 1)
    ratio = math.exp(np.random.uniform(math.log(3 / 4), math.log(4 / 3)))
    width, height = min(picture.width, round((area * ratio) ** 0.5)), min(picture.height, round((area / ratio) ** 0.5))
    left, top = np.random.randint(0, picture.width - width + 1), np.random.randint(0, picture.height - height + 1)
    return picture.resize((side, side), Image.Resampling.BILINEAR, box=(left, top, left + width, top + height))


class Records(Dataset):
    def __init__(self, root):
        raw = np.concatenate([np.fromfile(f, np.uint8) for f in sorted(root.glob("*.bin")) if not f.name.startswith("test")])
        raw = raw.reshape(-1, 3073)
        self.labels = raw[:, 0].astype(np.int64)
        self.pictures = np.ascontiguousarray(raw[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        padded = np.pad(self.pictures[index], ((4, 4), (4, 4), (0, 0)), "symmetric")
        y, x = np.random.randint(0, 9, 2)
        return finished(Image.fromarray(padded[y:y + 32, x:x + 32])), int(self.labels[index])


class Photos(Dataset):
    def __init__(self, root):
        files = sorted(root.glob("train/*/*.jpg"))
        self.samples = [(file.read_bytes(), int(file.parent.name)) for file in files]

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        encoded, label = self.samples[index]
        return finished(resized_crop(Image.open(io.BytesIO(encoded)).convert("RGB"), 96)), label


class Clips(Dataset):
    def __init__(self, root):
        import soundfile

        files = [f for f in sorted(root.glob("*/*")) if f.suffix in (".wav", ".flac")]
        self.clips = [soundfile.read(f, dtype="float32")[0] for f in files if f.parent.name[0] != "_"]
        self.clips = [np.pad(c, (0, max(0, 16000 - len(c))))[:16000] for c in self.clips]
        self.noise = np.concatenate([soundfile.read(f, dtype="float32")[0] for f in files if f.parent.name[0] == "_"])

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, index):
        import librosa

        clip = np.roll(self.clips[index], np.random.randint(-1600, 1601))
        if np.random.rand() < 0.8:
            at = np.random.randint(0, len(self.noise) - 16000)
            clip = clip + np.random.uniform(0, 0.1) * self.noise[at:at + 16000]
        mel = librosa.feature.melspectrogram(y=clip, sr=16000, n_fft=1024, win_length=640, hop_length=320, center=False,
                                             n_mels=40, fmin=20, fmax=4000, htk=True, norm=None)
        return torch.from_numpy(librosa.feature.mfcc(S=np.log(np.maximum(mel, np.float32(1e-6))), n_mfcc=10)), 0


def processor_seconds():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def torch_rate(data, workers, seconds):
    """Samples a second of wall time and of processor time. The first batch, for which the workers start, is not counted."""
    loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    iterator, done, started = iter(loader), 0, None
    processor, wall = processor_seconds(), time.perf_counter()
    while started is None or time.perf_counter() - started < seconds:
        try:
            features, _ = next(iterator)
        except StopIteration:
            iterator = iter(loader)
            continue
        done += 0 if started is None else len(features)
        started = started or time.perf_counter()
    rate, spent = done / (time.perf_counter() - started), time.perf_counter() - wall
    del iterator, loader  # children's time counts when they have ended
    return rate, done / max(1e-9, (processor_seconds() - processor) * (time.perf_counter() - started) / spent)


# --- ours

def our_rate(program, recipe, arguments):
    done = json.loads(subprocess.run([program, recipe, "--workers", str(arguments.workers), "--seconds",
                                      str(arguments.seconds)], check=True, capture_output=True, text=True).stdout)
    return done["samples"] / done["seconds"], done["samples"] / done["processor_seconds"]


def write_noise_records(folder):
    folder.mkdir()
    chance = np.random.default_rng(1)
    for name, count in (("train.bin", 5000), ("test.bin", 100)):
        records = chance.integers(0, 256, (count, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(count) % 10
        records.tofile(folder / name)


def write_photos(folder):
    """Smooth pictures with some grain, as large in JPEG as photographs of that size."""
    chance = np.random.default_rng(2)
    for split, count in (("train", 400), ("validation", 4), ("test", 4)):
        for i in range(count):
            small = Image.fromarray(chance.integers(0, 256, (12, 16, 3), dtype=np.uint8))
            pixels = np.asarray(small.resize((320, 240), Image.BICUBIC)).astype(np.int16)
            pixels = np.clip(pixels + chance.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
            file = folder / split / str(i % 2) / f"{i}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(file, quality=90)


def cases(arguments, scratch):
    """(name, recipe text, PyTorch's data)."""
    records = arguments.cifar10 or scratch / "records"
    if not arguments.cifar10:
        write_noise_records(records)
    write_photos(scratch / "photos")
    small = f"type: cifar10\nroot: {records}\nvalidation: 0.001\naugment: {{pad_crop: 4, flip: 0.5, {COLOURS}}}\n"
    photos = (f"type: image_folder\nroot: {scratch / 'photos'}\nimage: {{size: 96}}\n"
              f"augment: {{random_resized_crop: {{area: [0.4, 1]}}, flip: 0.5, {COLOURS}}}\n")
    found = [("small", small, Records(records)), ("photos", photos, Photos(scratch / "photos")),
             ("photos, decoding", photos + "image_memory: 0\n", Photos(scratch / "photos"))]
    if arguments.speech:
        sound = (f"type: speech_commands\nroot: {arguments.speech}\nwords: [yes, no]\nsilence: false\n"
                 "augment: {time_shift: 100 ms, noise: {probability: 0.8, volume: [0, 0.1]}}\n")
        found.append(("sound", sound, Clips(arguments.speech)))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cifar10", type=pathlib.Path)
    parser.add_argument("--speech", type=pathlib.Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    least = float("inf")
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        for name, text, data in cases(arguments, scratch):
            recipe = scratch / "data.yaml"
            recipe.write_text(text)
            ours, theirs = [], []
            for _ in range(arguments.rounds):
                ours.append(our_rate(arguments.program, recipe, arguments))
                theirs.append(torch_rate(data, arguments.workers, arguments.seconds))
            medians = [[statistics.median(column) for column in zip(*rates)] for rates in (ours, theirs)]
            ratio = medians[0][0] / medians[1][0]
            least = min(least, ratio)
            print(f"{name:18} ours {medians[0][0]:9,.0f}/s  DataLoader {medians[1][0]:9,.0f}/s  {ratio:6.1f} x"
                  f"   by processor time {medians[0][1] / medians[1][1]:6.1f} x", flush=True)
    print(f"least: {least:.1f} x with {arguments.workers} workers")
    return 0 if least >= 2 else 1


if __name__ == "__main__":
    sys.exit(main())
