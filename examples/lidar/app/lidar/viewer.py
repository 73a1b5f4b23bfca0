"""Shows surveys as a map: serves the page, and passes on to the api what the page asks of it."""

import http.client
import pathlib
import urllib.error
import urllib.request

from lidar import settings, web

PAGES = pathlib.Path(__file__).parent.parent / "pages"
KINDS = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

#: How long the api may take to answer, in seconds.
PATIENCE = 60


def main():
    web.serve("viewer", [
        ("GET", "/healthz", healthz),
        ("GET", "/", lambda request: page(request, "index.html")),
        ("GET", r"/([a-z]+\.(?:js|css|svg))", page),
        ("GET", "/api(/.*)", pass_on),
        ("POST", "/api(/surveys)", pass_on),
    ])


def healthz(_request):
    """Well is who has its page. Whether the api is well, the api says."""
    return web.answer_json({"status": "ok"}) if (PAGES / "index.html").is_file() else web.answer_error(500, "no page")


def page(_request, name):
    path = PAGES / name
    if not path.is_file():
        return web.answer_error(404, f"there is no page {name}")
    return web.Answer(200, KINDS[path.suffix], path.read_bytes())


def pass_on(request, path):
    """Asks the api the same, body and all, and gives its answer back."""
    query = request.path.partition("?")[2]
    address = settings.required("API_URL") + path + (f"?{query}" if query else "")
    asked = urllib.request.Request(address, method=request.command)
    if request.command == "POST":
        size = request.headers.get("Content-Length", "0")
        asked.data = web.Bounded(request.rfile, int(size) if size.isdigit() else 0)
        asked.add_header("Content-Length", size)
        asked.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
            return answered(answer)
    except urllib.error.HTTPError as answer:
        return answered(answer)
    except (OSError, http.client.HTTPException) as error:
        return web.answer_error(502, f"the api doesn't answer: {error}")


def answered(answer):
    keep = answer.headers.get("Cache-Control", "").removeprefix("max-age=")
    kind = answer.headers.get("Content-Type", "application/octet-stream")
    return web.Answer(answer.status, kind, answer.read(), int(keep) if keep.isdigit() else 0)
