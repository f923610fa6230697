"""Texts that are kept in both languages."""

from django.utils.translation import get_language


def in_language(french: str, english: str) -> str:
    """The text in the reader's language; in the other one rather than nothing."""
    return (english or french) if (get_language() or "fr").startswith("en") else (french or english)
