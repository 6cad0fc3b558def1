"""What our own mail server found out about a sender (RFC 8601, RFC 7489). Pure."""

from __future__ import annotations

import re
from email.message import Message
from enum import StrEnum
from typing import Any

from tickets.intake.headers import raw_values

COMMENT = re.compile(r"\([^()]{0,400}\)")
DMARC = re.compile(r"\bdmarc\s*=\s*([a-z]+)")
HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)")
LONGEST = 4_000


class Verdict(StrEnum):
    """`unverified` where nobody who is trusted has looked, or where the sender's domain makes no statement."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


def verdict_of(message: Message[Any, Any], *, sender: str, trusted: str) -> Verdict:
    """Whether the mail comes from the domain in `sender`, by DMARC, as the server called `trusted` says.

    Anybody can write such a header, so only the topmost one with the trusted name can prove anything: servers put theirs
    on top. Without a trusted name nothing is proved; a failure then counts whoever reports it, for all that it can do is
    to make us careful.
    """
    results = [_plain(value) for value in raw_values(message, "Authentication-Results")]
    if not trusted:
        return Verdict.FAILED if any(_dmarc(result) == "fail" for result in results) else Verdict.UNVERIFIED
    ours = next((result for result in results if _server(result) == trusted.lower()), "")
    verdict = _dmarc(ours)
    if verdict == "fail":
        return Verdict.FAILED
    is_same = _domain_of_from(ours) in ("", sender.lower().rpartition("@")[2])
    return Verdict.VERIFIED if verdict == "pass" and is_same else Verdict.UNVERIFIED


def _plain(value: str) -> str:
    return COMMENT.sub(" ", value[:LONGEST]).lower()


def _server(result: str) -> str:
    words = result.partition(";")[0].split()
    return words[0] if words else ""


def _dmarc(result: str) -> str:
    found = DMARC.search(result.partition(";")[2])
    return found[1] if found else ""


def _domain_of_from(result: str) -> str:
    found = next((part for part in result.split(";") if DMARC.search(part)), "")
    domain = HEADER_FROM.search(found)
    return domain[1].rpartition("@")[2] if domain else ""
