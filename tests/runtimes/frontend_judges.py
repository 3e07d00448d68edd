#!/usr/bin/env python3
"""Judges our feature front ends by libraries that others wrote: librosa, and kaldi-native-fbank where it is installed.

    frontend_judges.py FRONTEND_DUMP [--speech ROOT] [--clips N]

FRONTEND_DUMP is the program of frontend_dump.cpp. Clips come from a Speech Commands folder where one is given and
exists, else they are synthetic. Prints a line a comparison; exits with 1 where one is beyond its tolerance, 77 (skipped)
where librosa is absent. Units are those of the features: natural logarithms.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

try:
    import librosa
    import numpy as np
    import scipy.fft
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

RATE = 16000
DEFAULT = dict(window_samples=640, hop_samples=320, fft_size=1024, mel_bands=40, low_hz=20.0, high_hz=4000.0,
               coefficients=10, log_floor=1e-6, mel_scale=1, filter_norm=0, spectrum=0)
CASES = {
    "MFCC, the default": {},
    "log-mel, htk": dict(coefficients=0),
    "log-mel, slaney scale and norm": dict(coefficients=0, mel_scale=0, filter_norm=1, log_floor=1e-10),
    "MFCC, magnitude": dict(spectrum=1),
    "MFCC, 25 ms / 10 ms, FFT 512, to 8 kHz": dict(window_samples=400, hop_samples=160, fft_size=512, high_hz=8000.0,
                                                   mel_scale=0, coefficients=13),
}
# Largest mean and largest single difference.
TOLERANCE = {"float": (1e-5, 1e-3), "fixed": (2e-3, 5e-2)}


def synthetic_clips(count):
    """Voice-like glides, noise, a click, near-silence: int16, one second each."""
    random = np.random.default_rng(1)
    time = np.arange(RATE) / RATE
    for index in range(count):
        phase = 2 * np.pi * np.cumsum(100 + 10 * index + 40 * np.sin(5 * time)) / RATE
        voice = sum(np.sin(k * phase) / k for k in range(1, 15)) * np.exp(-30 * (time - 0.5) ** 2)
        loudness = 10 ** random.uniform(-2.5, -0.3)
        clip = loudness * voice / np.abs(voice).max() + 10 ** random.uniform(-4, -2) * random.standard_normal(RATE)
        yield np.clip(np.round(clip * 32768), -32768, 32767).astype(np.int16)


def speech_clips(root, count):
    """Evenly chosen real clips of exactly one second."""
    import soundfile

    files = sorted(path for kind in ("*.wav", "*.flac") for path in root.glob("*/" + kind) if path.parent.name[0] != "_")
    for path in files[:: max(1, len(files) // (count + count // 5))]:
        samples, rate = soundfile.read(path, dtype="int16")
        if rate == RATE and samples.shape == (RATE,):
            yield samples


def with_librosa(samples, case):
    """The same features by librosa."""
    power = 2.0 if case["spectrum"] == 0 else 1.0
    # librosa centres a window in its FFT frame, which changes phases only; the padding keeps the frames where ours are.
    before = (case["fft_size"] - case["window_samples"]) // 2
    padded = np.pad(samples, (before, case["fft_size"] - case["window_samples"] - before))
    mel = librosa.feature.melspectrogram(
        y=padded, sr=RATE, n_fft=case["fft_size"], hop_length=case["hop_samples"], win_length=case["window_samples"],
        window="hann", center=False, power=power, n_mels=case["mel_bands"], fmin=case["low_hz"], fmax=case["high_hz"],
        htk=case["mel_scale"] == 1, norm="slaney" if case["filter_norm"] else None, dtype=np.float64)
    log_mel = np.log(np.maximum(mel, case["log_floor"]))
    if case["coefficients"] == 0:
        return log_mel.T
    return librosa.feature.mfcc(S=log_mel, n_mfcc=case["coefficients"], dct_type=2, norm="ortho").T


def with_scipy(samples, case):
    """The same features by scipy's FFT and DCT in double precision, over librosa's filters alone."""
    count = 1 + (len(samples) - case["window_samples"]) // case["hop_samples"]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(case["window_samples"]) / case["window_samples"])
    starts = np.arange(count) * case["hop_samples"]
    frames = np.stack([samples[start : start + case["window_samples"]] * window for start in starts])
    spectrum = np.abs(scipy.fft.rfft(frames, case["fft_size"])) ** (2 - case["spectrum"])
    filters = librosa.filters.mel(
        sr=RATE, n_fft=case["fft_size"], n_mels=case["mel_bands"], fmin=case["low_hz"], fmax=case["high_hz"],
        htk=case["mel_scale"] == 1, norm="slaney" if case["filter_norm"] else None, dtype=np.float64)
    log_mel = np.log(np.maximum(spectrum @ filters.T, case["log_floor"]))
    return log_mel if case["coefficients"] == 0 else scipy.fft.dct(log_mel, norm="ortho")[:, : case["coefficients"]]


def with_kaldi(samples, case):
    """The same features by kaldi-native-fbank in its librosa mode; None where it has no such mode or is absent."""
    try:
        import kaldi_native_fbank as knf
    except ImportError:
        return None
    if case["log_floor"] < 1e-7:
        return None  # its single precision carries noise of that size
    options = knf.FbankOptions()
    frame, mel = options.frame_opts, options.mel_opts
    frame.samp_freq, frame.dither, frame.preemph_coeff, frame.remove_dc_offset = RATE, 0, 0, False
    frame.frame_length_ms = 1000 * case["window_samples"] / RATE
    frame.frame_shift_ms = 1000 * case["hop_samples"] / RATE
    frame.window_type, frame.round_to_power_of_two, frame.snip_edges = "hann", True, True
    mel.num_bins, mel.low_freq, mel.high_freq = case["mel_bands"], case["low_hz"], case["high_hz"]
    mel.is_librosa, mel.norm = True, "slaney" if case["filter_norm"] else ""
    mel.use_slaney_mel_scale = case["mel_scale"] == 0
    options.use_energy, options.use_log_fbank, options.use_power = False, False, case["spectrum"] == 0
    computer = knf.OnlineFbank(options)
    computer.accept_waveform(RATE, samples.astype(np.float32).tolist())
    computer.input_finished()
    energies = np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)]).astype(np.float64)
    log_mel = np.log(np.maximum(energies, case["log_floor"]))
    return log_mel if case["coefficients"] == 0 else scipy.fft.dct(log_mel, norm="ortho")[:, : case["coefficients"]]


JUDGES = {"librosa": with_librosa, "scipy": with_scipy, "kaldi-native-fbank": with_kaldi}


def ours(program, pcm, case, folder, extra=()):
    """Our features of one clip: float, fixed (in units of the logarithm), and the raw Q16."""
    source, out = folder / "clip.pcm", folder / "features"
    pcm.astype("<i2").tofile(source)
    arguments = [f"{key}={value!r}" for key, value in {**case, "sample_rate": RATE}.items()] + list(extra)
    shape = subprocess.run([program, source, out, *arguments], check=True, capture_output=True, text=True).stdout
    shape = tuple(map(int, shape.split()))
    raw = np.fromfile(f"{out}.fixed", "<i4").reshape(shape)
    return np.fromfile(f"{out}.float", "<f4").reshape(shape), raw / 65536.0, raw


def judge_case(program, name, changes, clips, folder):
    """Compares one specification on all clips with each judge; returns how many comparisons are beyond tolerance."""
    case = {**DEFAULT, **changes}
    beyond = 0
    mine = [ours(program, clip, case, folder) for clip in clips]
    for judge, compute in JUDGES.items():
        theirs = [compute(clip / 32768.0, case) for clip in clips]
        if theirs[0] is None:
            print(f"not run  {judge:18} {name}")
            continue
        for variant, column in (("float", 0), ("fixed", 1)):
            off = np.abs(np.stack([m[column] for m in mine]) - np.stack(theirs))
            good = off.mean() <= TOLERANCE[variant][0] and off.max() <= TOLERANCE[variant][1]
            beyond += not good
            print(f"{'ok      ' if good else 'BEYOND  '} {judge:18} {variant}  mean {off.mean():.2e}  "
                  f"largest {off.max():.2e}  {name}")
    return beyond


def judge_codes(program, clips, folder):
    """int8 codes against round(value / scale) + zero point in double precision: equal but at ties; and fixed against float."""
    beyond = 0
    scale, zero_point = 0.5847029, 83
    equal = total = far = 0
    for clip in clips:
        floats, fixed, raw = ours(program, clip, DEFAULT, folder, (f"scale={scale}", f"zero_point={zero_point}"))
        by_float = np.fromfile(folder / "features.float8", np.int8).reshape(floats.shape).astype(int)
        by_fixed = np.fromfile(folder / "features.fixed8", np.int8).reshape(floats.shape).astype(int)
        for codes, values in ((by_float, floats.astype(np.float64)), (by_fixed, fixed)):
            wanted = np.clip(np.round(values / scale) + zero_point, -128, 127)
            beyond += int(np.abs(codes - wanted).max() > 1) + int((codes != wanted).mean() > 1e-3)
        equal, total = equal + int((by_float == by_fixed).sum()), total + raw.size
        far = max(far, int(np.abs(by_float - by_fixed).max()))
    beyond += far > 1
    print(f"{'BEYOND  ' if beyond else 'ok      '} int8 codes of fixed and float: {equal} of {total} equal, others off by {far}")
    return beyond


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--speech", type=pathlib.Path, help="a folder in the layout of Speech Commands")
    parser.add_argument("--clips", type=int, default=40)
    arguments = parser.parse_args()
    clips = []
    if arguments.speech and arguments.speech.is_dir():
        clips = list(speech_clips(arguments.speech, arguments.clips))[: arguments.clips]
    print(f"{len(clips)} real clips" if clips else f"synthetic clips: {arguments.speech or 'no --speech'} holds no sound")
    clips = clips or list(synthetic_clips(arguments.clips))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        beyond = sum(judge_case(arguments.program, title, changes, clips, folder) for title, changes in CASES.items())
        beyond += judge_codes(arguments.program, clips, folder)
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
