#!/usr/bin/env python3
"""MFCC throughput beside librosa's, on the same clips in one run: clips a second and the ratio.

    frontend_throughput.py FRONTEND_THROUGHPUT [--speech ROOT] [--clips N] [--threads N] [--seconds S]

librosa runs in as many processes as ours has threads. The two take turns, three times; the medians are reported, by wall
time and (per_core) by processor time, which other programs on the machine disturb less. Clips
are real where --speech names a folder in the layout of Speech Commands, else noise: the time does not depend on it.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[variable] = "1"  # one core a process: the processes are the parallelism

import librosa
import numpy as np

RATE = 16000


def load_clips(root, count):
    if not (root and root.is_dir()):
        return np.random.default_rng(1).normal(0, 3000, (count, RATE)).astype(np.int16)
    import soundfile

    clips = []
    for path in sorted(p for kind in ("*.wav", "*.flac") for p in root.glob("*/" + kind) if p.parent.name[0] != "_"):
        samples, rate = soundfile.read(path, dtype="int16")
        if rate == RATE and samples.shape == (RATE,):
            clips.append(samples)
        if len(clips) == count:
            break
    return np.stack(clips)


def librosa_mfcc(clip):
    mel = librosa.feature.melspectrogram(y=clip, sr=RATE, n_fft=1024, win_length=640, hop_length=320, center=False,
                                         n_mels=40, fmin=20, fmax=4000, htk=True, norm=None)
    return librosa.feature.mfcc(S=np.log(np.maximum(mel, np.float32(1e-6))), n_mfcc=10)


def librosa_count(clips, seconds):
    """Clips a second of wall time and of processor time, after one clip to warm up."""
    librosa_mfcc(clips[0])
    start, processor, done = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - start < seconds:
        librosa_mfcc(clips[done % len(clips)])
        done += 1
    return done / (time.perf_counter() - start), done / (time.process_time() - processor)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--speech", type=pathlib.Path)
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    pcm = load_clips(arguments.speech, arguments.clips)
    floats = pcm.astype(np.float32) / 32768
    rates = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ProcessPoolExecutor(arguments.threads) as pool:
        source = pathlib.Path(folder) / "clips.pcm"
        pcm.astype("<i2").tofile(source)
        list(pool.map(librosa_count, [floats[:1]] * arguments.threads, [0.5] * arguments.threads))
        for _ in range(3):
            each = pool.map(librosa_count, [floats] * arguments.threads, [arguments.seconds] * arguments.threads)
            walls, cores = zip(*each)
            rates["librosa"].append(sum(walls))
            rates["librosa_per_core"].append(statistics.mean(cores))
            line = subprocess.run([arguments.program, source, str(RATE), str(arguments.threads), str(arguments.seconds)],
                                  check=True, capture_output=True, text=True).stdout
            for variant, rate in json.loads(line).items():
                rates[variant].append(rate)
    medians = {name: statistics.median(values) for name, values in rates.items()}
    ratios = {name + "_over_librosa": round(rate / medians["librosa" + name[5:]], 1)
              for name, rate in medians.items() if not name.startswith("librosa")}
    print(json.dumps({"threads": arguments.threads, "clips_per_second": {k: round(v) for k, v in medians.items()},
                      **ratios}))


if __name__ == "__main__":
    sys.exit(main())
