"""Counts visits in Redis, and says so over HTTP."""
import os
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlparse

REDIS = urlparse(os.environ["REDIS_URL"])
DATABASE = urlparse(os.environ["DATABASE_URL"])


def visits():
    with socket.create_connection((REDIS.hostname, REDIS.port), 5) as connection:
        connection.sendall(b"INCR visits\r\n")
        return connection.recv(100).decode().strip(":\r\n")


def database_answers():
    socket.create_connection((DATABASE.hostname, DATABASE.port), 5).close()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        database_answers()
        body = f"visit {visits()} in {os.environ['SHOP_NAME']}\n".encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", int(os.environ["PORT"])), Handler).serve_forever()
