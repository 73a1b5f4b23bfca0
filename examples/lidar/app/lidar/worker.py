"""Turns queued surveys into pictures: one at a time, as many workers side by side as there are."""

import pathlib
import select
import time

from lidar import database, isolated, log, pictures, settings, terrain

UPLOADS = pathlib.Path("/var/lib/lidar")
ALIVE = pathlib.Path("/tmp/worker-alive")

#: How long a worker waits to be woken before it looks by itself, in seconds.
PATIENCE = 5


def main():
    log.event("waiting", component="worker")
    while True:
        try:
            work()
        except database.LOST as error:
            log.event("database-lost", error=str(error).strip())
            time.sleep(1)


def work():
    """Works as long as the connection lasts."""
    connection = database.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("LISTEN queue")
    while True:
        ALIVE.touch()
        while process_next():
            ALIVE.touch()
        select.select([connection], [], [], PATIENCE)
        connection.poll()
        connection.notifies.clear()


def process_next():
    """Processes the oldest survey in the queue; says whether there was one."""
    with database.transaction() as cursor:
        survey = database.claim(cursor)
        if survey is None:
            return False
        number, started = survey["id"], time.monotonic()
        try:
            product = isolated.run(make, UPLOADS / f"{number}.las", settings.number("SECONDS_MOST", 240))
        except isolated.Failed as error:
            database.fail(cursor, number, str(error))
            log.event("failed", survey=number, reason=error)
            return True
        store(cursor, number, product)
        seconds = round(time.monotonic() - started, 2)
        database.finish(cursor, number, product["facts"], seconds)
    log.event("processed", survey=number, points=product["facts"]["points"], seconds=seconds)
    return True


def make(path):
    """Everything that is made of a survey."""
    surface = terrain.read_surface(path)
    drawn = {layer: draw(surface) for layer, draw in pictures.LAYERS.items()}
    return {
        "facts": surface.facts,
        "elevations": surface.known().astype("<f4").tobytes(),
        "pictures": {layer: pictures.encode(picture) for layer, picture in drawn.items()},
        "tiles": {layer: list(pictures.cut(picture)) for layer, picture in drawn.items()},
    }


def store(cursor, number, product):
    """Keeps what was made."""
    database.store_surface(cursor, number, product["elevations"])
    for layer, png in product["pictures"].items():
        database.store_picture(cursor, number, layer, png)
    for layer, tiles in product["tiles"].items():
        database.store_tiles(cursor, number, layer, tiles)
