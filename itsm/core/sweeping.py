"""Sweeps look at many rows, and what is wrong with one of them holds up none of the others."""

import logging
from collections.abc import Callable, Iterable, Sequence

from django.db import transaction

logger = logging.getLogger(__name__)


def one_by_one(
    pks: Iterable[int], look: Callable[[int], int], *, what: str, postpone: Callable[[int], object] | None = None
) -> int:
    """Look at each in a transaction of its own; what all looks gave, added up.

    One that fails is logged and postponed, so that it is not the first again at each sweep.
    """
    done = 0
    for pk in pks:
        try:
            with transaction.atomic():
                done += look(pk)
        except Exception:
            logger.exception("%s %s could not be looked at; it is tried again later.", what, pk)
            if postpone is not None:
                _postpone(pk, postpone, what)
    return done


def _postpone(pk: int, postpone: Callable[[int], object], what: str) -> None:
    try:
        with transaction.atomic():
            postpone(pk)
    except Exception:  # the first again at the next sweep, but it holds up none of this one
        logger.exception("%s %s could not be postponed.", what, pk)


def together(
    pks: Sequence[int], look: Callable[[Sequence[int]], int], *, what: str, postpone: Callable[[int], object]
) -> int:
    """Look at all in one transaction; when one of them fails, one by one."""
    try:
        with transaction.atomic():
            return look(pks)
    except Exception:
        logger.warning("%s: %s are looked at again one by one.", what, len(pks), exc_info=True)
    return one_by_one(pks, lambda pk: look([pk]), what=what, postpone=postpone)
