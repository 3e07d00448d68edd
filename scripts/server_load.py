#!/usr/bin/env python3
"""A server export under load: throughput and latency against the largest batch, for different numbers of clients, on loopback.

    server_load.py RUN [--clients 1,4,16,64] [--max-batch 1,2,4,8,16,32] [--seconds 3] [--batch-wait 2] [--route features]

Each client keeps one connection open and sends its next sample when the answer to the last one is there. The samples are those
of export/golden_ort.npz (golden_float.npz of a float model); --route sound sends a second of noise instead, so that features are
computed as well. Writes RUN/server_load.json and the run's report.html; every answer is held to what the same sample was answered
alone. Clients run on the same machine as the server, and take their share of its processors.

Exit code: 0 done, 1 the server does not start or answers wrongly, 2 the folder cannot be used, 77 packages are not installed.
"""

import argparse
import json
import os
import pathlib
import platform
import random
import selectors
import socket
import statistics
import struct
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "judges"))
import server_process  # noqa: E402

MOST_SAMPLES = 64  # different ones
WARM_UP = 0.2  # of the seconds, before anything is counted


class Connection:
    """One client: its socket, which sample it waits for, and since when."""

    def __init__(self, port, sample):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sample, self.received, self.sent = sample, b"", 0.0

    def send(self, requests):
        self.received, self.sent = b"", time.perf_counter()
        self.socket.sendall(requests[self.sample])

    def answer(self):
        """(status, body) once it is whole, else None."""
        part = self.socket.recv(65536)
        if not part:
            raise ConnectionError("the server closed a connection")
        self.received += part
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.received[:end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        body = self.received[end + 4:]
        return (int(head.split(b" ", 2)[1]), body) if len(body) >= length else None


def requests_of(route, bodies):
    head = "POST /%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n"
    return [(head % (route, len(body))).encode() + body for body in bodies]


def load(port, requests, expected, clients, seconds, same):
    """Latencies in seconds of what was answered after the warm-up, how many answers were wrong, and how long it took."""
    selector = selectors.DefaultSelector()
    connections = [Connection(port, number % len(requests)) for number in range(clients)]
    latencies, errors = [], 0
    begin = time.perf_counter()
    counted, end = begin + WARM_UP * seconds, begin + (1 + WARM_UP) * seconds
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(requests)
    now = begin
    while now < end:
        for key, _ in selector.select(1.0):
            connection = key.data
            answer = connection.answer()
            if answer is None:
                continue
            now = time.perf_counter()
            if now >= counted and now < end:
                latencies.append(now - connection.sent)
                errors += answer[0] != 200 or not same(answer[1], expected[connection.sample])
            connection.sample = (connection.sample + 1) % len(requests)
            connection.send(requests)
        now = time.perf_counter()
    for connection in connections:
        connection.socket.close()
    return latencies, errors, end - counted


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def point_of(server, requests, expected, clients, arguments, same):
    before = server_process.mean_batch(server.connect())
    latencies, errors, seconds = load(server.port, requests, expected, clients, arguments.seconds, same)
    after = server_process.mean_batch(server.connect())
    if not latencies:
        raise server_process.NotServing("no answer came in %.1f s" % seconds)
    latencies.sort()
    batches = after[1] - before[1]  # none are counted where nothing is batched
    milliseconds = {name: round(1000 * percentile(latencies, share), 3) for name, share in
                    (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99))}  # fmt: skip
    return {"clients": clients, "requests": len(latencies), "errors": errors, "per_second": round(len(latencies) / seconds, 1),
            **milliseconds, "mean_ms": round(1000 * statistics.fmean(latencies), 3),
            "mean_batch": round((after[0] - before[0]) / batches, 2) if batches else 1.0}  # fmt: skip


def equality(model):
    """How an answer is compared with that of the same sample alone: int8 by its bytes, floats to 1e-4."""
    if model["quantized"]:
        return lambda found, alone: found == alone

    def near(found, alone):
        pairs = zip(json.loads(found)["outputs"], json.loads(alone)["outputs"])
        return all(abs(one - other) <= 1e-4 for one, other in pairs)

    return near


def bodies_of(run, model, route):
    if route == "sound":
        chance = random.Random(1)
        count = model["sound"]["samples"]
        return [struct.pack("<%dh" % count, *(chance.randrange(-8000, 8000) for _ in range(count))) for _ in range(8)]
    import numpy

    with numpy.load(run / "export" / ("golden_ort.npz" if model["quantized"] else "golden_float.npz")) as golden:
        return [numpy.ascontiguousarray(sample).tobytes() for sample in golden["x"][:MOST_SAMPLES]]


