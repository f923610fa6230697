"""Whole numbers in what people and programs send."""

DIGITS = 18


def whole(text: str | None) -> int | None:
    """The number of a text of figures that any column can hold; None for everything else.

    `str.isdigit` alone says yes to figures that `int` refuses, such as a raised two.
    """
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None
