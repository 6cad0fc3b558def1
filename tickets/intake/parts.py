"""A mail taken apart, in time and memory that grow with its size and no faster. Pure; raises Unreadable and nothing else.

The standard library's parser walks through every line, holds a mail several times, and takes the square of the time for
some mails. Here only the lines between parts are looked for, and a part is a piece of the mail's own bytes. What stands
in a header is kept in the library's Message, which knows how to read it.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email._policybase import Compat32
from email.message import Message
from itertools import pairwise

LARGEST = 60 * 1024 * 1024  # bytes of a whole mail; base64 makes a third of it
MOST_PARTS = 500
DEEPEST = 30
LONGEST_HEAD = 2_000_000  # bytes that are searched for the end of the headers
LONGEST_LINE = 200_000
MOST_LINES = 300_000  # of headers, those of all parts together
MOST_HEADERS = 1000
LONGEST_PARAMETERS = 4000  # signs of a Content-Type; the library takes the square of the time for its parameters
MOST_PARAMETERS = 50
MOST_NEAR_MISSES = 50_000  # places that look like the line between two parts
GUESSED_WITHIN = 64_000

HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:")
# Where a multipart names no boundary, or one that never comes: the first line that can only be one.
BOUNDARY = re.compile(rb"(?:\A|\n)--([^\r\n]{1,200}?)[ \t]*\r?\nContent-", re.IGNORECASE)
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NO_BASE64 = bytes(set(range(256)) - set(BASE64))
MOST_UUENCODED = LARGEST // 60  # lines; whoever fills them needs no more for the largest mail
LONGEST_BEGIN = 200  # bytes before the first that counts
UUENCODED = ("x-uuencode", "uuencode", "uue", "x-uue")
WITH_PARAMETERS = ("content-type", "content-disposition")


class Unreadable(Exception):
    """This mail can't be taken in; `reason` is a stable code: empty, too_large, too_deep, too_many_parts, no_sender,
    several_senders, malformed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _AsItCame(Compat32):
    """The library's policy, without turning headers that hold raw bytes into question marks."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        if name.lower() not in WITH_PARAMETERS:
            return value
        return ";".join(value[:LONGEST_PARAMETERS].split(";", MOST_PARAMETERS)[:MOST_PARAMETERS])


POLICY = _AsItCame()


class Part(Message):
    """A mail or a part of one: its headers, and where in the mail's bytes that stands what it holds."""

    def __init__(self, source: bytes = b"", start: int = 0, end: int = 0) -> None:
        super().__init__(policy=POLICY)
        self.source, self.start, self.end = source, start, end
        self.children: list[Part] = []

    def raw(self, most: int = LARGEST) -> bytes:
        """What it holds as it came, or the beginning of it."""
        return self.source[self.start : min(self.end, self.start + most)]

    def content(self, most: int = LARGEST) -> bytes:
        """What it holds, without its transfer encoding: at most so many bytes."""
        encoding = str(self.get("content-transfer-encoding", ""))[:80].strip().lower()
        coded = memoryview(self.source)[self.start : min(self.end, self.start + 3 * most + LONGEST_BEGIN)]
        if encoding == "base64":
            return _from_base64(coded)[:most]
        if encoding == "quoted-printable":
            return binascii.a2b_qp(coded)[:most]
        if encoding in UUENCODED:
            return _from_uuencode(bytes(coded))[:most]
        return bytes(coded[:most])

    def within(self) -> Part:
        """The headers of the mail that this part holds."""
        head = self.content(LONGEST_HEAD).lstrip()
        inner = Part(head)
        _read_head(inner, len(head), _Budget(lines=MOST_LINES // MOST_PARTS))
        return inner


@dataclass
class _Budget:
    """How much of a mail may still be looked at, all its levels together."""

    parts: int = MOST_PARTS
    near_misses: int = MOST_NEAR_MISSES
    lines: int = MOST_LINES

    def take(self, *, parts: int = 0, near_misses: int = 0) -> None:
        self.parts -= parts
        self.near_misses -= near_misses
        if self.parts < 0 or self.near_misses < 0:
            raise Unreadable("too_many_parts")


def part_of(raw: bytes, *, is_patient: bool = False) -> Part:
    """The mail with its parts. With patience, lines among the headers that are none belong to the header above."""
    if len(raw) > LARGEST:
        raise Unreadable("too_large")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    mail = Part(raw, len(raw) - len(raw.lstrip(b"\r\n")), len(raw))
    budget = _Budget()
    _read_head(mail, len(raw), budget, is_patient=is_patient)
    _take_apart(mail, 0, budget)
    return mail


# --- Headers --------------------------------------------------------------------------------------------------------


def _read_head(part: Part, end: int, budget: _Budget, *, is_patient: bool = False) -> None:
    """Put the headers at the part's start into it, and its start behind them."""
    headers: list[list[bytes]] = []
    size = 0
    at, last = part.start, min(end, part.start + LONGEST_HEAD)
    while at < last and budget.lines > 0:
        budget.lines -= 1
        line, after = _line(part.source, at, end)
        if not line:
            at = after
            break
        if line[:1] in (b" ", b"\t"):
            is_header, is_more = False, True
        else:
            is_header = HEADER.match(line) is not None
            is_more = not is_header and is_patient
        if is_header:
            headers.append([line])
            size = len(line)
        elif is_more and headers and size < LONGEST_LINE:
            headers[-1].append(b" " + line.lstrip())
            size += len(line)
        elif not is_more and not line.startswith((b"From ", b">From ", b":")):
            break
        at = after
    part.start, part.end = at, end
    for lines in headers[:MOST_HEADERS]:
        match = HEADER.match(lines[0])
        if match:
            value = b"\n".join([lines[0][match.end() :].lstrip(b" \t"), *lines[1:]])
            part.set_raw(match[1].decode("ascii"), value.decode("ascii", "surrogateescape"))


def _line(source: bytes, at: int, end: int) -> tuple[bytes, int]:
    """The line here without its end, and where the next begins."""
    stop = source.find(b"\n", at, end)
    after = end if stop < 0 else stop + 1
    stop = end if stop < 0 else stop
    return source[at : min(stop, at + LONGEST_LINE)].rstrip(b"\r"), after


# --- Parts ----------------------------------------------------------------------------------------------------------


def _take_apart(part: Part, depth: int, budget: _Budget) -> None:
    """Find the parts within a part, and those within them."""
    if part.get_content_maintype() != "multipart":
        return
    if depth >= DEEPEST:
        raise Unreadable("too_deep")
    for start, end in _places(part, budget):
        child = Part(part.source, start, end)
        if part.get_content_type() == "multipart/digest":
            child.set_default_type("message/rfc822")
        _read_head(child, end, budget)
        part.children.append(child)
        _take_apart(child, depth + 1, budget)
    part.set_payload(list(part.children))


def _places(part: Part, budget: _Budget) -> list[tuple[int, int]]:
    """Where the parts of a multipart begin and end; by a guess where what it says of it is wrong."""
    named = _boundary(part)
    lines = list(_lines_between(part, named, budget)) if named else []
    if not lines:
        guess = BOUNDARY.search(part.raw(GUESSED_WITHIN))
        lines = list(_lines_between(part, guess[1], budget)) if guess else []
    ends = [*lines, (part.end, part.end, True)]
    return [
        (start, max(start, end)) for (_begin, start, is_last), (end, _after, _last) in pairwise(ends) if not is_last
    ]


def _boundary(part: Part) -> bytes:
    try:
        return str(part.get_boundary() or "").encode("ascii", "surrogateescape")
    except (LookupError, ValueError, TypeError):
        return b""


def _lines_between(part: Part, boundary: bytes, budget: _Budget) -> Iterator[tuple[int, int, bool]]:
    """The lines that bound parts: where each begins with the line end before it, where it ends, whether it is the last."""
    needle = b"--" + boundary
    source, at = part.source, part.start
    while (at := source.find(needle, at, part.end)) >= 0:
        behind = at + len(needle)
        line, after = _line(source, behind, min(part.end, behind + 200))
        is_alone = at == part.start or source[at - 1] == 0x0A
        if is_alone and line.strip() in (b"", b"--"):
            budget.take(parts=1)
            begin = at - (at > part.start)
            begin -= begin > part.start and source[begin - 1] == 0x0D
            yield begin, after, line.startswith(b"--")
            if line.startswith(b"--"):
                return
        else:
            budget.take(near_misses=1)
        at = behind


# --- Transfer encodings ---------------------------------------------------------------------------------------------


def _from_base64(coded: memoryview) -> bytes:
    try:
        return binascii.a2b_base64(coded)
    except binascii.Error:
        signs = bytes(coded).translate(None, NO_BASE64)
        signs = signs[: len(signs) - (len(signs) % 4 == 1)]
        return binascii.a2b_base64(signs + b"=" * (-len(signs) % 4))


def _from_uuencode(coded: bytes) -> bytes:
    """The lines between "begin" and "end", which some leave out; so is what is broken."""
    begin = coded.find(b"begin ")
    at = 0 if begin < 0 else _line(coded, begin, len(coded))[1]
    found = bytearray()
    for _ in range(MOST_UUENCODED):
        if at >= len(coded):
            break
        line, at = _line(coded, at, len(coded))
        if line.strip() in (b"end", b"`"):
            break
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(found)
