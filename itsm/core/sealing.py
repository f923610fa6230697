"""Secrets that the product must read again (to sign, to sign in elsewhere) are sealed at rest with a key made from SECRET_KEY.

A dump of the database alone opens none of them. What must never be read again (tokens) is kept as a digest instead.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """Sealed with a SECRET_KEY that is not ours any more."""


def seal(secret: str, *, purpose: str) -> str:
    """The secret as it may be kept. What is sealed for one purpose opens for no other."""
    return _box(purpose).encrypt(secret.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The secret again. Unreadable when no key that the product holds fits (SECRET_KEY, then SECRET_KEY_FALLBACKS)."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError) as error:
        raise Unreadable from error


def _box(purpose: str) -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"vigie sealing: {purpose}".encode()).derive(
        str(key).encode()
    )
    return base64.urlsafe_b64encode(made)
