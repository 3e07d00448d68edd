"""A server export, running: started on a free port of loopback, asked over connections that stay open, ended without a trace.

For judge_server.py, server_load.py and tests. Standard library only; what the server needs is its own matter."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

PATIENCE = 60  # seconds to start
ATTEMPTS = 3  # another process may take a free port before the server does


class NotInstalled(Exception):
    """The engine's packages are not there."""


class NotServing(Exception):
    """The server did not start; what it said."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def engine_version(python=sys.executable):
    """"0.9.8"; raises NotInstalled."""
    code = "import importlib.metadata, mosec, numpy, onnxruntime; print(importlib.metadata.version('mosec'))"
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    if asked.returncode:
        raise NotInstalled((asked.stderr.strip() or "no mosec").splitlines()[-1])
    return asked.stdout.strip()


class ServerProcess:
    """`with ServerProcess(folder, "--max-batch", "8") as server:`; `server.port`, and what it said in `server.log()`."""

    def __init__(self, folder, *arguments, python=sys.executable):
        self.folder, self.arguments, self.python = pathlib.Path(folder), [str(a) for a in arguments], python
        self.port, self.process = None, None
        self.messages = tempfile.TemporaryFile(mode="w+")

    def log(self):
        self.messages.seek(0)
        return self.messages.read()

    def __enter__(self):
        try:
            for attempt in range(ATTEMPTS):
                if self._start():
                    return self
                if "in use" not in self.log() or attempt + 1 == ATTEMPTS:
                    break
            raise NotServing((self.log().strip() or "it said nothing").splitlines()[-1])
        except BaseException:
            self.__exit__()
            raise

    def _start(self):
        self.port = free_port()
        command = [self.python, str(self.folder / "server.py"), "--port", str(self.port), "--log-level", "warning", *self.arguments]
        # A group of its own, so that nothing of it is left whatever happens to its parts.
        self.process = subprocess.Popen(command, stdout=self.messages, stderr=self.messages, stdin=subprocess.DEVNULL,
                                        start_new_session=True)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            if self._answers():
                return True
            time.sleep(0.05)
        return False

    def _answers(self):
        """Serving is more than a port that is open: every way in must have reached its workers."""
        zeros = bytes(4 * elements_of(description(self.folder)))
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.request("POST", "/features", zeros)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def __exit__(self, *_):
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    pass
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        self.messages.close()

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)


def description(folder):
    """model.json."""
    return json.loads((pathlib.Path(folder) / "model.json").read_text())


def elements_of(model):
    count = 1
    for extent in model["input"]["shape"]:
        count *= extent
    return count


def ask(connection, route, body):
    """(status, text of the answer)."""
    connection.request("POST", route, body, {"Content-Type": "application/octet-stream"})
    response = connection.getresponse()
    return response.status, response.read().decode()


def mean_batch(connection):
    """Samples and batches that the model's stage has computed so far, from /metrics: (samples, batches)."""
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    totals = {}
    for line in text.splitlines():
        for name in ("batch_size_sum", "batch_size_count"):
            if name in line and "Model_" in line and not line.startswith("#"):
                totals[name] = totals.get(name, 0.0) + float(line.rsplit(" ", 1)[1])
    return totals.get("batch_size_sum", 0.0), totals.get("batch_size_count", 0.0)
