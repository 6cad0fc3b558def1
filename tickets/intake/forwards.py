"""Whose mail was sent on to us, if it was: often a colleague forwards what somebody else asked. Pure.

Shown to people as a hint only: anybody can write such a block, so nothing is granted for it.
"""

from __future__ import annotations

import re

from tickets.intake.files import MAILS
from tickets.intake.headers import Address, addresses_in, addresses_of
from tickets.intake.quoting import LINES_SEARCHED, header_kinds, is_header_block, plain_line
from tickets.intake.reading import Letter

FORWARDED = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|enc|i|vs|vb|doorst|pd|转发|轉寄|轉發|転送)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE
)
BLOCK_LINES = 10


def original_sender(letter: Letter) -> Address | None:
    """The sender of the mail that was forwarded: its headers stand in the text, or it is attached whole."""
    is_forward = bool(FORWARDED.match(letter.subject))
    if is_forward and (named := _named_in(letter.text)):
        return named
    mails = [part for part in letter.message.walk() if part.get_content_type() in MAILS]
    if len(mails) != 1 or not (is_forward or not letter.text.strip()):
        return None
    return next(iter(addresses_of(mails[0].within(), "From")), None)


def _named_in(text: str) -> Address | None:
    lines = [plain_line(line.lstrip("> ")) for line in text.split("\n")[:LINES_SEARCHED]]
    for at in range(len(lines)):
        if not is_header_block(lines, at):
            continue
        for line in lines[at : at + BLOCK_LINES]:
            if "from" in header_kinds(line):
                return next(addresses_in(re.split("[:：]", line, maxsplit=1)[1].strip("* ")), None)
    return None
