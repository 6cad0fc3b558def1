"""The files that come with a mail, and what to call those that have no name, or the name of another. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tickets.intake.headers import file_name_of, safe_name, text_of
from tickets.intake.parts import Part

EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/pjpeg": ".jpg",
    "message/delivery-status": ".txt",
    "message/global": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "video/quicktime": ".mov",
}
SORTS = {
    "message/delivery-status": "delivery-status",
    "text/calendar": "calendar",
    "text/html": "document",
    "text/plain": "document",
    "text/rfc822-headers": "headers",
}
MAIN_SORTS = ("audio", "image", "video")
WITH_EXTENSION = re.compile(r".+\.\w{2,5}")
MAILS = ("message/rfc822", "message/global")


@dataclass(frozen=True)
class File:
    """Something that came with a mail. `content_id` is how its HTML points at it, without brackets; `is_inline` if it does."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    is_inline: bool = False


def file_of(part: Part, number: int, content: bytes) -> File:
    """What a part holds, as a file; `number` is for its name if nothing else is."""
    content_id = text_of(part, "Content-ID").strip("<> ")
    return File(file_name_of(part) or _unnamed(part, number), part.get_content_type(), content, content_id)


def _unnamed(part: Part, number: int) -> str:
    """A name for a part that has none: its content id, a mail's own subject, what describes it, its sort."""
    identified = safe_name(text_of(part, "Content-ID").strip("<> ").partition("@")[0])
    if WITH_EXTENSION.fullmatch(identified):
        return identified
    kind = part.get_content_type()
    extension = EXTENSIONS.get(kind, "." + re.sub(r"[^a-z0-9]", "", part.get_content_subtype())[:10])
    described = safe_name(text_of(part.within(), "Subject")) if kind in MAILS else ""
    described = described or safe_name(text_of(part, "Content-Description"))
    if described:
        return described + extension
    if kind in SORTS:
        return SORTS[kind] + extension
    if part.get_content_maintype() in MAIN_SORTS:
        return part.get_content_maintype() + extension
    return identified or f"file-{number}{extension}"


def told_apart(files: Iterable[File]) -> Iterator[File]:
    """The files with names of their own: the second "a.tar.gz" is a1.tar.gz."""
    taken: set[str] = set()
    for file in files:
        stem, dot, extension = file.name.partition(".")
        name, number = file.name, 0
        while name in taken:
            number += 1
            name = f"{stem}{number}{dot}{extension}"
        taken.add(name)
        yield replace(file, name=name)
