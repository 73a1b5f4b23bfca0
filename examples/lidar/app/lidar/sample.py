"""Sends the sample survey to the api, waits for its pictures and prints where they are."""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

from lidar import log, settings

SAMPLE = pathlib.Path(__file__).parent.parent / "data" / "autzen.laz"

#: How long the pictures may take, in seconds.
PATIENCE = 120


def main():
    api = settings.required("API_URL")
    survey = ask(f"{api}/surveys?name={SAMPLE.stem}", SAMPLE.read_bytes())
    log.event("sent", survey=survey["id"], bytes=SAMPLE.stat().st_size)
    deadline = time.monotonic() + PATIENCE
    while survey.get("status") not in ("done", "failed"):
        if time.monotonic() > deadline:
            sys.exit(f"survey {survey['id']} is still in the queue after {PATIENCE} s: is a worker running?")
        time.sleep(0.2)
        survey = ask(f"{api}/surveys/{survey['id']}")
    if survey["status"] == "failed":
        sys.exit(f"survey {survey['id']} failed: {survey['reason']}")
    log.event("done", survey=survey["id"], points=survey["facts"]["points"], seconds=survey["seconds"])
    print(f"/api/surveys/{survey['id']}/hillshade.png")


def ask(address, body=None):
    """Asks the api, and ends the process with what it says if it refuses."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data=body), timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{address} answers {error.code}: {error.read().decode(errors='replace').strip()}")
    except OSError as error:
        sys.exit(f"{address} doesn't answer: {error}")
