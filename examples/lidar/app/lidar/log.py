"""Events on standard output, one a line: `event key=value ...`."""

import json


def event(name, /, **values):
    """Writes one event. Values that aren't plain words are quoted."""
    print(name, *(f"{key}={quoted(value)}" for key, value in values.items()), flush=True)


def quoted(value):
    text = str(value)
    plain = text and all(character.isalnum() or character in "-_./:+" for character in text)
    return text if plain else json.dumps(text)
