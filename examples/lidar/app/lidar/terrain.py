"""Points to a surface: a grid whose cells have the elevation of the highest point in them."""

import math
import typing

import laspy
import numpy as np

#: Cells along the longer side at most.
MOST_CELLS = 2048

#: Sizes of cells that are easy to say, times a power of ten.
ROUND_SIZES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.5)

#: Gaps up to twice this many cells wide are filled; what is wider (water, what lies outside) stays without elevation.
GAP = 20

#: Points that are held in memory at a time.
CHUNK = 1_000_000


class Unreadable(Exception):
    """Nothing can be made of the file; the message says why."""


class Surface(typing.NamedTuple):
    """Elevations, north up, where there are points or points around, and what was found out on the way."""

    elevation: np.ndarray
    seen: np.ndarray
    cell: float
    facts: dict

    def known(self):
        """Elevations, `nan` where there are no points around."""
        return np.where(self.seen, self.elevation, np.nan)


def read_surface(path):
    """Reads a LAS or LAZ file and fills the small gaps between its points."""
    try:
        with laspy.open(path) as file:
            return grid(file)
    except (laspy.errors.LaspyException, OSError, ValueError, RuntimeError) as error:
        raise Unreadable(f"this can't be read as LAS or LAZ: {error}") from error


def grid(file):
    header = file.header
    if header.point_count == 0:
        raise Unreadable("there are no points in it")
    low, high = np.array(header.mins), np.array(header.maxs)
    width, height = (high - low)[:2]
    if not (np.isfinite([low, high]).all() and width > 0 and height > 0):
        raise Unreadable(f"its header gives bounds that span no area: {low} to {high}")
    cell = choose_cell(width, height, header.point_count)
    shape = (max(2, math.floor(height / cell) + 1), max(2, math.floor(width / cell) + 1))
    highest, total = np.full(shape, -np.inf, dtype=np.float64), 0.0
    for points in file.chunk_iterator(CHUNK):
        x, y, z = np.asarray(points.x), np.asarray(points.y), np.asarray(points.z)
        rows = np.floor((high[1] - y) / cell).astype(np.int64)
        columns = np.floor((x - low[0]) / cell).astype(np.int64)
        if rows.min() < 0 or columns.min() < 0 or rows.max() >= shape[0] or columns.max() >= shape[1]:
            raise Unreadable("it has points outside of the bounds that its header gives")
        np.maximum.at(highest, (rows, columns), z)
        total += float(z.sum())
    known = np.isfinite(highest)
    if not known.any():
        raise Unreadable("none of its points has an elevation")
    return Surface(spread(highest, known), close_gaps(known), cell, {
        "points": header.point_count,
        "bounds": {"min": low.round(3).tolist(), "max": high.round(3).tolist()},
        "elevation_mean": round(total / header.point_count, 3),
        "cell": cell,
        "width": shape[1],
        "height": shape[0],
        "cells_with_points": int(known.sum()),
        "las_version": f"{header.version.major}.{header.version.minor}",
    })


def choose_cell(width, height, points):
    """The size of a cell: somewhat under the distance of neighbouring points, rounded to a size that is easy to say."""
    wanted = max(math.sqrt(width * height / points) / 1.5, max(width, height) / MOST_CELLS)
    power = 10.0 ** math.floor(math.log10(wanted))
    sizes = [size * power for size in ROUND_SIZES] + [10.0 * power]
    cell = min(sizes, key=lambda size: abs(math.log(size / wanted)))
    return round(max(cell, max(width, height) / MOST_CELLS), 9)


def spread(values, known):
    """Gives each unknown cell the mean of the smallest square around it in which something is known, bent towards the
    squares next to it: the grid is made coarser, filled there, and made finer again."""
    if known.all():
        return values
    total, count = halve(np.where(known, values, 0.0)), halve(known.astype(np.float64))
    coarse = spread(np.divide(total, count, out=np.zeros_like(total), where=count > 0), count > 0)
    rows, columns = values.shape
    return np.where(known, values, double(coarse)[:rows, :columns])


def halve(values):
    """Each 2 by 2 cells as their sum."""
    padded = np.pad(values, ((0, values.shape[0] % 2), (0, values.shape[1] % 2)))
    return padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2).sum(axis=(1, 3))


def double(values):
    """Each cell as 2 by 2 cells, which lean towards its neighbours (bilinear)."""
    for axis in (0, 1):
        before = np.concatenate([values.take([0], axis), values.take(range(values.shape[axis] - 1), axis)], axis)
        after = np.concatenate([values.take(range(1, values.shape[axis]), axis), values.take([-1], axis)], axis)
        pair = np.stack([0.75 * values + 0.25 * before, 0.75 * values + 0.25 * after], axis + 1)
        shape = list(values.shape)
        shape[axis] *= 2
        values = pair.reshape(shape)
    return values


def close_gaps(known):
    """The known cells and those that they surround narrowly: grown by `GAP` cells and shrunk again."""
    margin = GAP + 1
    grown = neighbours(np.pad(known, margin), np.logical_or)
    return neighbours(grown, np.logical_and)[margin:-margin, margin:-margin] | known


def neighbours(mask, either):
    """Combines each cell with those up to `GAP` cells away. Every other step takes the diagonals too, so that what is
    near is nearly round."""
    straight = [(1, 0), (-1, 0), (0, 1), (0, -1)]
    diagonal = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
    for step in range(GAP):
        result = mask
        for shift in straight + diagonal * (step % 2):
            result = either(result, np.roll(mask, shift, (0, 1)))
        mask = result
    return mask
