"""winmail.dat: what Outlook makes of a mail when it believes that the other side is Outlook too ([MS-OXTNEF]). Pure.

Read by hand within bounds: the libraries that do it trust the counts in the file, and count to four thousand million.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from tickets.intake.charsets import decode
from tickets.intake.files import File
from tickets.intake.headers import safe_name

SIGNATURE = 0x223E9F78
TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
MOST_ATTRIBUTES = 5000
MOST_PROPERTIES = 1000
MOST_VALUES = 100
MOST_FILES = 200
DEEPEST = 3  # mails within each other

# Attributes of the stream.
SUBJECT, BODY, FILE_DATA, FILE_TITLE, FILE_BEGINS, PROPERTIES, FILE_PROPERTIES, CODE_PAGE = (
    *(0x8004, 0x800C, 0x800F, 0x8010, 0x9002, 0x9003, 0x9005, 0x9007),
)
# Properties ([MS-OXPROPS]).
P_SUBJECT, P_BODY, P_HTML, P_CHARSET = 0x0037, 0x1000, 0x1013, 0x3FDE
P_DATA, P_NAME, P_LONG_NAME, P_DISPLAY_NAME, P_TYPE, P_CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x3001, 0x370E, 0x3712
FIXED = {0x01: 0, 0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
SHORT = (0x02, 0x0B)
STRING, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
MAIL_WITHIN = bytes.fromhex("0703020000000000c000000000000046")  # IID_IMessage before an embedded mail


@dataclass
class Unpacked:
    """A mail as winmail.dat tells it."""

    subject: str = ""
    text: str = ""
    html: str = ""
    files: list[File] = field(default_factory=list)


@dataclass
class _Attachment:
    title: str = ""
    content: bytes = b""
    values: dict[int, str | bytes] = field(default_factory=dict)


def unpack(data: bytes, depth: int = 0) -> Unpacked | None:
    """What is in it; None where it is no TNEF, is broken, or holds nothing that we can read."""
    try:
        found = _unpacked(memoryview(data), depth)
    except (struct.error, ValueError, IndexError):
        return None
    return found if found.files or found.text.strip() or found.html.strip() else None


def _unpacked(data: memoryview, depth: int) -> Unpacked:
    if struct.unpack_from("<I", data)[0] != SIGNATURE:
        raise ValueError("no TNEF")
    found, charset = Unpacked(), ""
    attachments: list[_Attachment] = []
    for name, value in _attributes(data):
        if name == CODE_PAGE:
            charset = _charset(struct.unpack_from("<I", value)[0])
        elif name == SUBJECT:
            found.subject = _text(value, charset)
        elif name == BODY:
            found.text = _text(value, charset)
        elif name == PROPERTIES:
            _take_over(found, _properties(value, charset), charset)
        elif name == FILE_BEGINS and len(attachments) < MOST_FILES:
            attachments.append(_Attachment())
        elif name == FILE_TITLE and attachments:
            attachments[-1].title = _text(value, charset)
        elif name == FILE_DATA and attachments:
            attachments[-1].content = bytes(value)
        elif name == FILE_PROPERTIES and attachments:
            attachments[-1].values.update(_properties(value, charset))
    for attachment in attachments:
        found.files.extend(_files(attachment, depth))
    return found


def _take_over(found: Unpacked, values: dict[int, str | bytes], charset: str) -> None:
    page = values.get(P_CHARSET, b"")
    inner = _charset(struct.unpack("<I", page)[0]) if isinstance(page, bytes) and len(page) == 4 else charset
    found.subject = found.subject or _as_text(values.get(P_SUBJECT, ""), charset)
    found.text = _as_text(values.get(P_BODY, ""), charset) or found.text
    found.html = _as_text(values.get(P_HTML, ""), inner) or found.html


def _files(attachment: _Attachment, depth: int) -> Iterator[File]:
    """The attachment, or what is in the mail that it is."""
    values = attachment.values
    names = (_as_text(values.get(key, "")) for key in (P_LONG_NAME, P_NAME))
    name = next((name for name in names if name), "") or attachment.title or _as_text(values.get(P_DISPLAY_NAME, ""))
    content = values.get(P_DATA, b"") or attachment.content
    content = content if isinstance(content, bytes) else content.encode()
    if content.startswith(MAIL_WITHIN) and depth < DEEPEST:
        inner = unpack(content[len(MAIL_WITHIN) :], depth + 1)
        if inner is not None:
            title = safe_name(inner.subject or name) or "message"
            text, extension, kind = (inner.text, "txt", "plain") if inner.text else (inner.html, "html", "html")
            if text.strip():
                yield File(f"{title}.{extension}", f"text/{kind}", text.encode())
            yield from inner.files
            return
    if content:
        kind = _as_text(values.get(P_TYPE, "")) or "application/octet-stream"
        content_id = _as_text(values.get(P_CONTENT_ID, "")).strip("<> ")
        yield File(safe_name(name) or "file.bin", kind, content, content_id)


# --- The format -----------------------------------------------------------------------------------------------------


def _attributes(data: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Name and value of each: level, name, type, length, value, checksum; a cut one is the last."""
    at = 6
    for _ in range(MOST_ATTRIBUTES):
        if at + 9 > len(data):
            return
        _level, name, _type, length = struct.unpack_from("<BHHI", data, at)
        yield name, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _properties(data: memoryview, charset: str) -> dict[int, str | bytes]:
    """The properties that have one value; the others are stepped over."""
    found: dict[int, str | bytes] = {}
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, MOST_PROPERTIES)):
        if at + 4 > len(data):
            break
        kind, name = struct.unpack_from("<HH", data, at)
        at += 4
        at += _length_of_long_name(data, at) if name >= 0x8000 else 0
        is_many, kind = bool(kind & 0x1000), kind & 0x0FFF
        if kind in FIXED:
            size = FIXED[kind]
            if is_many:
                number = struct.unpack_from("<I", data, at)[0]
                at += 4 + (number * 2 + 3) // 4 * 4 if kind in SHORT else 4 + number * size
                continue
            found[name] = bytes(data[at : at + size])
            at += size
            continue
        if kind not in (STRING, UNICODE, OBJECT, BINARY):
            break  # how long it is nobody knows
        number, at = struct.unpack_from("<I", data, at)[0], at + 4
        for _value in range(min(number, MOST_VALUES)):
            length, at = struct.unpack_from("<I", data, at)[0], at + 4
            value = data[at : at + length]
            if kind == UNICODE:
                found[name] = bytes(value).decode("utf-16-le", "replace").rstrip("\0")
            else:
                found[name] = _text(value, charset) if kind == STRING else bytes(value)
            at += (length + 3) // 4 * 4
    return found


def _length_of_long_name(data: memoryview, at: int) -> int:
    """Properties with a number beyond 0x8000 have a GUID, and a number or a name of any length."""
    if struct.unpack_from("<I", data, at + 16)[0] == 0:
        return 24
    length: int = struct.unpack_from("<I", data, at + 20)[0]
    return 24 + (length + 3) // 4 * 4


def _charset(page: int) -> str:
    return {20127: "us-ascii", 20866: "koi8-r", 28591: "iso-8859-1", 54936: "gb18030", 65001: "utf-8"}.get(
        page, f"cp{page}"
    )


def _text(value: memoryview, charset: str) -> str:
    return decode(bytes(value).rstrip(b"\0"), charset)


def _as_text(value: str | bytes, charset: str = "") -> str:
    return value if isinstance(value, str) else decode(value.rstrip(b"\0"), charset)