def alone(server, route, bodies):
    connection = server.connect()
    found = [server_process.ask(connection, "/" + route, body) for body in bodies]
    for status, text in found:
        if status != 200:
            raise server_process.NotServing("/%s is answered with %d: %s" % (route, status, text))
    return [text.encode() for _, text in found]


def measured(run, folder, model, arguments):
    """Every point: the server is started once for each size of batch."""
    bodies, points, same = bodies_of(run, model, arguments.route), [], equality(model)
    requests = requests_of(arguments.route, bodies)
    for most in arguments.max_batch:
        options = ["--max-batch", most, "--batch-wait", arguments.batch_wait, "--sound-workers", arguments.sound_workers,
                   "--threads", arguments.threads]  # fmt: skip
        with server_process.ServerProcess(folder, *options) as server:
            expected = alone(server, arguments.route, bodies)
            for clients in arguments.clients:
                point = {"max_batch": most, **point_of(server, requests, expected, clients, arguments, same)}
                points.append(point)
                print("batch %(max_batch)3d  clients %(clients)3d  %(per_second)8.1f/s  p50 %(p50_ms)8.2f ms  p95 %(p95_ms)8.2f ms  "
                      "p99 %(p99_ms)8.2f ms  mean batch %(mean_batch)5.2f  wrong %(errors)d" % point, flush=True)  # fmt: skip
    return points


def machine():
    names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return {"processor": names[0] if names else platform.machine(), "processors": os.cpu_count(), "system": platform.platform(),
            "load_before": os.getloadavg()[0]}  # fmt: skip


def versions(engine):
    import numpy
    import onnxruntime

    return {"mosec": engine, "onnxruntime": onnxruntime.__version__, "numpy": numpy.__version__, "python": platform.python_version()}


def renew_report(run):
    """True where the trainer is there to do it."""
    program = os.environ.get("ESPALIER_TRAINER", str(HERE.parent / "build" / "release" / "trainer"))
    if not os.path.exists(program):
        print("server_load.py: %s is not built: `trainer report %s` shows it" % (program, run))
        return
    subprocess.run([program, "report", str(run)], check=True, stdout=subprocess.DEVNULL)


def numbers(text):
    found = [int(part) for part in text.split(",")]
    if not found or min(found) < 1:
        raise argparse.ArgumentTypeError("numbers of at least 1, with commas between them")
    return found


def arguments_of():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--clients", type=numbers, default=[1, 4, 16, 64])
    parser.add_argument("--max-batch", type=numbers, default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--seconds", type=float, default=3.0, help="that are counted, for each point")
    parser.add_argument("--batch-wait", type=int, default=2, help="milliseconds that a batch waits for more")
    parser.add_argument("--route", choices=("features", "sound"), default="features")
    parser.add_argument("--sound-workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main():
    arguments = arguments_of()
    folder = arguments.run / "export" / "server"
    try:
        engine = server_process.engine_version()
    except server_process.NotInstalled as missing:
        print("server_load.py: %s (scripts/setup.sh --judges)" % missing, file=sys.stderr)
        return 77
    try:
        model = server_process.description(folder)
        if arguments.route == "sound" and "sound" not in model:
            raise ValueError("has no front end for sound")
        result = {"format": 1, "engine": "mosec", "route": arguments.route, "seconds": arguments.seconds,
                  "batch_wait_ms": arguments.batch_wait, "sound_workers": arguments.sound_workers, "threads": arguments.threads,
                  "machine": machine(), "versions": versions(engine)}  # fmt: skip
        result["points"] = measured(arguments.run, folder, model, arguments)
    except server_process.NotServing as problem:
        print("server_load.py: %s: %s" % (folder, problem), file=sys.stderr)
        return 1
    except (OSError, KeyError, ValueError) as problem:
        print("server_load.py: %s: %s (`trainer export RUN --format server` writes it)" % (folder, problem), file=sys.stderr)
        return 2
    target = arguments.run / "server_load.json"
    part = target.with_suffix(".part")
    part.write_text(json.dumps(result, indent=1) + "\n")
    part.replace(target)
    renew_report(arguments.run)
    wrong = sum(point["errors"] for point in result["points"])
    if wrong:
        print("server_load.py: %d answers are not those of the same samples alone" % wrong, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
