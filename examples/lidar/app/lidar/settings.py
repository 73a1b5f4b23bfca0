"""What the environment says. A variable that is missing ends the process and says which one it is."""

import os
import sys


def required(name):
    """The value of an environment variable that there is no doing without."""
    value = os.environ.get(name)
    if not value:
        sys.exit(f"the environment variable {name} is not set")
    return value


def number(name, default):
    """The value of an environment variable as a number."""
    value = os.environ.get(name) or default
    try:
        return int(value)
    except ValueError:
        sys.exit(f"the environment variable {name} is {value!r}, which is not a number")
