"""Names as people sort them: "Gi1/0/2" comes before "Gi1/0/10"."""

import re

from itsm.core.folding import fold

WIDTH = 8
LONGEST = 200


def natural(text: str) -> str:
    """The folded name, with every number of it written to the same width."""
    return re.sub(r"\d+", lambda found: found[0].lstrip("0").zfill(WIDTH), fold(text))[:LONGEST]
