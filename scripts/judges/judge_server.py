#!/usr/bin/env python3
"""Starts a server export on loopback, sends golden samples to it over many connections at once, and compares the answers.

    judge_server.py FOLDER GOLDEN.npz [--json] [--clients 8] [--most 64]

GOLDEN.npz is golden_ort.npz of a quantized model (int8 codes x, channels last, and outputs y of the twin in the arithmetic
ort_f32_even), else golden_float.npz. Passed: every answer is that of the twin, to the byte (float: within 1e-4), whether the
sample was computed alone or in a batch; a body of a wrong size is refused with 422 and spoils nobody else's batch; and where
the model hears, the test signal sent as sound is answered as its features are.

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
        self.logits, self.problem = {}, None

    def run(self):
        try:
            connection = self.server.connect()
            for turn, place in enumerate(self.places):
                status, text = server_process.ask(connection, "/features", self.bodies[place])
                if status != 200:
                    raise ValueError("a sample is answered with %d: %s" % (status, text))
                self.logits[place] = json.loads(text)["outputs"]
                if turn % 5 == 0:
                    status, text = server_process.ask(connection, "/features", b"wrong")
                    if status != 422:
                        raise ValueError("a body of 5 bytes is answered with %d: %s" % (status, text))
        except Exception as problem:  # noqa: BLE001 - handed to the main thread
            self.problem = problem


def answers(numpy, server, bodies, clients):
    """Logits of every body, [samples, outputs]: sent one after the other, or by so many clients at once."""
    working = [Client(server, bodies, range(first, len(bodies), clients)) for first in range(clients)]
    for client in working:
        client.start()
    for client in working:
        client.join()
        if client.problem:
            raise client.problem
    found = {place: logits for client in working for place, logits in client.logits.items()}
    return numpy.array([found[place] for place in range(len(bodies))], numpy.float32)


def compared(numpy, model, logits, expected):
    """What the verdict says of some answers."""
    if model["quantized"]:
        codes = numpy.rint(logits / numpy.float32(model["output"]["scale"])) + model["output"]["zero_point"]
        gap = numpy.abs(codes - expected.astype(numpy.float32))
        return {"max_lsb": int(gap.max()), "differing": int(numpy.count_nonzero(gap)), "outputs": int(gap.size)}
    gap = numpy.abs(logits - expected)
    return {"max_difference": float(gap.max()), "differing": int(numpy.count_nonzero(~(gap <= FLOAT_TOLERANCE))),
            "outputs": int(gap.size)}  # fmt: skip


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
    if model["quantized"] and expected.ndim == 4:  # the twin's are channels last
        expected = expected.transpose(0, 3, 1, 2)
    expected = expected.reshape(len(expected), -1)
    bodies = [numpy.ascontiguousarray(sample).tobytes() for sample in inputs]
    with server_process.ServerProcess(folder, "--max-batch", 8, "--batch-wait", 20) as server:
        alone = answers(numpy, server, bodies, 1)
        samples, batches = server_process.mean_batch(server.connect())
        together = answers(numpy, server, bodies, arguments.clients)
        all_samples, all_batches = server_process.mean_batch(server.connect())
        hears = sound(numpy, server, model, folder)
    found = [compared(numpy, model, logits, expected) for logits in (alone, together)]
    worst = max(found, key=lambda one: one["differing"])
    mean = (all_samples - samples) / max(1.0, all_batches - batches)
    verdict = {"artifact": arguments.folder, "judge": JUDGE, "version": version, "samples": len(bodies), **worst,
               "mean_batch": mean, "passed": worst["differing"] == 0}  # fmt: skip
    same = numpy.array_equal(alone, together) if model["quantized"] else numpy.abs(alone - together).max() <= FLOAT_TOLERANCE
    verdict["reason"] = "one by one, and by %d clients in batches of %.1f on average; %s" % (arguments.clients, mean, hears)
    if not same:
        verdict.update(passed=False, reason="a sample is answered otherwise in a batch than alone")
    elif worst["differing"]:
        verdict["reason"] = "%d of %d outputs differ" % (worst["differing"], worst["outputs"])
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
