"""The shop's products; /healthz says whether all is well."""
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

URL = os.environ["DATABASE_URL"]


class App(BaseHTTPRequestHandler):
    routes = {}

    @classmethod
    def get(cls, path):
        return lambda answer: cls.routes.setdefault(path, answer)

    def do_GET(self):
        answer = self.routes.get(self.path)
        self.send_response(200 if answer else 404)
        self.end_headers()
        self.wfile.write(answer().encode() if answer else b"")


app = App


@app.get("/healthz")
def healthz():
    return "well"


@app.get("/")
def home():
    return URL.rsplit("/", 1)[-1]


HTTPServer(("", 8000), App).serve_forever()
