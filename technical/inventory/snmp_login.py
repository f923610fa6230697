"""Who asks a device: a community (version 2c), or a user with keys (version 3, RFC 3414)."""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from pysnmp.hlapi.v3arch import asyncio as hlapi
from pysnmp.hlapi.v3arch.asyncio import CommunityData, ContextData, UsmUserData
from pysnmp.proto.rfc1902 import OctetString

# Our code: what it is called, the number that SNMP has for it, the digest that makes its keys.
AUTH = {
    "sha256": ("SHA-256", hlapi.USM_AUTH_HMAC192_SHA256, "sha256"), "sha512": ("SHA-512", hlapi.USM_AUTH_HMAC384_SHA512, "sha512"),
    "sha384": ("SHA-384", hlapi.USM_AUTH_HMAC256_SHA384, "sha384"), "sha224": ("SHA-224", hlapi.USM_AUTH_HMAC128_SHA224, "sha224"),
    "sha": ("SHA-1", hlapi.USM_AUTH_HMAC96_SHA, "sha1"), "md5": ("MD5", hlapi.USM_AUTH_HMAC96_MD5, "md5"),
}  # fmt: skip
PRIV = {
    "aes": ("AES-128", hlapi.USM_PRIV_CFB128_AES), "aes256c": ("AES-256 (Cisco)", hlapi.USM_PRIV_CFB256_AES),
    "aes256": ("AES-256 (Blumenthal)", hlapi.USM_PRIV_CFB256_AES_BLUMENTHAL), "aes192c": ("AES-192 (Cisco)", hlapi.USM_PRIV_CFB192_AES),
    "aes192": ("AES-192 (Blumenthal)", hlapi.USM_PRIV_CFB192_AES_BLUMENTHAL), "3des": ("3DES", hlapi.USM_PRIV_CBC168_3DES),
    "des": ("DES", hlapi.USM_PRIV_CBC56_DES),
}  # fmt: skip
SHORTEST_KEY = 8
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class SnmpUser:
    """A user of version 3. Its keys are pass phrases, and secrets: no representation holds them."""

    name: str
    auth: str = ""
    auth_key: str = field(default="", repr=False)
    priv: str = ""
    priv_key: str = field(default="", repr=False)
    context: str = ""


def login_of(community: str, user: SnmpUser | None) -> tuple[CommunityData | UsmUserData, ContextData]:
    """What pysnmp wants to know of who asks."""
    if user is None:
        return CommunityData(community, mpModel=1), ContextData()  # noqa: S508 - what most devices still speak
    given: dict = {}
    if user.auth:
        _name, given["authProtocol"], digest = AUTH[user.auth]
        given |= {"authKey": _master(user.auth_key, digest), "authKeyType": hlapi.USM_KEY_TYPE_MASTER}
        if user.priv:
            given |= {"privProtocol": PRIV[user.priv][1], "privKey": _master(user.priv_key, digest)}
            given["privKeyType"] = hlapi.USM_KEY_TYPE_MASTER
    login = UsmUserData(OctetString(user.name.encode()), **given)  # noqa: S509 - what a device knows is for its keepers to say
    return login, ContextData(contextName=user.context.encode())


@lru_cache(maxsize=8)
def _master(phrase: str, digest: str) -> bytes:
    """The key of a pass phrase before it is made that of one device (RFC 3414, A.2): once for thousands of devices."""
    text = phrase.encode()
    return hashlib.new(digest, (text * (MEGABYTE // len(text) + 1))[:MEGABYTE], usedforsecurity=False).digest()
