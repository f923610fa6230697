"""What real clients sent: the captured bodies, in their order."""

import json
import os
from pathlib import Path

SHARED = Path(os.environ.get("VIGIE_SHARED", "") or "/nowhere") / "captures"


def captured(client: str) -> list[tuple[bytes, str]]:
    """(body, content type) of each post."""
    found = []
    for path in sorted((SHARED / client).glob("*.body")):
        request = json.loads(path.with_suffix("").with_suffix(".request.json").read_text())
        headers = {name.lower(): value for name, value in request["headers"]}
        found.append((path.read_bytes(), headers.get("content-type", "")))
    return found
