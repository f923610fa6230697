"""Progress on the screen: what is done, and how long it took."""

import sys
import time
from contextlib import contextmanager


class Trouble(Exception):
    """Something that the person at the keyboard can put right."""


def say(text: str) -> None:
    print(text, flush=True)


def fail(text: str) -> int:
    print(f"vigie: {text}", file=sys.stderr, flush=True)
    return 1


@contextmanager
def step(text: str):
    """Print the step, run it, print its time."""
    start = time.monotonic()
    print(f"  {text} …", end="" if sys.stdout.isatty() else "\n", flush=True)
    yield
    took = time.monotonic() - start
    print(f"{chr(13) if sys.stdout.isatty() else ''}  {text} … {took:.1f} s", flush=True)
