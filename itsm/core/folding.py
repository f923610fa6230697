"""Folded keys: names sort without accents and case, whatever collation the database has."""

import unicodedata


def fold(text: str) -> str:
    """Lower case without accents: "Émile" sorts with "emile"."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae"))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().strip()
