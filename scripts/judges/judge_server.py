#!/usr/bin/env python3
"""Starts a server export on loopback, sends golden samples to it over many connections at once, and compares the answers.

    judge_server.py FOLDER GOLDEN.npz [--json] [--clients 8] [--most 64]

GOLDEN.npz is golden_ort.npz of a quantized model (int8 codes x, channels last, and outputs y of the twin in the arithmetic
ort_f32_even), else golden_float.npz. Passed: every answer is that of the twin, to the byte (float: within 1e-4), whether the
sample was computed alone or in a batch; a body of a wrong size is refused with 422 and spoils nobody else's batch; and where
the model hears, the test signal sent as sound is answered as its features are. Where it tells anomalies, every score is the error
that a device computes of the golden input and output, to the last bit, and the verdict is the threshold's.

Exit code: 0 agreement, 3 disagreement, 2 a folder that cannot be used, 77 the server's packages are not installed.
"""

import argparse
import json
import pathlib
import sys
import threading

import server_process

NOT_INSTALLED = 77
DISAGREES = 3
UNUSABLE = 2
JUDGE = "mosec"
FLOAT_TOLERANCE = 1e-4


class Client(threading.Thread):
    """Sends its share of the samples, and a wrong body now and then, over one connection."""

    def __init__(self, server, bodies, places):
        super().__init__(daemon=True)
        self.server, self.bodies, self.places = server, bodies, places
        self.answers, self.problem = {}, None

    def run(self):
        try:
            connection = self.server.connect()
            for turn, place in enumerate(self.places):
                status, text = server_process.ask(connection, "/features", self.bodies[place])
                if status != 200:
                    raise ValueError("a sample is answered with %d: %s" % (status, text))
                self.answers[place] = json.loads(text)
                if turn % 5 == 0:
                    status, text = server_process.ask(connection, "/features", b"wrong")
                    if status != 422:
                        raise ValueError("a body of 5 bytes is answered with %d: %s" % (status, text))
        except Exception as problem:  # noqa: BLE001 - handed to the main thread
            self.problem = problem


def answers(numpy, server, bodies, clients):
    """Of every body the outputs, [samples, outputs], and the whole answers: sent one after the other, or by so many clients at once."""
    working = [Client(server, bodies, range(first, len(bodies), clients)) for first in range(clients)]
    for client in working:
        client.start()
    for client in working:
        client.join()
        if client.problem:
            raise client.problem
    found = {place: answer for client in working for place, answer in client.answers.items()}
    whole = [found[place] for place in range(len(bodies))]
    return numpy.array([answer["outputs"] for answer in whole], numpy.float32), whole


def compared(numpy, model, logits, expected):
    """What the verdict says of some answers."""
    if model["quantized"]:
        codes = numpy.rint(logits / numpy.float32(model["output"]["scale"])) + model["output"]["zero_point"]
        gap = numpy.abs(codes - expected.astype(numpy.float32))
        return {"max_lsb": int(gap.max()), "differing": int(numpy.count_nonzero(gap)), "outputs": int(gap.size)}
    gap = numpy.abs(logits - expected)
    return {"max_difference": float(gap.max()), "differing": int(numpy.count_nonzero(~(gap <= FLOAT_TOLERANCE))),
            "outputs": int(gap.size)}  # fmt: skip


def error_of(model, given, got):
    """Of int8 codes, channels last, in integers, as device_runtime/reconstruction_error.c computes it; of floats in float64."""
    if not model["quantized"]:
        return sum((float(y) - float(x)) ** 2 for x, y in zip(given, got)) / len(given)
    anomaly, from_input, from_output = model["anomaly"], model["input"]["zero_point"], model["output"]["zero_point"]
    squares = (((int(y) - from_output) * anomaly["output_multiplier"] - (int(x) - from_input) * anomaly["input_multiplier"]) ** 2
               for x, y in zip(given, got))  # fmt: skip
    return sum(squares) // len(given) * anomaly["unit"]


def wrong_verdicts(model, inputs, expected, whole):
    """How many answers tell another score or label than the golden samples have."""
    wrong, threshold = 0, model["anomaly"]["threshold"]
    for given, got, answer in zip(inputs, expected, whole):
        score = error_of(model, given.reshape(-1), got.reshape(-1))
        near = answer["score"] == score if model["quantized"] else abs(answer["score"] - score) <= FLOAT_TOLERANCE * score
        label = "anomalous" if answer["score"] > threshold else "normal"
        wrong += not near or (answer["label"], answer["threshold"], answer["windows"]) != (label, threshold, 1)
    return wrong


