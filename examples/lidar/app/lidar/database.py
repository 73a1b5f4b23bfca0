"""The database: surveys, which are the queue as well, and the pictures made of them."""

import contextlib
import struct

import psycopg2
import psycopg2.extras

from lidar import settings

#: What is raised when the database can't be reached, and when it goes away in the middle of something.
LOST = (psycopg2.OperationalError, psycopg2.InterfaceError)

#: What is told of a survey. Its points stay in the volume, its pictures in their own tables.
COLUMNS = "id, name, bytes, status, reason, uploaded_at, finished_at, seconds, facts"


@contextlib.contextmanager
def transaction():
    """A connection with one transaction, which is undone if the block fails."""
    connection = connect()
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def connect():
    """A new connection, whose rows are dictionaries."""
    return psycopg2.connect(
        settings.required("DATABASE_URL"), connect_timeout=5, cursor_factory=psycopg2.extras.RealDictCursor
    )


def add_survey(cursor, name, size):
    """Queues a survey and wakes the workers when the transaction ends. Returns its number."""
    cursor.execute("INSERT INTO survey (name, bytes) VALUES (%s, %s) RETURNING id", (name, size))
    number = cursor.fetchone()["id"]
    cursor.execute("NOTIFY queue")
    return number


def surveys(cursor):
    """Every survey, the newest first."""
    cursor.execute(f"SELECT {COLUMNS} FROM survey ORDER BY id DESC")
    return cursor.fetchall()


def survey(cursor, number):
    """One survey, or nothing."""
    cursor.execute(f"SELECT {COLUMNS} FROM survey WHERE id = %s", (number,))
    return cursor.fetchone()


def queue_depth(cursor):
    """How many surveys wait or are being worked on."""
    cursor.execute("SELECT count(*) AS depth FROM survey WHERE status = 'queued'")
    return cursor.fetchone()["depth"]


def claim(cursor):
    """The oldest survey that no other worker has, or nothing. It is this worker's until the transaction ends, however
    that happens: a worker that is killed gives its survey back."""
    cursor.execute(
        "SELECT id, name FROM survey WHERE status = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return cursor.fetchone()


def finish(cursor, number, facts, seconds):
    """Records what became of a survey."""
    cursor.execute(
        "UPDATE survey SET status = 'done', facts = %s, seconds = %s, finished_at = clock_timestamp() WHERE id = %s",
        (psycopg2.extras.Json(facts), seconds, number),
    )


def fail(cursor, number, reason):
    """Records why nothing became of a survey."""
    cursor.execute(
        "UPDATE survey SET status = 'failed', reason = %s, finished_at = clock_timestamp() WHERE id = %s",
        (reason, number),
    )


def store_picture(cursor, number, layer, png):
    """Keeps a whole picture."""
    cursor.execute("INSERT INTO picture (survey, layer, png) VALUES (%s, %s, %s)", (number, layer, png))


def store_tiles(cursor, number, layer, tiles):
    """Keeps the tiles of a picture: `(zoom, column, row, png)`."""
    rows = [(number, layer, *tile) for tile in tiles]
    psycopg2.extras.execute_values(
        cursor, "INSERT INTO tile (survey, layer, zoom, x, y, png) VALUES %s", rows, page_size=50
    )


def store_surface(cursor, number, elevations):
    """Keeps a surface's elevations as bytes."""
    cursor.execute("INSERT INTO surface VALUES (%s, %s)", (number, elevations))


def elevation(cursor, number, cell):
    """The elevation of a surface's so-manieth cell: nothing if there is no such surface, `nan` if it isn't known."""
    cursor.execute("SELECT substring(elevations FROM %s FOR 4) AS bytes FROM surface WHERE survey = %s",
                   (cell * 4 + 1, number))
    row = cursor.fetchone()
    return struct.unpack("<f", row["bytes"])[0] if row else None


def picture(cursor, number, layer):
    """A whole picture, or nothing."""
    cursor.execute("SELECT png FROM picture WHERE survey = %s AND layer = %s", (number, layer))
    return png(cursor)


def tile(cursor, number, layer, place):
    """The tile at `(zoom, column, row)`, or nothing."""
    cursor.execute(
        "SELECT png FROM tile WHERE survey = %s AND layer = %s AND zoom = %s AND x = %s AND y = %s",
        (number, layer, *place),
    )
    return png(cursor)


def png(cursor):
    row = cursor.fetchone()
    return bytes(row["png"]) if row else None
