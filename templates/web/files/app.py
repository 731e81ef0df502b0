"""An application to begin with: a page that counts its visits in Postgres and in Redis."""

import os
import signal
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import redis

memory = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=3, socket_connect_timeout=3)


def database():
    return psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=3)


def page() -> str:
    with database() as connection:
        connection.execute("insert into visits default values")
        [total] = connection.execute("select count(*) from visits").fetchone()
    return f"{total} visits in Postgres, {memory.incr('visits')} visits in Redis\n"


def healthz() -> str:
    with database() as connection:
        connection.execute("select 1")
    memory.ping()
    return "ok\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = {"/": page, "/healthz": healthz}.get(self.path)
        try:
            status, text = (HTTPStatus.OK, answer()) if answer else (HTTPStatus.NOT_FOUND, "not found\n")
        except (psycopg.Error, redis.RedisError) as error:
            status, text = HTTPStatus.SERVICE_UNAVAILABLE, f"{error}\n"
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with database() as connection:
        connection.execute("create table if not exists visits (at timestamptz not null default now())")
    ThreadingHTTPServer(("", 8000), Handler).serve_forever()
