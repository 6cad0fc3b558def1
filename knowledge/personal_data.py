"""What in a text looks like personal data: phone and card numbers, addresses, identity cards, names of known people. Pure.

An article is read by many people and for years, so whoever publishes one is shown what was found (M1.2-4). It finds shapes;
whether they matter is for people to say. Each shape is of limited length, so that time grows with the text alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address

EMAIL, ID_CARD, CARD, PHONE, MAC, IP, NAME = "email", "id_card", "card", "phone", "mac", "ip", "name"
# Numbers stand alone, or beside Chinese; they are no part of a word, a version or a code such as SN-010-12345678.
_BEGIN = r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z]-)(?<![0-9]\.)"
_END = r"(?![0-9A-Za-z_]|[.-][0-9])"
_PHONE = r"""
    (?:
        (?:(?:\+|00)\d{1,3}[ -]?)?
        (?:
            1[3-9]\d[ -]?\d{4}[ -]?\d{4}
            | [(（]?0(?:10|2\d|[3-9]\d{2})[)）]?[ -]?\d{3,4}[ -]?\d{4}(?:-\d{1,5})?
        )
        | [48]00[ -]\d{3}[ -]?\d{4}
        | \+[1-9](?:[ ()-]{0,2}\d){6,14}
    )
"""
_CARD = r"(?:(?:62|4\d|5[1-5])\d{2}([ -]?)\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|3[47]\d{2}([ -]?)\d{6}\2\d{5})"
# In this order: what was found by one isn't looked at by the next.
_SHAPES = (
    (EMAIL, re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,10}")),
    (
        ID_CARD,
        re.compile(
            r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
        ),
    ),
    (CARD, re.compile(_BEGIN + _CARD + _END)),
    (
        MAC,
        re.compile(
            r"(?<![0-9A-Za-z])(?<!\b[0-9A-Fa-f]{2}[:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z]|[:-][0-9A-Za-z])"
            r"|(?<![0-9A-Za-z.])(?![\d.]{14})(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?![0-9A-Za-z]|\.[0-9A-Za-z])"
        ),
    ),
    # Of IPv6 those that devices have: in the internet, in a local network, on one line.
    (
        IP,
        re.compile(
            r"(?<![0-9A-Za-z.])(?:[23][0-9A-Fa-f]{3}|[Ff][CcDd][0-9A-Fa-f]{2}|[Ff][Ee][89AaBb][0-9A-Fa-f])"
            r"(?::[0-9A-Fa-f]{0,4}){1,6}:[0-9A-Fa-f]{1,4}(?![0-9A-Za-z]|:[0-9A-Fa-f:])"
        ),
    ),
    (
        IP,
        re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)"),
    ),
    (PHONE, re.compile(_BEGIN + _PHONE + _END, re.VERBOSE)),
)
# Addresses that belong to no device: loopback, documentation, "any", masks.
_NOBODYS_IP = re.compile(r"127\.|0\.|255\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2001:0?db8:", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """A stretch of a text, from `start` to `end` (exclusive), that looks like personal data of this kind."""

    start: int
    end: int
    kind: str
    text: str


def find_personal_data(text: str, names: Iterable[str] = ()) -> list[Finding]:
    """All that looks like personal data, in the order of the text. `names` are people's, as they are written."""
    found: list[Finding] = []
    is_taken = bytearray(len(text))
    shapes = [*_SHAPES, *((NAME, _as_word(name)) for name in sorted(_stripped(names), key=len, reverse=True))]
    for kind, shape in shapes:
        for match in shape.finditer(text):
            start, end = match.span()
            if not any(is_taken[start:end]) and _is_meant(kind, match[0]):
                is_taken[start:end] = b"\1" * (end - start)
                found.append(Finding(start, end, kind, match[0]))
    return sorted(found, key=lambda finding: finding.start)


def _stripped(names: Iterable[str]) -> set[str]:
    return {name.strip() for name in names if len(name.strip()) > 1}


def _as_word(name: str) -> re.Pattern[str]:
    """Latin names are words of their own; Chinese stands without blanks."""
    escaped = re.escape(name)
    return re.compile(rf"(?<![A-Za-z]){escaped}(?![A-Za-z])" if name.isascii() else escaped, re.IGNORECASE)


def _is_meant(kind: str, text: str) -> bool:
    """Whether what has the shape can be what it seems."""
    if kind == CARD:
        return _has_check_digit([int(sign) for sign in text if sign.isdigit()])
    return kind != IP or (not _NOBODYS_IP.match(text) and (":" not in text or _is_ipv6(text)))


def _has_check_digit(digits: list[int]) -> bool:
    """By Luhn's formula, as card numbers have."""
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
