"""A mail from its bytes: who, to whom, about what, the text, and the files. Pure; anything that can't be is Unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import escape

from tickets.intake import tnef
from tickets.intake.charsets import decode
from tickets.intake.files import File, file_of, told_apart
from tickets.intake.headers import Address, addresses_of, file_name_of, message_ids_of, text_of
from tickets.intake.markup import safe_html, text_of_html, title_of_html
from tickets.intake.parts import Part, Unreadable, part_of

__all__ = ["Address", "File", "Letter", "Unreadable", "matter_of", "read"]

LONGEST_TEXT = 1_000_000  # characters of all bodies together
LONGEST_MATTER = 120
BODIES = ("text/plain", "text/html")
SENDERS = ("From", "Sender", "Reply-To")
# What Outlook leaves where it took a picture out, or sets as a dot of a signature.
PLACEHOLDER = re.compile(r"(~WRD\d+|image\d{3})\.\w+")
SMALLEST_PICTURE = 1000  # bytes
MOST_FILES = 500


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
    message: Part = field(repr=False, compare=False)

    @property
    def in_reply_to(self) -> tuple[str, ...]:
        """The mail that is answered, as the header for it says; `references` holds it too."""
        return message_ids_of(self.message, "In-Reply-To")


def read(raw: bytes) -> Letter:
    """The mail in these bytes. Raises Unreadable and nothing else."""
    if not raw.strip():
        raise Unreadable("empty")
    try:
        return _read(_parted(raw))
    except Unreadable:
        raise
    except Exception as error:
        # Nobody knows every mail that will ever come; this one is kept and shown to people.
        raise Unreadable("malformed") from error


def matter_of(letter: Letter) -> str:
    """What the mail is about, in one line: its subject, or else how its text begins. Empty where there is neither."""
    line = letter.subject or next((line.strip() for line in letter.text.split("\n") if line.strip()), "")
    return line if len(line) <= LONGEST_MATTER or letter.subject else line[: LONGEST_MATTER - 1] + "…"


def _parted(raw: bytes) -> Part:
    """The mail; once more with patience where lines that are none hide its sender among the headers."""
    message = part_of(raw)
    if addresses_of(message, "From"):
        return message
    mended = part_of(raw, is_patient=True)
    return mended if addresses_of(mended, "From") else message


def _read(message: Part) -> Letter:
    found = _contents(message)
    subject = text_of(message, "Subject")
    source = found.source()
    plain = "\n".join(part for part in found.plain if part.strip())
    return Letter(
        sender=_sender(message),
        reply_to=addresses_of(message, "Reply-To"),
        to=addresses_of(message, "To"),
        cc=addresses_of(message, "Cc"),
        subject=subject,
        message_id=next(iter(message_ids_of(message, "Message-ID")), ""),
        references=tuple(
            dict.fromkeys([*message_ids_of(message, "References"), *message_ids_of(message, "In-Reply-To")])
        ),
        date=_date(message),
        text=tidy(_fuller(plain, "\n".join(found.marked_up), subject)),
        html=safe_html(source),
        files=tuple(replace(file, is_inline=_is_shown(file, source)) for file in told_apart(found.files)),
        message=message,
    )


def _sender(message: Part) -> Address:
    """The one mailbox in From, without one in Sender or Reply-To. Two different ones are refused: which of them would
    be answered, and trusted?"""
    named = next((mailboxes for name in SENDERS if (mailboxes := addresses_of(message, name))), ())
    found = {address.email: address for address in reversed(named)}
    if len(found) > 1:
        raise Unreadable("several_senders")
    if not found:
        raise Unreadable("no_sender")
    return next(iter(found.values()))


def _date(message: Part) -> datetime | None:
    try:
        date = parsedate_to_datetime(text_of(message, "Date"))
        return date.astimezone(UTC) if date.tzinfo is not None else date.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


# --- Parts ----------------------------------------------------------------------------------------------------------


@dataclass
class _Contents:
    """The plain bodies, the HTML bodies, and everything else."""

    plain: list[str] = field(default_factory=list)
    marked_up: list[str] = field(default_factory=list)
    flow: list[str] = field(default_factory=list)  # plain bodies and pictures in their order, as HTML
    files: list[File] = field(default_factory=list)

    def room(self) -> int:
        """How many characters of bodies are still looked at."""
        return max(0, LONGEST_TEXT - sum(map(len, self.plain)) - sum(map(len, self.marked_up)))

    def source(self) -> str:
        """The HTML; of pictures between plain bodies (Apple's mails) it is made, so that they stand in their places."""
        places = [piece.startswith("<img") for piece in self.flow]
        is_mixed = True in places and len(places) - sum(places) > 1
        return "\n".join(self.flow if is_mixed and not self.marked_up else self.marked_up)


def _contents(message: Part) -> _Contents:
    found = _Contents()
    packed: list[tnef.Unpacked] = []
    for part in _leaves(message):
        if _is_body(part):
            _add_body(found, part)
            continue
        content = part.content()
        unpacked = tnef.unpack(content) if _is_packed(part) else None
        if unpacked is not None:
            packed.append(unpacked)
            found.files.extend(unpacked.files)
        elif content and not _is_placeholder(part, len(content)):
            file = file_of(part, len(found.files) + 1, content)
            found.files.append(file)
            if (
                file.content_id
                and part.get_content_maintype() == "image"
                and part.get_content_disposition() == "inline"
            ):
                found.flow.append(f'<img src="cid:{escape(file.content_id)}" alt="{escape(file.name)}">')
    if not any(map(str.strip, found.plain + found.marked_up)):
        found.plain.extend(inner.text[:LONGEST_TEXT] for inner in packed)
        found.marked_up.extend(inner.html[:LONGEST_TEXT] for inner in packed)
    found.files = found.files[:MOST_FILES]
    return found


def _add_body(found: _Contents, part: Part) -> None:
    room = found.room()
    text = decode(part.content(4 * room), _charset(part)).replace("\0", "")[:room]
    if part.get_content_type() == "text/html":
        found.marked_up.append(text)
    else:
        found.plain.append(text)
        found.flow.append("<div>" + escape(text.strip()).replace("\n", "<br>") + "</div>")


def _leaves(part: Part) -> Iterator[Part]:
    """The parts that hold something themselves. A mail within the mail is one of them: it is kept whole."""
    for child in part.children:
        yield from _leaves(child)
    if not part.children:
        yield part


def _is_body(part: Part) -> bool:
    """Also what was meant to have parts, of which none can be found."""
    if part.get_content_maintype() == "multipart":
        return True
    if part.get_content_type() not in BODIES or part.get_content_disposition() == "attachment":
        return False
    return not file_name_of(part)


def _is_packed(part: Part) -> bool:
    return part.get_content_type() in tnef.TYPES or file_name_of(part).lower() == "winmail.dat"


def _is_placeholder(part: Part, size: int) -> bool:
    return size < SMALLEST_PICTURE and bool(PLACEHOLDER.fullmatch(file_name_of(part)))


def _charset(part: Part) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        return ""


def _is_shown(file: File, source: str) -> bool:
    """True where the HTML itself shows the picture, whatever the part calls itself."""
    return bool(file.content_id) and f"cid:{file.content_id}" in source


# --- Text -----------------------------------------------------------------------------------------------------------


def tidy(text: str) -> str:
    """One sort of line end, no control characters, at most one blank line in a row."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\ufeff", "")
    text = "".join(sign for sign in text if sign in "\n\t" or sign >= " " and sign != "\x7f")
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _fuller(plain: str, source: str, subject: str) -> str:
    """The plain text, unless there is much more in the HTML: then that, after what only the plain text says.

    A page's title is part of what its sender tells: machines that write pages put the matter there.
    """
    from_html = text_of_html(source)
    if plain and len(from_html.split()) <= 10 + 3 * len(plain.split()):
        return plain
    title = title_of_html(source)
    is_told = title in subject or title in from_html
    before = plain if set(plain.split()) - set(from_html.split()) else ""
    return "\n\n".join(text for text in (before, "" if is_told else title, from_html) if text.strip())
