"""Turns queued surveys into pictures: one at a time, as many workers side by side as there are."""

import pathlib
import select
import time

import psycopg2

from lidar import database, log, pictures, terrain

UPLOADS = pathlib.Path("/var/lib/lidar")
ALIVE = pathlib.Path("/tmp/worker-alive")

#: How long a worker waits to be woken before it looks by itself, in seconds.
PATIENCE = 5


def main():
    log.event("waiting", component="worker")
    while True:
        try:
            work()
        except psycopg2.OperationalError as error:
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
        started = time.monotonic()
        try:
            surface = terrain.read_surface(UPLOADS / f"{survey['id']}.las")
        except terrain.Unreadable as error:
            database.fail(cursor, survey["id"], str(error))
            log.event("failed", survey=survey["id"], reason=error)
            return True
        store(cursor, survey["id"], surface)
        seconds = round(time.monotonic() - started, 2)
        database.finish(cursor, survey["id"], surface.facts, seconds)
    log.event("processed", survey=survey["id"], points=surface.facts["points"], seconds=seconds)
    return True


def store(cursor, number, surface):
    """Keeps the surface, and every layer drawn of it, whole and in tiles."""
    database.store_surface(cursor, number, surface.known().astype("<f4").tobytes())
    for layer, draw in pictures.LAYERS.items():
        picture = draw(surface)
        database.store_picture(cursor, number, layer, pictures.encode(picture))
        database.store_tiles(cursor, number, layer, pictures.cut(picture))
