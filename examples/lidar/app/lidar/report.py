"""Prints what was processed, as a table."""

import sys

from lidar import database


def main():
    try:
        with database.transaction() as cursor:
            surveys = database.surveys(cursor)
    except database.LOST as error:
        sys.exit(f"the database doesn't answer: {error}")
    print(f"{'survey':>6}  {'name':24}  {'status':7}  {'points':>10}  {'lowest':>8}  {'highest':>8}  {'seconds':>7}")
    for survey in reversed(surveys):
        print(line(survey))
    done = [survey for survey in surveys if survey["status"] == "done"]
    points = sum(survey["facts"]["points"] for survey in done)
    print(f"{len(done)} of {len(surveys)} surveys are done: {points} points")


def line(survey):
    """A survey's line of the table; what isn't known yet stays empty."""
    facts = survey["facts"]
    numbers = ("", "", "")
    if facts:
        numbers = (facts["points"], facts["bounds"]["min"][2], facts["bounds"]["max"][2])
    points, lowest, highest = numbers
    seconds = "" if survey["seconds"] is None else f"{survey['seconds']:.2f}"
    return (
        f"{survey['id']:6}  {survey['name'][:24]:24}  {survey['status']:7}  "
        f"{points:>10}  {lowest:>8}  {highest:>8}  {seconds:>7}"
    )
