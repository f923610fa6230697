"""Whole numbers in what people and programs send."""

DIGITS = 18


def version_of(text: str | None) -> int | None:
    """The version that a form was drawn from, for the check whether it is stale: None when it names none, -1 (stale) for what is no number."""
    return None if not text else -1 if (number := whole(text)) is None else number


def whole(text: str | None) -> int | None:
    """The number of a text of figures that any column can hold; None for everything else.

    `str.isdigit` alone says yes to figures that `int` refuses, such as a raised two.
    """
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
