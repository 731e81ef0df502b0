"""The applications of the five-service stack: `app.py api` answers over HTTP, `app.py worker` counts jobs.

They need their database and cache at once and end if they cannot have them: whoever calls those ready too early is
found out. Python's standard library only, so both protocols are spoken by hand.
"""

import json
import os
import signal
import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def query(sql: str) -> list[str]:
    """The first column of the answer; the server trusts everybody (frontend/backend protocol 3.0)."""
    with socket.create_connection(("db", 5432), timeout=5) as connection:
        stream = connection.makefile("rwb")
        hello = struct.pack("!I", 196608) + b"user\0shop\0database\0shop\0\0"
        stream.write(struct.pack("!I", len(hello) + 4) + hello)
        text = sql.encode() + b"\0"
        stream.write(b"Q" + struct.pack("!I", len(text) + 4) + text)
        stream.flush()
        rows, idle = [], 0
        while idle < 2:  # once after the greeting, once after the answer
            kind = stream.read(1)
            (length,) = struct.unpack("!I", stream.read(4))
            body = stream.read(length - 4)
            if kind == b"E":
                raise RuntimeError(body.decode(errors="replace").replace("\0", " "))
            if kind == b"D":
                (size,) = struct.unpack("!i", body[2:6])
                rows.append(body[6 : 6 + size].decode())
            idle += kind == b"Z"
        return rows


def redis(*words: str) -> str:
    with socket.create_connection(("cache", 6379), timeout=5) as connection:
        stream = connection.makefile("rwb")
        stream.write((" ".join(words) + "\r\n").encode())
        stream.flush()
        answer = stream.readline().decode().strip()
        if answer.startswith("$"):
            return stream.readline().decode().strip() if answer != "$-1" else ""
        if answer.startswith("-"):
            raise RuntimeError(answer)
        return answer[1:]


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/healthz":
            answer = {"one": query("select 1"), "cache": redis("PING")}
        else:
            answer = {
                "orders": int(query("select count(*) from orders")[0]),
                "nonce": query("select nonce from run"),
                "visits": int(redis("INCR", "visits")),
                "jobs": int(redis("GET", "jobs") or 0),
            }
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def api() -> None:
    query("select 1")
    redis("PING")
    server = ThreadingHTTPServer(("", 8000), Api)
    server.daemon_threads = True
    print("listening on port 8000", flush=True)
    server.serve_forever()


def work() -> None:
    query("select count(*) from orders where amount > 500")
    redis("INCR", "jobs")


def worker() -> None:
    work()
    open("/tmp/ready", "w").close()
    while True:
        time.sleep(1)
        # Later troubles pass: the database may be stopped and come again.
        try:
            work()
        except (OSError, RuntimeError, struct.error) as error:
            print(error, flush=True)


if __name__ == "__main__":
    # The first process of a container has no default handling of signals. Many forget: such a service ignores SIGTERM,
    # and is killed ten seconds later.
    if os.environ.get("STOPS") == "politely":
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    {"api": api, "worker": worker}[sys.argv[1]]()
