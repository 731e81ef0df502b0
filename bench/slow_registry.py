"""A registry on loopback with one image of a given size, served at a given rate, as over a slow line.

It speaks only as much of the distribution API as a pull needs.
"""

import gzip
import hashlib
import http.server
import io
import json
import os
import random
import tarfile
import tempfile
import threading
import time

from . import engine

MEBIBYTE = 1024 * 1024
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CONFIG = "application/vnd.docker.container.image.v1+json"


class SlowRegistry:
    """One image: that of `base`, with so many mebibytes on top that no compressor can make smaller."""

    def __init__(self, base: str, mebibytes: int, rate: int):
        self.base, self.mebibytes, self.rate = base, mebibytes, rate
        self.blobs: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.served = 0.0  # mebibytes, since the start
        self.server: http.server.ThreadingHTTPServer | None = None
        self.manifest = self._make()

    def start(self) -> str:
        """Starts to serve, and says the image's name."""
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{self.server.server_address[1]}/{engine.PREFIX}/app:1"

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def _make(self) -> str:
        """The image's parts; returns the manifest's digest."""
        with tempfile.NamedTemporaryFile() as saved:
            engine.docker("save", "-o", saved.name, self.base)
            with tarfile.open(saved.name) as archive:
                [listed] = json.load(archive.extractfile("manifest.json"))
                config = json.load(archive.extractfile(listed["Config"]))
                layers = [archive.extractfile(name).read() for name in listed["Layers"]]
        layers.append(self._ballast())
        config["rootfs"]["diff_ids"] = [digest_of(layer) for layer in layers]
        config.pop("history", None)  # it would have to name the new layer too
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._add(json.dumps(config).encode(), CONFIG),
            # Random bytes stay what they are: level 1 only wraps them.
            "layers": [self._add(gzip.compress(layer, 1, mtime=0), LAYER) for layer in layers],
        }
        return self._add(json.dumps(manifest).encode(), MANIFEST)["digest"]

    def _ballast(self) -> bytes:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo("ballast")
            entry.size = self.mebibytes * MEBIBYTE
            archive.addfile(entry, io.BytesIO(random.Random(os.urandom(8)).randbytes(entry.size)))
        return packed.getvalue()

    def _add(self, content: bytes, kind: str) -> dict:
        digest = digest_of(content)
        self.blobs[digest], self.types[digest] = content, kind
        return {"mediaType": kind, "size": len(content), "digest": digest}

    def _handler(self) -> type:
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_) -> None:
                pass

            def do_HEAD(self) -> None:
                self.answer(with_body=False)

            def do_GET(self) -> None:
                self.answer(with_body=True)

            def answer(self, with_body: bool) -> None:
                what = self.path.rsplit("/", 1)[-1]
                digest = registry.manifest if self.path.endswith("/manifests/1") else what
                content = b"{}" if self.path == "/v2/" else registry.blobs.get(digest)
                self.send_response(200 if content is not None else 404)
                self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
                self.send_header("Content-Length", str(len(content or b"")))
                if digest in registry.types:
                    self.send_header("Content-Type", registry.types[digest])
                    self.send_header("Docker-Content-Digest", digest)
                self.end_headers()
                if with_body and content:
                    self.send_slowly(content)

            def send_slowly(self, content: bytes) -> None:
                begin, piece = time.monotonic(), 64 * 1024
                for at in range(0, len(content), piece):
                    self.wfile.write(content[at : at + piece])
                    registry.served += min(piece, len(content) - at) / MEBIBYTE
                    due = begin + (at + piece) / (registry.rate * MEBIBYTE)
                    time.sleep(max(0.0, due - time.monotonic()))

        return Handler


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
