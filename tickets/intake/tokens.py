"""The proof that somebody has got a mail of ours: which ticket it was about, and who it was sent to. Pure.

Our mails carry it in the address to answer to (where the mailbox takes "help+anything@…") and in References, which
mail programs repeat. It is bound to the person: shown by somebody else, it proves only that they have seen that mail.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BYTES = 15  # 120 bits; 96 are asked for (E3)
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
VENDOR_TOKEN = re.compile(r"(?<![0-9a-z])v([0-9a-z]{1,12})-([a-z2-7]{24})(?![0-9a-z])")
TOKEN = re.compile(r"(?<![0-9a-z])t([0-9a-z]{1,12})-([0-9a-z]{1,12})-([a-z2-7]{24})(?![0-9a-z])")


@dataclass(frozen=True)
class Claim:
    """What a token says, and whether we have said so."""

    ticket_id: int
    person_id: int
    is_genuine: bool


@dataclass(frozen=True)
class VendorClaim:
    """What the token of a vendor case says, and whether we have said so."""

    case_id: int
    is_genuine: bool


def token_for(*, ticket_id: int, person_id: int, key: bytes) -> str:
    """Small letters, digits and hyphens, at most 52 characters, so that it fits into an address."""
    named = f"t{_short(ticket_id)}-{_short(person_id)}"
    return f"{named}-{_seal(named, key)}"


def claim_in(texts: Iterable[str], *, keys: Sequence[bytes]) -> Claim | None:
    """The first genuine token among these addresses and Message-IDs, else the first that looks like one."""
    claims = [_claim(match, keys) for text in texts for match in TOKEN.finditer(text.lower())]
    return next((claim for claim in claims if claim.is_genuine), claims[0] if claims else None)


def vendor_token_for(*, case_id: int, key: bytes) -> str:
    """The proof that somebody has got a mail about a vendor case. It says nothing about the ticket or a person."""
    named = f"v{_short(case_id)}"
    return f"{named}-{_seal(named, key)}"


def vendor_claim_in(texts: Iterable[str], *, keys: Sequence[bytes]) -> VendorClaim | None:
    """The first genuine vendor token, else the first that looks like one."""
    claims = []
    for match in (match for text in texts for match in VENDOR_TOKEN.finditer(text.lower())):
        is_genuine = any(hmac.compare_digest(match[2], _seal(f"v{match[1]}", key)) for key in keys)
        claims.append(VendorClaim(int(match[1], 36), is_genuine))
    return next((claim for claim in claims if claim.is_genuine), claims[0] if claims else None)


def _claim(match: re.Match[str], keys: Sequence[bytes]) -> Claim:
    named = f"t{match[1]}-{match[2]}"
    is_genuine = any(hmac.compare_digest(match[3], _seal(named, key)) for key in keys)
    return Claim(int(match[1], 36), int(match[2], 36), is_genuine)


def _seal(named: str, key: bytes) -> str:
    return b32encode(hmac.digest(key, b"thread\0" + named.encode(), "sha256")[:BYTES]).decode("ascii").lower()


def _short(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = ALPHABET[digit] + digits
    return digits or "0"
