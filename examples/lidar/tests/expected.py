#!/usr/bin/env python3
"""Writes expected.json: what the pictures of data/autzen.laz must show, found without any of the worker's code.

    python3 -m pip install laspy lazrs scipy && tests/expected.py

The worker takes the highest point of each cell and fills gaps by averages over ever larger squares. Here the surface is
another one: triangles between the points (Delaunay), cut at the middles of the cells, and lit by the textbook's formula
from slope and aspect. Where points are dense and the ground is bare the two must agree; the windows are such places,
chosen by looking at the picture: some level, one that faces the sun and one that faces away from it.
"""

import hashlib
import json
import pathlib

import laspy
import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import cKDTree

HERE = pathlib.Path(__file__).parent
SAMPLE = HERE.parent / "data" / "autzen.laz"
CELL = 1.5

#: Windows of the picture: left, top, width, height in pixels.
BARE = {
    "level field": (120, 150, 100, 180),
    "level ground in the oval": (290, 260, 80, 60),
    "bank that faces the sun": (264, 176, 8, 32),
    "bank that faces away": (416, 224, 8, 64),
}
TREES = {"row of trees": (130, 85, 70, 55)}
EMPTY = {"outside, south-west": (0, 280, 35, 90), "outside, north-east": (550, 0, 200, 20)}

#: Places where the elevation is asked for: columns and rows of cells that have points.
PLACES = {
    "field": (170, 240),
    "oval": (330, 291),
    "footbridge": (318, 99),
    "crown of a tree": (150, 127),
    "bank": (269, 190),
}


def main():
    file = laspy.read(SAMPLE)
    x, y, z = (np.asarray(file[axis]) for axis in "xyz")
    width, height = (int((axis.max() - axis.min()) // CELL) + 1 for axis in (x, y))
    grey = shade(x, y, z, width, height)
    expected = {
        "file": {"name": SAMPLE.name, "bytes": SAMPLE.stat().st_size, "sha256": sha256(SAMPLE)},
        "facts": {
            "points": len(z),
            "bounds": {"min": [round(float(a.min()), 2) for a in (x, y, z)],
                       "max": [round(float(a.max()), 2) for a in (x, y, z)]},
            "elevation_mean": round(float(z.mean()), 3),
            "cell": CELL, "width": width, "height": height,
        },
        "elevations": [highest(name, place, x, y, z) for name, place in PLACES.items()],
        "hillshade": [
            *(bare(name, window, grey) for name, window in BARE.items()),
            *({**box(name, window), "deviation_at_least": 40} for name, window in TREES.items()),
            *(empty(name, window, x, y) for name, window in EMPTY.items()),
        ],
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


def shade(x, y, z, width, height):
    """The relief under a sun in the north-west, 45 degrees high, from 0 to 255."""
    surface = LinearNDInterpolator(np.c_[x - x.min(), y.max() - y], z)
    east, south = np.meshgrid((np.arange(width) + 0.5) * CELL, (np.arange(height) + 0.5) * CELL)
    down, right = np.gradient(surface(east, south), CELL)
    slope, facing = np.arctan(np.hypot(right, down)), np.arctan2(-right, down)  # facing: from north, clockwise
    zenith, azimuth = np.radians(45), np.radians(315)
    light = np.cos(zenith) * np.cos(slope) + np.sin(zenith) * np.sin(slope) * np.cos(azimuth - facing)
    return np.clip(light, 0, 1) * 255


def bare(name, window, grey):
    left, top, width, height = window
    mean = grey[top:top + height, left:left + width].mean()
    return {**box(name, window), "mean": round(float(mean), 1), "tolerance": 4.0}


def empty(name, window, x, y):
    """A window so far from every point that no filling of gaps reaches it."""
    left, top, width, height = window
    columns, rows = np.meshgrid(np.arange(left, left + width), np.arange(top, top + height))
    middles = np.c_[(columns.ravel() + 0.5) * CELL, (rows.ravel() + 0.5) * CELL]
    nearest = cKDTree(np.c_[x - x.min(), y.max() - y]).query(middles)[0].min()
    return {**box(name, window), "transparent": True, "cells_to_nearest_point": round(float(nearest / CELL), 1)}


def box(name, window):
    return {"name": name, **dict(zip(("left", "top", "width", "height"), window))}


def highest(name, place, x, y, z):
    """The highest point of a cell, and the middle of the cell in the survey's coordinates."""
    column, row = place
    west, north = x.min() + column * CELL, y.max() - row * CELL
    inside = (x >= west) & (x < west + CELL) & (y <= north) & (y > north - CELL)
    assert inside.any(), f"{name}: no point is in that cell"
    return {"name": name, "x": round(float(west + CELL / 2), 2), "y": round(float(north - CELL / 2), 2),
            "elevation": round(float(z[inside].max()), 2), "tolerance": 0.01}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
