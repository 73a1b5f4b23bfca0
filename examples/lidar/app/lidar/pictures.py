"""A surface as pictures: shaded relief and coloured elevation, whole and cut into the tiles of a map."""

import io
import math

import numpy as np
from PIL import Image

TILE = 256

#: Where the sun stands: the degrees from north, clockwise, and above the horizon.
SUN_AZIMUTH, SUN_ALTITUDE = 315.0, 45.0

#: Grey behind what is transparent, so that nothing dark bleeds in where a picture is made smaller.
BEHIND = 180

#: Colours from low to high, evenly apart: water's edge, meadow, sand, rock, snow.
RAMP = np.array([(44, 92, 120), (74, 140, 104), (160, 190, 110), (232, 212, 140), (190, 132, 84), (245, 240, 235)])


def hillshade(surface):
    """How much light falls on each cell, from black to white; transparent where there is no elevation."""
    southward, eastward = np.gradient(surface.elevation, surface.cell)
    azimuth, altitude = math.radians(SUN_AZIMUTH), math.radians(SUN_ALTITUDE)
    # The cosine between the direction of the sun and the surface's normal, both as (east, north, up).
    sun = (math.sin(azimuth) * math.cos(altitude), math.cos(azimuth) * math.cos(altitude), math.sin(altitude))
    light = (sun[2] - sun[0] * eastward + sun[1] * southward) / np.sqrt(1 + eastward**2 + southward**2)
    grey = np.clip(light * 255, 0, 255)
    return image("LA", grey[..., np.newaxis], surface)


def elevation(surface):
    """Each cell in the colour of its elevation; transparent where there is none."""
    low, high = np.percentile(surface.elevation[surface.seen], (1, 99))
    share = np.clip((surface.elevation - low) / max(high - low, 1e-9), 0, 1)
    place = share * (len(RAMP) - 1)
    colour = np.stack([np.interp(place, range(len(RAMP)), channel) for channel in RAMP.T], axis=-1)
    return image("RGBA", colour, surface)


#: Every layer by name.
LAYERS = {"hillshade": hillshade, "elevation": elevation}


def image(mode, colour, surface):
    seen = surface.seen[..., np.newaxis]
    channels = np.concatenate([np.where(seen, colour, BEHIND), np.where(seen, 255, 0)], axis=-1)
    return Image.fromarray(channels.round().astype(np.uint8), mode)


def encode(picture):
    """A picture as PNG."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def cut(picture):
    """The tiles of a picture as `(zoom, column, row, png)`. At the greatest zoom a pixel is a cell; at each zoom below
    it is twice as wide; at zoom 0 one tile has it all."""
    zooms = max(0, math.ceil(math.log2(max(picture.size) / TILE)))
    for zoom in range(zooms + 1):
        factor = 2 ** (zooms - zoom)
        size = tuple(math.ceil(length / factor) for length in picture.size)
        level = picture if factor == 1 else picture.resize(size, Image.Resampling.BOX)
        for row in range(math.ceil(size[1] / TILE)):
            for column in range(math.ceil(size[0] / TILE)):
                corner = (column * TILE, row * TILE)
                yield zoom, column, row, encode(level.crop((*corner, corner[0] + TILE, corner[1] + TILE)))
