"""A mail from its bytes: who, to whom, about what, the text, and the files. Pure; anything that can't be is Unreadable."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email._policybase import Compat32
from email.message import Message
from email.utils import parsedate_to_datetime
from html import unescape

import nh3
from inscriptis import get_text

from tickets.intake.charsets import decode
from tickets.intake.headers import Address, addresses_of, file_name_of, message_ids_of, safe_name, text_of

LARGEST = 60 * 1024 * 1024  # bytes of a whole mail; base64 makes a third of it
LONGEST_TEXT = 1_000_000  # characters that are looked at of a body
MOST_PARTS = 500
DEEPEST = 30
DEEPEST_HTML = 3000  # elements within each other; every HTML parser takes the square of the time for them
BODIES = ("text/plain", "text/html")
SENDERS = ("From", "Sender", "Reply-To")
# What Outlook leaves where it took a picture out, or sets as a dot of a signature.
PLACEHOLDER = re.compile(r"(~WRD\d+|image\d{3})\.\w+")
SMALLEST_PICTURE = 1000  # bytes
# What may stay of a mail's HTML; pictures only those that came with it.
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
CLOSED_BY_THE_NEXT = {
    *(
        "area",
        "br",
        "col",
        "dd",
        "dt",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "td",
        "th",
        "tr",
        "wbr",
    )
}
EXTENSIONS = {
    "message/delivery-status": ".txt",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
}
SORTS = {"message/delivery-status": "delivery-status", "text/rfc822-headers": "headers", "text/calendar": "calendar"}


class Unreadable(Exception):
    """This mail can't be taken in; `reason` is a stable code: empty, too_large, too_deep, too_many_parts, no_sender,
    several_senders, malformed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class File:
    """Something that came with a mail. `content_id` is how its HTML points at it, without brackets; `is_inline` if it does."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    is_inline: bool = False


@dataclass(frozen=True)
class Letter:
    """A mail as it can be worked with. `text` is never marked up; `html` is safe to show and empty where there was none.

    `references` are the Message-IDs that it answers, the nearest last. `date` is what the sender's clock said, in UTC.
    """

    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    message_id: str
    references: tuple[str, ...]
    date: datetime | None
    text: str
    html: str
    files: tuple[File, ...]
    message: Message = field(repr=False, compare=False)


def read(raw: bytes) -> Letter:
    """The mail in these bytes. Raises Unreadable and nothing else."""
    if not raw.strip():
        raise Unreadable("empty")
    if len(raw) > LARGEST:
        raise Unreadable("too_large")
    try:
        return _read(_parsed(raw))
    except RecursionError:
        raise Unreadable("too_deep") from None
    except Unreadable:
        raise
    except Exception as error:
        # The parser is known to fail on some mails in ways of its own; the mail is kept and shown to people.
        raise Unreadable("malformed") from error


class _AsItCame(Compat32):
    """The stdlib's policy, without turning headers that hold raw bytes into question marks."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


POLICY = _AsItCame()
HEADER = re.compile(rb"[!-9;-~]+:")


def _parsed(raw: bytes) -> Message:
    message: Message = email.message_from_bytes(raw, policy=POLICY)
    if addresses_of(message, "From"):
        return message
    mended: Message = email.message_from_bytes(_mended(raw), policy=POLICY)
    return mended if addresses_of(mended, "From") else message


def _mended(raw: bytes) -> bytes:
    """With lines among the headers that are none, which make the parser believe that the text begins, put to the line above."""
    head, blank, body = raw.lstrip(b"\r\n").replace(b"\r\n", b"\n").partition(b"\n\n")
    lines: list[bytes] = []
    for line in head.split(b"\n"):
        if HEADER.match(line) or line[:1] in (b" ", b"\t"):
            lines.append(line)
        elif lines:
            lines.append(b" " + line)
    return b"\n".join(lines) + blank + body


def _read(message: Message) -> Letter:
    plain, marked_up, files = _contents(message)
    source = "\n".join(marked_up)
    text = _fuller("\n".join(part for part in plain if part.strip()), text_of_html(source))
    return Letter(
        sender=_sender(message),
        reply_to=addresses_of(message, "Reply-To"),
        to=addresses_of(message, "To"),
        cc=addresses_of(message, "Cc"),
        subject=text_of(message, "Subject"),
        message_id=next(iter(message_ids_of(message, "Message-ID")), ""),
        references=tuple(
            dict.fromkeys([*message_ids_of(message, "References"), *message_ids_of(message, "In-Reply-To")])
        ),
        date=_date(message),
        text=tidy(text),
        html=safe_html(source),
        files=tuple(replace(file, is_inline=_is_shown(file, source)) for file in files),
        message=message,
    )


def _sender(message: Message) -> Address:
    """The one mailbox in From, without one in Sender or Reply-To. Two different ones are refused: which of them would
    be answered, and trusted?"""
    named = next((mailboxes for name in SENDERS if (mailboxes := addresses_of(message, name))), ())
    found = {address.email: address for address in reversed(named)}
    if len(found) > 1:
        raise Unreadable("several_senders")
    if not found:
        raise Unreadable("no_sender")
    return next(iter(found.values()))


