"""Progress on the screen: what is done, and how long it took."""

import sys
import threading
import time
from contextlib import contextmanager


class Trouble(Exception):
    """Something that the person at the keyboard can put right."""


def say(text: str, end: str = "\n", stream=None) -> None:
    """Print; a terminal that was closed must not keep the house from stopping what it started."""
    try:
        print(text, end=end, file=stream or sys.stdout, flush=True)
    except OSError:
        return


def fail(text: str) -> int:
    """One line on the error output, and the exit status."""
    say(f"vigie: {text}", stream=sys.stderr)
    return 1


@contextmanager
def step(text: str):
    """Print the step, run it, print its time."""
    start = time.monotonic()
    on_screen = sys.stdout.isatty()
    say(f"  {text} …", end="" if on_screen else "\n")
    over = threading.Event()
    if on_screen:
        threading.Thread(target=_tick, args=(text, start, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
    say(f"{chr(13) if on_screen else ''}  {text} … {time.monotonic() - start:.1f} s")


def _tick(text: str, start: float, over: threading.Event) -> None:
    """On a screen a long step counts its seconds, so that nobody thinks that it hangs."""
    while not over.wait(1):
        say(f"{chr(13)}  {text} … {time.monotonic() - start:.0f} s", end="")
