"""Takes surveys, queues them and hands out what became of them."""

import math
import os
import pathlib
import shutil

from lidar import database, settings, web

UPLOADS = pathlib.Path("/var/lib/lidar")
LAYERS = "hillshade|elevation"
PICTURE_SECONDS = 3600


def main():
    web.serve("api", [
        ("GET", "/healthz", healthz),
        ("GET", "/queue/depth", queue_depth),
        ("POST", "/surveys", upload),
        ("GET", "/surveys", list_surveys),
        ("GET", r"/surveys/(\d{1,9})", show_survey),
        ("GET", r"/surveys/(\d{1,9})/at", show_elevation),
        ("GET", rf"/surveys/(\d{{1,9}})/({LAYERS})\.png", show_picture),
        ("GET", rf"/surveys/(\d{{1,9}})/({LAYERS})/(\d{{1,2}})/(\d{{1,6}})/(\d{{1,6}})\.png", show_tile),
    ])


def healthz(_request):
    """Well is who can reach the database and finds the tables there."""
    with database.transaction() as cursor:
        return web.answer_json({"status": "ok", "queued": database.queue_depth(cursor)})


def queue_depth(_request):
    with database.transaction() as cursor:
        return web.Answer(200, "text/plain", f"{database.queue_depth(cursor)}\n".encode())


def upload(request):
    """Keeps the points in the volume first and queues them then, so that what is queued is there."""
    most = settings.number("UPLOAD_MOST_MB", 256)
    size = request.headers.get("Content-Length", "")
    if not size.isdigit():
        return web.answer_error(411, "send the survey with a Content-Length")
    if int(size) > most * 1024 * 1024:
        return web.answer_error(413, f"a survey may have {most} MB at most")
    beginning = request.rfile.read(min(4, int(size)))
    if beginning != b"LASF":
        skip(request.rfile, int(size) - len(beginning))
        return web.answer_error(415, "a survey is a LAS or LAZ file; this doesn't begin with LASF")
    name = request.parameter("name", "survey")[:100]
    with database.transaction() as cursor:
        number = database.add_survey(cursor, name, int(size))
        store_points(number, beginning, request.rfile, int(size))
    return web.answer_json({"id": number, "path": f"/surveys/{number}"}, 202)


def store_points(number, beginning, body, size):
    """Writes a survey's points beside their place, and moves them there once they are complete and on the disk."""
    unfinished = UPLOADS / f"{number}.part"
    with unfinished.open("wb") as file:
        file.write(beginning)
        shutil.copyfileobj(web.Bounded(body, size - len(beginning)), file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())
    if unfinished.stat().st_size != size:
        unfinished.unlink()
        raise ConnectionError(f"the upload of survey {number} was cut short")
    unfinished.rename(UPLOADS / f"{number}.las")


def skip(body, size):
    """Reads what is left of a body: an answer to a sender that is still sending may get lost."""
    rest = web.Bounded(body, size)
    while rest.read(1 << 20):
        pass


def list_surveys(_request):
    with database.transaction() as cursor:
        return web.answer_json(database.surveys(cursor))


def show_survey(_request, number):
    with database.transaction() as cursor:
        survey = database.survey(cursor, number)
    return web.answer_json(survey) if survey else web.answer_error(404, f"there is no survey {number}")


def show_elevation(request, number):
    """The elevation at `?x=...&y=...`, in the survey's coordinates; `null` where it isn't known."""
    try:
        x, y = (float(request.parameter(axis, "")) for axis in "xy")
    except ValueError:
        return web.answer_error(400, "say where, as ?x=...&y=... in the survey's coordinates")
    with database.transaction() as cursor:
        survey = database.survey(cursor, number)
        if not survey or survey["status"] != "done":
            return web.answer_error(404, f"there is no survey {number} that is done")
        facts = survey["facts"]
        column = math.floor((x - facts["bounds"]["min"][0]) / facts["cell"])
        row = math.floor((facts["bounds"]["max"][1] - y) / facts["cell"])
        if not (0 <= column < facts["width"] and 0 <= row < facts["height"]):
            return web.answer_error(404, "that is outside of the survey")
        elevation = database.elevation(cursor, number, row * facts["width"] + column)
    return web.answer_json({"elevation": None if math.isnan(elevation) else round(elevation, 3)})


def show_picture(_request, number, layer):
    with database.transaction() as cursor:
        return answer_png(database.picture(cursor, number, layer), f"survey {number} has no {layer}")


def show_tile(_request, number, layer, *place):
    with database.transaction() as cursor:
        return answer_png(database.tile(cursor, number, layer, place), f"survey {number} has no such tile")


def answer_png(png, missing):
    return web.Answer(200, "image/png", png, PICTURE_SECONDS) if png else web.answer_error(404, missing)
