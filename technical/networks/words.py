"""What people type into a search box when they mean a network: whole, or its beginning."""

import ipaddress

from .fields import network_of


def meant(text: str):
    """The network or address that the words name; "10.1" and "10.1." mean 10.1.0.0/16. None when it is something else."""
    plain = text.strip()
    try:
        return ipaddress.ip_network(plain, strict=False)
    except ValueError:
        pass
    parts = plain.rstrip(".").split(".")
    if "." in plain and 1 <= len(parts) <= 3 and all(part.isdecimal() and int(part) < 256 for part in parts):
        return network_of(".".join([*parts, *["0"] * (4 - len(parts))]) + f"/{8 * len(parts)}")
    return None
