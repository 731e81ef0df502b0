"""Answers on 8000; /healthz says whether all is well."""
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

URL = os.environ["DATABASE_URL"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/", "/healthz") else 404)
        self.end_headers()
        self.wfile.write(URL.encode())


HTTPServer(("", 8000), Handler).serve_forever()
