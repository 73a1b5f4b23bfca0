"""Brings the database's tables up to date: every numbered file of SQL that was not applied yet, in order."""

import pathlib
import sys

from lidar import database, log

MIGRATIONS = pathlib.Path(__file__).parent.parent / "migrations"

#: Any number will do, as long as nothing else locks with it: two migrations at once wait for each other.
LOCK = 20141010


def main():
    try:
        migrate()
    except database.LOST as error:
        sys.exit(f"the database doesn't answer: {error}")


def migrate():
    with database.transaction() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
        cursor.execute("CREATE TABLE IF NOT EXISTS migration (name text PRIMARY KEY, applied_at timestamptz NOT NULL)")
        cursor.execute("SELECT name FROM migration")
        applied = {row["name"] for row in cursor.fetchall()}
        missing = [path for path in sorted(MIGRATIONS.glob("*.sql")) if path.stem not in applied]
        for path in missing:
            cursor.execute(path.read_text())
            cursor.execute("INSERT INTO migration VALUES (%s, now())", (path.stem,))
            log.event("migrated", name=path.stem)
    log.event("up-to-date", applied=len(missing), before=len(applied))
