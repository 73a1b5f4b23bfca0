"""Starts one component: `python3 -m lidar COMPONENT`."""

import importlib
import signal
import sys

COMPONENTS = {
    "api": "takes surveys, queues them and hands out what became of them",
    "worker": "turns queued surveys into pictures",
    "viewer": "shows the pictures as a map",
    "migrate": "brings the database's tables up to date",
    "report": "prints what was processed",
    "sample": "sends the sample survey and waits for its pictures",
}


def stop(_signal, _frame):
    """Ends the process at once. Whatever was under way is a transaction, and PostgreSQL undoes it."""
    sys.exit(0)


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in COMPONENTS:
        lines = (f"  {name:8} {purpose}" for name, purpose in COMPONENTS.items())
        sys.exit("\n".join(["usage: lidar COMPONENT", *lines]))
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    importlib.import_module(f"lidar.{arguments[0]}").main()


main(sys.argv[1:])
