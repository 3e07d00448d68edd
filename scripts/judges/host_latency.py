#!/usr/bin/env python3
"""How long an inference takes on this machine, in the runtimes that are installed.

    host_latency.py [MODEL.tflite] [MODEL.onnx] [--runs 300] [--threads 1]

Prints one JSON object: {"machine", "threads", "engines": [{"engine", "version", "model", "runs", "milliseconds":
{"p50", "p90", "p99", "mean", "least"}}]}, or {"engine", "not_run"} for what is not installed or refuses the file. The first
tenth of the runs warms up and is not counted. Exit code: 0, or 77 when nothing could run.
"""

import argparse
import importlib.metadata
import json
import platform
import sys
import time

NOT_RUN = 77
WARM_UP = 0.1


def timed(run, runs):
    """Milliseconds of each counted run."""
    for _ in range(max(1, int(runs * WARM_UP))):
        run()
    taken = []
    for _ in range(runs):
        start = time.perf_counter_ns()
        run()
        taken.append((time.perf_counter_ns() - start) / 1e6)
    return taken


def percentile(ordered, share):
    """Nearest rank."""
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * len(ordered)) // 100) - 1))]


def summary(taken):
    ordered = sorted(taken)
    return {
        "p50": percentile(ordered, 50),
        "p90": percentile(ordered, 90),
        "p99": percentile(ordered, 99),
        "mean": sum(ordered) / len(ordered),
        "least": ordered[0],
    }


def litert(model, threads):
    import numpy
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=model, num_threads=threads)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    interpreter.set_tensor(source["index"], numpy.zeros(source["shape"], source["dtype"]))
    return interpreter.invoke


def onnxruntime(model, threads):
    import numpy
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    shape = [extent if isinstance(extent, int) else 1 for extent in source.shape]
    kind = {"tensor(float)": numpy.float32, "tensor(int8)": numpy.int8, "tensor(uint8)": numpy.uint8}[source.type]
    feed = {source.name: numpy.zeros(shape, kind)}
    return lambda: session.run(None, feed)


ENGINES = {".tflite": ("LiteRT", "ai-edge-litert", litert), ".onnx": ("ONNX Runtime", "onnxruntime", onnxruntime)}


def measure(model, arguments):
    kind = next((suffix for suffix in ENGINES if model.endswith(suffix)), None)
    if kind is None:
        return {"engine": "?", "model": model, "not_run": "neither a .tflite nor an .onnx file"}
    name, package, prepare = ENGINES[kind]
    told = {"engine": name, "model": model}
    try:
        run = prepare(model, arguments.threads)
        taken = timed(run, arguments.runs)
    except ImportError as missing:
        return {**told, "not_run": "%s is not installed (%s)" % (package, missing)}
    except Exception as problem:  # noqa: BLE001 - the runtimes raise whatever they like on a file they refuse
        return {**told, "not_run": str(problem).splitlines()[0]}
    return {
        **told,
        "version": importlib.metadata.version(package),
        "runs": arguments.runs,
        "milliseconds": summary(taken),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    engines = [measure(model, arguments) for model in arguments.models]
    print(json.dumps({"machine": platform.machine(), "threads": arguments.threads, "engines": engines}))
    return 0 if any("milliseconds" in engine for engine in engines) else NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
