"""Fills one database: a process of its own, because Django knows one DATABASE_URL."""

import os
import sys
import time

import django

from . import dataset


def main() -> None:
    """The size is the first argument of the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    django.setup()
    records, begun = int(sys.argv[1]), time.monotonic()

    def say(text: str) -> None:
        print(f"  {time.monotonic() - begun:6.0f} s  {text}", flush=True)

    from itsm.records.search import refresh_lexemes

    if records == dataset.BASE:
        dataset.load_base(say)
    else:
        dataset.multiply(records, say)
        say("how common each word is")
        refresh_lexemes()
    say("loaded")
