"""What our own mail server found out about a sender (RFC 8601, RFC 7489). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from typing import Any

from tickets.intake.headers import addresses_of, raw_values

LONGEST = 4_000
DMARC = re.compile(r"dmarc(?:/[0-9]+)?=([a-z]+)(?: |$)")
HEADER_FROM = re.compile(r" header\.from=([^ ]+)")
AROUND_SIGNS = re.compile(r"\s*([=/])\s*")


class Verdict(StrEnum):
    """`unverified` where nobody who is trusted has looked, or where the sender's domain makes no statement."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True)
class Results:
    """One header: who says so, and what is said, one statement each, in small letters with single blanks."""

    server: str
    statements: tuple[str, ...]

    def dmarc(self) -> list[tuple[str, str]]:
        """Each result of DMARC, with the domain that it is about."""
        found = [(DMARC.match(text), HEADER_FROM.search(text)) for text in self.statements]
        return [(result[1], domain[1].rstrip(".") if domain else "") for result, domain in found if result]


def verdict_of(message: Message[Any, Any], *, sender: str, trusted: str) -> Verdict:
    """Whether the mail comes from the domain in `sender`, by DMARC, as the server called `trusted` says.

    Anybody can write such a header, so only the topmost one with the trusted name can prove anything: servers put theirs
    on top. A sender that stands elsewhere than in From is never proved, for DMARC is about From. Without a trusted name
    nothing is proved; a failure then counts whoever reports it, for all that it can do is to make us careful.
    """
    values = raw_values(message, "Authentication-Results")
    if not trusted:
        read = [results for value in values if (results := results_in(value)) is not None]
        return Verdict.FAILED if any(_has_failed(results.dmarc()) for results in read) else Verdict.UNVERIFIED
    found = _topmost(values, trusted.lower())
    if _has_failed(found):
        return Verdict.FAILED
    domain = sender.lower().rpartition("@")[2]
    is_passed = bool(found) and all(one == ("pass", domain) for one in found)
    stands_in_from = sender in {address.email for address in addresses_of(message, "From")}
    return Verdict.VERIFIED if is_passed and stands_in_from else Verdict.UNVERIFIED


def _topmost(values: Iterable[str], trusted: str) -> list[tuple[str, str]]:
    for value in values:
        results = results_in(value)
        if results is None:
            # Whose it is can't be told, and what stands below may be forged.
            return []
        if results.server == trusted:
            return results.dmarc()
    return []


def _has_failed(found: Iterable[tuple[str, str]]) -> bool:
    return any(result == "fail" for result, _domain in found)


def results_in(value: str) -> Results | None:
    """The statements of a header, without comments. None for one that is cut off or doesn't close what it opens.

    Much in it comes from the sender: addresses, names of servers, reasons. Quoted text is left out, so that nothing in
    it is taken for a statement; but a quoted word alone behind = is a value like any other.
    """
    parts = _outside(value.lower())
    if parts is None or len(value) > LONGEST:
        return None
    first, *statements = (" ".join(AROUND_SIGNS.sub(r"\1", part).split()) for part in parts)
    return Results(first.partition(" ")[0], tuple(statements))


def _outside(value: str) -> list[str] | None:
    """The pieces between the semicolons that stand neither in quotes nor in comments; None if either stays open."""
    pieces, piece, quoted = [], "", ""
    depth, is_quoted, is_escaped = 0, False, False
    for sign in value:
        if is_escaped or (sign == "\\" and (depth or is_quoted)):
            is_escaped = not is_escaped
            quoted += sign if is_quoted else ""
        elif is_quoted:
            is_quoted = sign != '"'
            if is_quoted:
                quoted += sign
            else:
                piece += quoted if re.fullmatch(r"[a-z0-9.-]+", quoted) else "?"
        elif depth:
            depth += {"(": 1, ")": -1}.get(sign, 0)
        elif sign == "(":
            depth, piece = 1, piece + " "
        elif sign == '"':
            is_quoted, quoted = True, ""
        elif sign == ";":
            pieces.append(piece)
            piece = ""
        else:
            piece += sign
    return None if depth or is_quoted else [*pieces, piece]
