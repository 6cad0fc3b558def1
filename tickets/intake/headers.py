"""What stands in the headers of a mail: words, addresses and file names, as senders really write them. Pure; never raises."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from tickets.intake.charsets import decode

# RFC 2047, also without the space around it and with raw spaces inside, which it forbids.
WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?((?:[^?=]|=(?!\?[^=])|\?(?!=))*)\?=")
ADDRESS = re.compile(r'(?:"[^"<>@]{1,200}"|[^\s<>()\[\],;:"@]{1,200})@[^\s<>()\[\],;:"@]{1,253}')
# In angle brackets the sender says where the address begins and ends, even if it can't be one.
BRACKETED = re.compile(r"[^<>@]+@[^\s<>@]+")
MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")
UNSTORABLE = re.compile("[\x00-\x20\x7f-\xa0\ud800-\udfff]")
LONGEST_HEADER = 100_000  # characters; what is longer was not written by a person
LONGEST_WORDS = 10_000
LONGEST_ADDRESS = 1000  # with its name
LONGEST_NAME = 200
MOST_ADDRESSES = 500
MOST_IDS = 100


@dataclass(frozen=True)
class Address:
    """A mailbox with the name before it; `email` as it was written, in lower case behind the @."""

    name: str
    email: str


def raw_values(message: Message, name: str) -> list[str]:
    """All values of a header as they arrived, unfolded."""
    values = []
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            values.append(re.sub(r"\r?\n[ \t]*", " ", str(value)[:LONGEST_HEADER]).strip())
    return values


def text_of(message: Message, name: str) -> str:
    """A header's text in one line; of several the first that says something."""
    return next((text for value in raw_values(message, name) if (text := decoded(value))), "")


def decoded(value: str) -> str:
    """A header value with its encoded words read, without control characters."""
    return " ".join(_words(value[:LONGEST_WORDS]).split())


def _words(value: str) -> str:
    text = "".join(_pieces(value))
    return "".join(sign if sign.isprintable() else " " for sign in text if sign.isprintable() or sign.isspace())


def _pieces(value: str) -> Iterator[str]:
    """Plain text and encoded words in turn. Neighbours of one charset are read together: a character may be cut in two."""
    position = 0
    charset, data = "", b""
    for match in WORD.finditer(value):
        between = value[position : match.start()]
        if data and (between.strip() or match[1].lower() != charset):
            yield decode(data, charset)
            data = b""
        if between.strip() or position == 0:
            yield _plain(between)
        charset = match[1].lower().partition("*")[0]
        data += _word_bytes(match[2], match[3])
        position = match.end()
    if data:
        yield decode(data, charset)
    yield _plain(value[position:])


def _plain(text: str) -> str:
    """Text between encoded words; bytes that stand there raw are read by what they look like."""
    try:
        return decode(text.encode("ascii", "surrogateescape"))
    except UnicodeEncodeError:
        return text


def _word_bytes(encoding: str, text: str) -> bytes:
    if encoding in "bB":
        signs = re.sub(r"[^A-Za-z0-9+/]", "", text)
        try:
            return base64.b64decode(signs + "=" * (-len(signs) % 4))
        except binascii.Error:
            return base64.b64decode(signs[: len(signs) // 4 * 4])
    return quopri.decodestring(text.replace("_", " ").encode("utf-8", "surrogateescape"), header=False)


# --- Addresses ----------------------------------------------------------------------------------------------------


def addresses_of(message: Message, name: str) -> tuple[Address, ...]:
    """The mailboxes of a header, all its lines together; what is no address is left out."""
    found = (address for value in raw_values(message, name) for address in addresses_in(value))
    return tuple(dict.fromkeys(islice(found, MOST_ADDRESSES)))


def addresses_in(value: str) -> Iterator[Address]:
    """The mailboxes in a text that lists them as a header does."""
    for piece in _split(value):
        if len(piece) > LONGEST_ADDRESS:
            continue
        before, bracket, rest = piece.rpartition("<")
        match = BRACKETED.fullmatch(rest.strip(" <>'")) if bracket else None
        name = before
        if match is None:
            match = ADDRESS.search(piece)
            comment = re.search(r"\(([^()]*)\)", piece)
            name = comment[1] if comment else ""
        if match is not None:
            yield Address(_bare(decoded(name).replace('\\"', '"')), _normal(match[0]))


def _split(value: str) -> Iterator[str]:
    """The pieces between the commas and semicolons that stand neither in quotes nor in brackets."""
    begin, depth, is_quoted, is_escaped = 0, 0, False, False
    for at, sign in enumerate(value):
        if sign == '"' and not is_escaped:
            is_quoted = not is_quoted
        elif sign in "<(" and not is_quoted:
            depth += 1
        elif sign in ">)" and not is_quoted:
            depth = max(depth - 1, 0)
        elif sign in ",;" and not is_quoted and not depth:
            yield value[begin:at]
            begin = at + 1
        is_escaped = sign == "\\" and not is_escaped
    yield value[begin:]


def _bare(text: str) -> str:
    return text.strip().strip("'\"<> ").strip()


def _normal(email: str) -> str:
    local, _at, domain = decoded(email).rpartition("@")
    return f"{local}@{domain.lower()}"


def message_ids_of(message: Message, name: str) -> tuple[str, ...]:
    """The Message-IDs that a header names, in their order. What no id may hold is shown as �."""
    found = [
        UNSTORABLE.sub("\ufffd", match) for value in raw_values(message, name) for match in MESSAGE_ID.findall(value)
    ]
    return tuple(dict.fromkeys(found))[-MOST_IDS:]


# --- File names ---------------------------------------------------------------------------------------------------


def file_name_of(part: Message) -> str:
    """The name that a part gives itself (RFC 2183, 2231, and encoded words, which belong nowhere there); else empty."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = part.get_param(parameter, header=header)
        except (LookupError, ValueError, TypeError):
            continue
        name = safe_name(_parameter(value))
        if name:
            return name
    return ""


def _parameter(value: object) -> str:
    if isinstance(value, tuple):
        charset, _language, text = value
        return decode(str(text or "").encode("latin-1", "replace"), str(charset or ""))
    return _words(str(value)) if value else ""


def safe_name(name: str) -> str:
    """Without folders and control characters. It is only ever shown: files are stored under keys of their own."""
    name = re.split(r"[\\/]", name)[-1]
    return "".join(sign for sign in name if sign.isprintable()).strip(" .")[-LONGEST_NAME:]
