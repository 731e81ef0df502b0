"""Stands between a program and a local engine, passes everything on, and counts the calls.

Counts do not depend on how busy the machine is, and fewer calls are what makes a tool light.
"""

import contextlib
import os
import re
import socket
import tempfile
import threading
from collections import Counter
from pathlib import Path

from .process import Failed

REQUEST = re.compile(rb"(?:^|\n|\})(GET|HEAD|POST|PUT|DELETE) (/\S*) HTTP/1\.1\r\n")
LONGEST = 4096  # of a request line that arrives in parts
# What stands for one thing of many; names of ours have the project's prefix.
NAMED = re.compile(r"/(containers|networks|volumes|images|exec)/(?!(?:json|create|prune)\b)(.+?)(?=/(?:json|start|stop|kill|wait"
                   r"|logs|exec|archive|resize|connect|disconnect|attach|push|tag|history|get)$|$)")


class CountingProxy:
    """Use as a context: `address` is what goes into DOCKER_HOST, `calls` is how often each call was made."""

    def __init__(self):
        host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
        if not host.startswith("unix://"):
            raise Failed("calls can be counted only on a local engine")
        self.engine = host.removeprefix("unix://")
        self.calls: Counter[str] = Counter()
        self.lock = threading.Lock()

    def __enter__(self) -> "CountingProxy":
        self.folder = tempfile.TemporaryDirectory(prefix="dsbench-")
        path = Path(self.folder.name) / "engine.sock"
        self.address = f"unix://{path}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(256)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self.listener.close()
        self.folder.cleanup()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the end
            while True:
                client, _ = self.listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.engine)
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, count: bool) -> None:
        rest = b""
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if count:
                    rest = self._count(rest + piece)
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _count(self, data: bytes) -> bytes:
        end = 0
        for match in REQUEST.finditer(data):
            end = match.end()
            path = re.sub(r"^/v1\.\d+", "", match[2].decode().split("?")[0])
            call = f"{match[1].decode()} " + NAMED.sub(r"/\1/…", path)
            with self.lock:
                self.calls[call] += 1
        return data[max(end, len(data) - LONGEST) :]
