"""A small HTTP server: routes are regular expressions, and a handler returns a status, a type and a body."""

import http.server
import json
import re
import time
import typing
import urllib.parse

from lidar import log

PORT = 8080


class Answer(typing.NamedTuple):
    """What a handler returns."""

    status: int
    kind: str
    body: bytes
    seconds_to_keep: int = 0


def answer_json(value, status=200):
    """An answer in JSON."""
    return Answer(status, "application/json", json.dumps(value, default=str, indent=1).encode() + b"\n")


def answer_error(status, message):
    """An answer that says what is wrong."""
    return answer_json({"error": message}, status)


def serve(name, routes):
    """Serves until the process is told to stop. `routes` has `(method, pattern, handler)`; a handler is called with
    the request and the pattern's groups."""
    compiled = [(method, re.compile(pattern), handler) for method, pattern, handler in routes]
    server = http.server.ThreadingHTTPServer(("", PORT), type("Handler", (Handler,), {"routes": compiled}))
    log.event("listening", component=name, port=PORT)
    server.serve_forever()


class Bounded:
    """A stream's next so many bytes, as a stream."""

    def __init__(self, stream, size):
        self.stream = stream
        self.left = size

    def read(self, most=-1):
        data = self.stream.read(self.left if most < 0 else min(most, self.left))
        self.left -= len(data)
        return data


class Handler(http.server.BaseHTTPRequestHandler):
    """Finds the route of a request and writes its answer."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    routes = ()

    def do_GET(self):
        self.respond()

    def do_POST(self):
        self.respond()

    do_HEAD = do_GET

    def respond(self):
        started = time.monotonic()
        answer = self.find_answer()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Cache-Control", f"max-age={answer.seconds_to_keep}")
        if answer.status >= 400:
            # What was sent and not read would be taken for the next request.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        if self.path != "/healthz" or answer.status != 200:
            milliseconds = round((time.monotonic() - started) * 1000)
            log.event("request", method=self.command, path=self.path, status=answer.status, ms=milliseconds)

    def parameter(self, name, default):
        """A parameter of the query, the first of its name."""
        query = urllib.parse.urlsplit(self.path).query
        return urllib.parse.parse_qs(query).get(name, [default])[0]

    def find_answer(self):
        method = "GET" if self.command == "HEAD" else self.command
        path = self.path.partition("?")[0]
        for wanted, pattern, handler in self.routes:
            match = pattern.fullmatch(path)
            if match and wanted == method:
                try:
                    return handler(self, *match.groups())
                except Exception as error:  # whatever it is, the caller gets an answer and the log a line
                    log.event("error", path=path, error=f"{type(error).__name__}: {error}".strip())
                    return answer_error(503, "not now; the log has the reason")
        return answer_error(404, f"nothing answers to {self.command} {path}")

    def log_message(self, *_arguments):
        """Nothing: requests are logged with their duration, in `respond`."""
