#!/usr/bin/env python3
"""Runs a .tflite file in the runtimes that devices use and compares with golden.npz, byte for byte.

    judge_tflite.py MODEL.tflite GOLDEN.npz [--json] [--no-arena]

GOLDEN.npz holds int8 inputs x [samples, ...] and the integer twin's int8 outputs y [samples, ...]. TensorFlow Lite Micro
must agree in every byte. LiteRT is reported beside it and judges nothing: the fully connected layer of its reference
kernels rounds once where TensorFlow Lite Micro rounds twice, and its default kernels (XNNPACK) compute in float32; how
often they choose the same class is `agreement`.

Exit code: 0 agreement, 3 disagreement, 2 files that cannot be used, 77 the runtimes' packages are not installed.
"""

import argparse
import contextlib
import importlib.metadata
import json
import os
import re
import sys
import tempfile

from int8_outputs import difference

NOT_INSTALLED = 77
DISAGREES = 3
UNUSABLE = 2
LARGEST_ARENA = 64 * 1024 * 1024
ARENA_STEP = 16


def version_of(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


@contextlib.contextmanager
def captured_stderr():
    """Collects what native code writes to standard error; the file object is readable after the block."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile(mode="w+b") as sink:
        os.dup2(sink.fileno(), 2)
        try:
            yield sink
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def run_micro(numpy, runtime, model, inputs):
    """Outputs of every sample, with a fresh look at the buffer each time: the interpreter reuses it."""
    interpreter = runtime.Interpreter.from_bytes(model, arena_size=LARGEST_ARENA)
    outputs = []
    for sample in inputs:
        interpreter.set_input(sample[None], 0)
        interpreter.invoke()
        outputs.append(numpy.array(interpreter.get_output(0)).copy().reshape(-1))
    return numpy.stack(outputs), interpreter


def run_litert(numpy, model, inputs, kernels):
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    resolver = getattr(OpResolverType, kernels)
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    sink = interpreter.get_output_details()[0]["index"]
    outputs = []
    for sample in inputs:
        interpreter.set_tensor(source, sample[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(sink).copy().reshape(-1))
    return numpy.stack(outputs)


def arena_parts(interpreter):
    """Head (activations and scratch) and tail (persistent, inflated by 64-bit pointers) in bytes, as the runtime prints them."""
    with captured_stderr() as sink:
        interpreter.print_allocations()
        sys.stderr.flush()
        sink.seek(0)
        text = sink.read().decode(errors="replace")
    parts = {}
    for key, word in (("total", "total"), ("head", "head"), ("tail", "tail")):
        found = re.search(r"Arena allocation %s (\d+) bytes" % word, text)
        parts[key] = int(found.group(1)) if found else None
    return parts


def fits(runtime, model, size, sample):
    """Tried in a child process: on some sizes that are too small the runtime does not fail but crash."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            interpreter = runtime.Interpreter.from_bytes(model, arena_size=size)
            interpreter.set_input(sample[None], 0)
            interpreter.invoke()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the runtime has no type of its own for "too small"
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def smallest_arena(runtime, model, sample, enough):
    """Least arena in which the model still runs, in bytes, a multiple of 16, by bisection below `enough`."""
    high = -(-enough // ARENA_STEP)
    while not fits(runtime, model, high * ARENA_STEP, sample):
        high *= 2
        if high * ARENA_STEP > LARGEST_ARENA:
            return None
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        if fits(runtime, model, middle * ARENA_STEP, sample):
            high = middle
        else:
            low = middle
    return high * ARENA_STEP


def judge(arguments, numpy, runtime):
    with open(arguments.model, "rb") as file:
        model = file.read()
    with numpy.load(arguments.golden, allow_pickle=False) as golden:
        inputs, expected = golden["x"], golden["y"]
    if inputs.dtype != numpy.int8 or expected.dtype != numpy.int8 or len(inputs) != len(expected) or not len(inputs):
        raise ValueError("x and y must be int8 and hold as many samples, at least one")
    outputs, interpreter = run_micro(numpy, runtime, model, inputs)
    if outputs.shape != expected.reshape(len(expected), -1).shape:
        raise ValueError("y has %s outputs, the model has %s" % (expected[0].size, outputs.shape[1]))
    verdict = {
        "artifact": arguments.model,
        "judge": "tflite-micro",
        "version": version_of("tflite-micro") or version_of("tflite_micro"),
        "samples": int(len(inputs)),
        **difference(numpy, outputs, expected),
    }
    verdict["passed"] = verdict["differing"] == 0
    parts = arena_parts(interpreter)
    verdict["arena_head_bytes"], verdict["arena_tail_bytes"] = parts["head"], parts["tail"]
    verdict["arena_total_bytes"] = parts["total"]
    if arguments.arena:
        verdict["arena_bytes"] = smallest_arena(runtime, model, inputs[0], (parts["total"] or 4096) + 1024)
    verdict["also"] = [
        also_litert(numpy, model, inputs, expected, "litert-builtin-ref", "BUILTIN_REF"),
        also_litert(numpy, model, inputs, expected, "litert-default", "AUTO"),
    ]
    return verdict


def also_litert(numpy, model, inputs, expected, name, kernels):
    beside = {"judge": name, "version": version_of("ai-edge-litert")}
    try:
        with captured_stderr():  # LiteRT greets there
            outputs = run_litert(numpy, model, inputs, kernels)
    except ImportError:
        return {**beside, "not_run": "the package ai-edge-litert is not installed"}
    same = outputs.argmax(1) == expected.reshape(len(expected), -1).argmax(1)
    return {**beside, "samples": int(len(inputs)), **difference(numpy, outputs, expected), "agreement": float(same.mean())}


def tell(verdict):
    print(
        "%s: %s %s: %d samples, %d of %d outputs differ, at most %d LSB; smallest arena %s bytes (head %s)"
        % (
            verdict["artifact"], verdict["judge"], verdict["version"], verdict["samples"], verdict["differing"],
            verdict["outputs"], verdict["max_lsb"], verdict.get("arena_bytes", "?"), verdict["arena_head_bytes"],
        )
    )  # fmt: skip
    for other in verdict["also"]:
        print("  beside: " + json.dumps(other))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("model")
    parser.add_argument("golden")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-arena", dest="arena", action="store_false", help="do not search the smallest arena")
    arguments = parser.parse_args()
    try:
        import numpy
        from tflite_micro import runtime
    except ImportError as missing:
        print(json.dumps({"judge": "tflite-micro", "not_run": str(missing)}) if arguments.json else "not run: %s" % missing)
        return NOT_INSTALLED
    try:
        verdict = judge(arguments, numpy, runtime)
    except Exception as problem:  # noqa: BLE001 - the runtimes raise whatever they like on a file they refuse
        print(json.dumps({"artifact": arguments.model, "judge": "tflite-micro", "passed": False, "error": str(problem)}))
        print("judge_tflite.py: %s: %s" % (arguments.model, problem), file=sys.stderr)
        return UNUSABLE
    print(json.dumps(verdict)) if arguments.json else tell(verdict)
    return 0 if verdict["passed"] else DISAGREES


if __name__ == "__main__":
    sys.exit(main())