def _date(message: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(text_of(message, "Date"))
        return date.astimezone(UTC) if date.tzinfo is not None else date.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


# --- Parts ----------------------------------------------------------------------------------------------------------


def _contents(message: Message) -> tuple[list[str], list[str], list[File]]:
    """The plain bodies, the HTML bodies, and everything else."""
    plain: list[str] = []
    marked_up: list[str] = []
    files: list[File] = []
    for number, part in enumerate(_leaves(message)):
        if number >= MOST_PARTS:
            raise Unreadable("too_many_parts")
        if _is_body(part):
            body = decode(_bytes(part), _charset(part)).replace("\0", "")[:LONGEST_TEXT]
            (plain if part.get_content_type() == "text/plain" else marked_up).append(body)
        elif not _is_nothing(part):
            files.append(_file(part, len(files) + 1))
    return plain, marked_up, files


def _leaves(part: Message, depth: int = 0) -> Iterator[Message]:
    """The parts that hold something themselves. A mail within the mail is one of them: it is kept whole."""
    if depth > DEEPEST:
        raise Unreadable("too_deep")
    inner = part.get_payload()
    if isinstance(inner, list) and part.get_content_maintype() == "multipart":
        for child in inner:
            if isinstance(child, Message):
                yield from _leaves(child, depth + 1)
    else:
        yield part


def _is_body(part: Message) -> bool:
    if part.get_content_type() not in BODIES or part.get_content_disposition() == "attachment":
        return False
    return not file_name_of(part)


def _is_nothing(part: Message) -> bool:
    if part.get_content_maintype() == "multipart":
        return True  # it named no boundary, so nothing can be told apart
    size = len(_bytes(part))
    return not size or bool(PLACEHOLDER.fullmatch(file_name_of(part))) and size < SMALLEST_PICTURE


def _charset(part: Message) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        return ""


def _bytes(part: Message) -> bytes:
    if isinstance(part.get_payload(), list):
        return b"\n".join(inner.as_bytes() for inner in part.get_payload() if isinstance(inner, Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _is_shown(file: File, source: str) -> bool:
    """True where the HTML itself shows the picture, whatever the part calls itself."""
    return bool(file.content_id) and f"cid:{file.content_id}" in source


def _file(part: Message, number: int) -> File:
    content_id = text_of(part, "Content-ID").strip("<> ")
    return File(file_name_of(part) or _unnamed(part, number), part.get_content_type(), _bytes(part), content_id)


def _unnamed(part: Message, number: int) -> str:
    """A name for a part that has none: a mail's own subject, what describes it, its sort, its content id."""
    kind = part.get_content_type()
    extension = EXTENSIONS.get(kind, "." + re.sub(r"[^a-z0-9]", "", part.get_content_subtype())[:10])
    inner = part.get_payload()
    subject = ""
    if kind == "message/rfc822" and isinstance(inner, list) and inner and isinstance(inner[0], Message):
        subject = safe_name(text_of(inner[0], "Subject"))
    described = subject or safe_name(text_of(part, "Content-Description"))
    if described:
        return described + extension
    if kind in SORTS:
        return SORTS[kind] + extension
    if part.get_content_maintype() == "image":
        return f"image{extension}"
    return safe_name(text_of(part, "Content-ID").strip("<> ").partition("@")[0]) or f"file-{number}{extension}"


# --- Text -----------------------------------------------------------------------------------------------------------


def tidy(text: str) -> str:
    """One sort of line end, no control characters, at most one blank line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\ufeff", "")
    text = "".join(sign for sign in text if sign in "\n\t" or sign >= " " and sign != "\x7f")
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _fuller(plain: str, from_html: str) -> str:
    """The plain text, unless it only says that there is more in the HTML."""
    return from_html if not plain or len(from_html.split()) > 10 + 3 * len(plain.split()) else plain


def is_too_deep(source: str) -> bool:
    """True for HTML that no mail program writes, and whose parsing could take minutes."""
    depth = 0
    for closing, tag in TAG.findall(source):
        if tag.lower() not in CLOSED_BY_THE_NEXT:
            depth = max(depth - 1, 0) if closing else depth + 1
            if depth > DEEPEST_HTML:
                return True
    return False


def text_of_html(source: str) -> str:
    """What a person would read of it."""
    if is_too_deep(source[:LONGEST_TEXT]):
        return unescape(re.sub(r"<[^<>]*>", " ", source[:LONGEST_TEXT]))
    cleaned = nh3.clean(
        source[:LONGEST_TEXT], tags=TAGS, attributes={}, clean_content_tags={"script", "style", "title"}
    )
    return get_text(f"<div>{cleaned}</div>") if cleaned.strip() else ""


def safe_html(source: str) -> str:
    """HTML without scripts, forms, styles and anything that would be fetched from elsewhere."""
    if not source.strip() or is_too_deep(source[:LONGEST_TEXT]):
        return ""
    return nh3.clean(
        source[:LONGEST_TEXT],
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_harmless,
        clean_content_tags={"script", "style", "title"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    """A picture that is not in the mail would tell its sender who reads it, and when."""
    if tag == "img" and attribute == "src" and not value.lower().startswith("cid:"):
        return None
    return value