def test_signal(numpy, count):
    """exporting/c/front_end_source.h's: a tone whose pitch rises, and some noise."""
    signal = []
    for index in range(count):
        phase = (index * (index // 4 + 900)) & 0xFFFF
        tone = (phase if phase < 0x8000 else 0xFFFF - phase) - 0x4000
        noise = (((index * 1664525 + 1013904223) & 0xFFFFFFFF) >> 22) - 512
        signal.append(tone + noise)
    return numpy.array(signal, "<i2").tobytes()


def sound(numpy, server, model, folder):
    """Words on how the model hears; raises ValueError where it does so otherwise than in training."""
    if "sound" not in model:
        return "no front end for sound"
    connection = server.connect()
    status, heard = server_process.ask(connection, "/sound", test_signal(numpy, model["sound"]["samples"]))
    if status == 404:
        reason = [line for line in server.log().splitlines() if "/sound is not served" in line]
        raise ValueError(reason[-1] if reason else "/sound is not served")
    features = (folder / "front_end" / "known_features.bin").read_bytes()
    expected = server_process.ask(connection, "/features", features)
    if (status, heard) != expected:
        raise ValueError("the test signal is answered as sound with %r, as features with %r" % ((status, heard), expected))
    if "stride" in model["sound"]:
        two = test_signal(numpy, model["sound"]["samples"] + model["sound"]["stride"])
        status, text = server_process.ask(connection, "/sound", two)
        if status != 200 or json.loads(text).get("windows") != 2:
            raise ValueError("a sound of two windows is answered with %d: %s" % (status, text))
    status, text = server_process.ask(connection, "/sound", b"odd")
    if status != 422:
        raise ValueError("3 bytes of sound are answered with %d: %s" % (status, text))
    return "sound as in training"


def judge(arguments, numpy, version):
    folder = pathlib.Path(arguments.folder)
    model = server_process.description(folder)
    with numpy.load(arguments.golden, allow_pickle=False) as golden:
        inputs, expected = golden["x"][: arguments.most], golden["y"][: arguments.most]
    wanted = numpy.int8 if model["quantized"] else numpy.float32
    if inputs.dtype != wanted or len(inputs) != len(expected) or not len(inputs):
        raise ValueError("x and y must hold as many samples, x of %s, at least one" % wanted.__name__)
    in_order = expected
    if model["quantized"] and expected.ndim == 4:  # the twin's are channels last
        expected = expected.transpose(0, 3, 1, 2)
    expected = expected.reshape(len(expected), -1)
    bodies = [numpy.ascontiguousarray(sample).tobytes() for sample in inputs]
    with server_process.ServerProcess(folder, "--max-batch", 8, "--batch-wait", 20) as server:
        alone, _ = answers(numpy, server, bodies, 1)
        samples, batches = server_process.mean_batch(server.connect())
        together, whole = answers(numpy, server, bodies, arguments.clients)
        all_samples, all_batches = server_process.mean_batch(server.connect())
        hears = sound(numpy, server, model, folder)
    found = [compared(numpy, model, logits, expected) for logits in (alone, together)]
    worst = max(found, key=lambda one: one["differing"])
    mean = (all_samples - samples) / max(1.0, all_batches - batches)
    verdict = {"artifact": arguments.folder, "judge": JUDGE, "version": version, "samples": len(bodies), **worst,
               "mean_batch": mean, "passed": worst["differing"] == 0}  # fmt: skip
    same = numpy.array_equal(alone, together) if model["quantized"] else numpy.abs(alone - together).max() <= FLOAT_TOLERANCE
    verdict["reason"] = "one by one, and by %d clients in batches of %.1f on average; %s" % (arguments.clients, mean, hears)
    verdict["reason"] += "; scores as on the device" if "anomaly" in model else ""
    if not same:
        verdict.update(passed=False, reason="a sample is answered otherwise in a batch than alone")
    elif worst["differing"]:
        verdict["reason"] = "%d of %d outputs differ" % (worst["differing"], worst["outputs"])
    elif "anomaly" in model and (wrong := wrong_verdicts(model, inputs, in_order, whole)):
        verdict.update(passed=False, reason="%d of %d scores or verdicts are not the device's" % (wrong, len(bodies)))
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder")
    parser.add_argument("golden")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--most", type=int, default=64, help="samples")
    arguments = parser.parse_args()
    try:
        import numpy

        version = server_process.engine_version()
    except (ImportError, server_process.NotInstalled) as missing:
        print(json.dumps({"judge": JUDGE, "not_run": str(missing)}) if arguments.json else "not run: %s" % missing)
        return NOT_INSTALLED
    try:
        verdict = judge(arguments, numpy, version)
    except server_process.NotServing as problem:
        verdict = {"artifact": arguments.folder, "judge": JUDGE, "version": version, "passed": False,
                   "reason": "the server does not start: %s" % problem}  # fmt: skip
    except ValueError as problem:
        verdict = {"artifact": arguments.folder, "judge": JUDGE, "version": version, "passed": False, "reason": str(problem)}
    except (OSError, KeyError) as problem:
        print("judge_server.py: %s: %s" % (arguments.folder, problem), file=sys.stderr)
        return UNUSABLE
    print(json.dumps(verdict) if arguments.json else "%(artifact)s: %(reason)s" % verdict)
    return 0 if verdict["passed"] else DISAGREES


if __name__ == "__main__":
    sys.exit(main())
