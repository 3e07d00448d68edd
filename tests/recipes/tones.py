"""A corpus of tones in the layout of Google Speech Commands, small enough to learn in seconds, and recipes for it."""

import copy
import json
import math
import pathlib
import random
import struct
import wave

RATE = 8000
SAMPLES = RATE // 2
# Begin and end of each word's sweep in Hz. The last is no class: it stands for _unknown_.
SWEEPS = {"low": (300, 320), "high": (1900, 2000), "rising": (400, 2200), "falling": (2200, 400)}
WORDS = ["low", "high", "rising"]
CLIPS = {"train": 20, "validation": 5, "test": 10}
SPEAKERS = 5


def write_wav(path, samples, rate=RATE, channels=1):
    """Numbers between -1 and 1, interleaved, as 16-bit PCM."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = struct.pack(f"<{len(samples)}h", *(max(-32768, min(32767, round(32767 * s))) for s in samples))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data)


def sweep(begin, end, chance, rate=RATE, seconds=0.5):
    """A tone that glides from `begin` to `end` Hz, a little higher or lower for each speaker, in noise."""
    count = round(rate * seconds)
    pitch, loudness = chance.uniform(0.9, 1.1), chance.uniform(0.3, 0.8)
    phase, samples = chance.uniform(0, 6), []
    for i in range(count):
        phase += 2 * math.pi * pitch * (begin + (end - begin) * i / count) / rate
        samples.append(loudness * math.sin(phase) * math.sin(math.pi * i / count) + chance.uniform(-0.03, 0.03))
    return samples


def make_corpus(root):
    """Words in folders, both lists, and background noise."""
    root = pathlib.Path(root)
    chance = random.Random(5)
    lists = {"validation": [], "test": []}
    for word, (begin, end) in SWEEPS.items():
        number = 0
        for split, count in CLIPS.items():
            for _ in range(count):
                name = f"{word}/speaker{number % SPEAKERS}_nohash_{number}.wav"
                write_wav(root / name, sweep(begin, end, chance))
                if split != "train":
                    lists[split].append(name)
                number += 1
    (root / "validation_list.txt").write_text("\n".join(lists["validation"]) + "\n")
    (root / "testing_list.txt").write_text("\n".join(lists["test"]) + "\n")
    for number in range(3):
        write_wav(root / "_background_noise_" / f"noise{number}.wav", [chance.uniform(-0.2, 0.2) for _ in range(6 * RATE)])
    return root


STUDENT = """\
name: tiny_student
layers:
  - { type: conv2d, name: stem, out: 16, kernel: [5, 3], stride: 2, padding: same }
  - batch_norm
  - relu
  - { type: dropout, p: 0.1 }
  - { type: depthwise_conv2d, name: depthwise, kernel: 3, padding: same }
  - batch_norm
  - { type: relu, name: middle }
  - { type: conv2d, name: pointwise, out: 16, kernel: 1 }
  - batch_norm
  - { type: relu, name: last }
  - { type: global_average_pool, name: pool }
  - { type: linear, name: classifier, out: classes }
"""
TEACHER = STUDENT.replace("tiny_student", "tiny_teacher").replace("out: 16", "out: 24")

FEATURES = {"type": "mfcc", "arithmetic": "integer", "sample_rate": RATE, "clip": "500 ms", "window": "40 ms",
            "hop": "20 ms", "mel_bands": 20, "coefficients": 10, "low_hz": 50, "high_hz": 3600}

DISTILL = {"type": "distill", "teacher": {"model": "teacher.yaml", "epochs": 3},
           "loss": {"type": "kl", "temperature": 3}, "weight": 0.5, "epochs": [0, 3]}
PRUNE = {"type": "prune", "structure": "channels", "criterion": "l1", "sparsity": 0.5, "schedule": "cubic",
         "epochs": [1, 4], "every": "5 steps", "multiple_of": 2, "minimum_channels": 2}
QUANTIZE = {"type": "quantize", "epochs": [7, 10], "freeze_batch_norm": 9, "freeze_observers": 9,
            "calibration_samples": 40}


def recipe(root, **changes):
    """A whole run as a dictionary: distillation, channel pruning and quantization-aware training in one timeline."""
    whole = {
        "name": "tones",
        "seed": 3,
        "data": {"type": "speech_commands", "root": str(root), "words": WORDS, "features": FEATURES,
                 "augment": {"time_shift": "20 ms", "noise": {"probability": 0.5, "volume": [0, 0.05]}}},
        "student": "student.yaml",
        "training": {"epochs": 10, "batch_size": 10, "workers": 1, "optimizer": {"type": "adam", "lr": 0.01}},
        "compression": [DISTILL, PRUNE, QUANTIZE],
        "export": ["torchscript", "tflite"],
    }
    whole = copy.deepcopy(whole)
    for key, value in changes.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = copy.deepcopy(value)
    return whole


def write_recipe(folder, content, name="recipe.yaml"):
    """Writes the recipe (a dictionary, which JSON writes as YAML, or text) beside the models that it names."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "student.yaml").write_text(STUDENT)
    (folder / "teacher.yaml").write_text(TEACHER)
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    return path
