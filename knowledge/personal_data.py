"""What in a text looks like personal data: phone numbers, addresses, identity cards, names of known people. Pure.

An article is read by many people and for years, so whoever publishes one is shown what was found (M1.2-4). It finds shapes;
whether they matter is for people to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EMAIL, ID_CARD, PHONE, MAC, IP, NAME = "email", "id_card", "phone", "mac", "ip", "name"
# In this order: what was found by one isn't looked at by the next.
_SHAPES = (
    (EMAIL, re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")),
    (
        ID_CARD,
        re.compile(
            r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
        ),
    ),
    (MAC, re.compile(r"(?<![0-9A-Za-z:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z:-])")),
    (
        IP,
        re.compile(r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d]|\.\d)"),
    ),
    (
        PHONE,
        re.compile(
            r"(?<![\w.])(?:(?:\+|00)\d{1,3}[ -]?)?"
            r"(?:1[3-9]\d[ -]?\d{4}[ -]?\d{4}|\(?0\d{2,3}\)?[ -]?\d{7,8}|\+\d{6,12})(?![\w]|\.\d)"
        ),
    ),
)
# Addresses that belong to no device: loopback, documentation, "any", masks.
_NOBODYS_IP = re.compile(r"^(?:127\.|0\.|255\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)")


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
    for kind, shape in _SHAPES:
        for match in shape.finditer(text):
            if kind == IP and _NOBODYS_IP.match(match[0]):
                continue
            _add(found, Finding(match.start(), match.end(), kind, match[0]))
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) > 1:
            for match in re.finditer(_as_word(name), text, re.IGNORECASE):
                _add(found, Finding(match.start(), match.end(), NAME, match[0]))
    return sorted(found, key=lambda finding: finding.start)


def _as_word(name: str) -> str:
    """Latin names are words of their own; Chinese stands without blanks."""
    escaped = re.escape(name)
    return rf"(?<![A-Za-z]){escaped}(?![A-Za-z])" if name.isascii() else escaped


def _add(found: list[Finding], new: Finding) -> None:
    if not any(new.start < other.end and other.start < new.end for other in found):
        found.append(new)
