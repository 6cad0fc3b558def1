"""The store of bytes: what may enter it, under which name, and how it is kept. Who may read it says the row that points there."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import BinaryIO, Protocol

import filetype
from django.conf import settings
from django.utils.translation import gettext as _

from helpdesk.common.errors import InvalidInput

MAX_BYTES = 20 * 1024 * 1024
NAME_LENGTH = 150

# By extension: what the content must sniff as. None means text, which has no signature.
ALLOWED: dict[str, frozenset[str] | None] = {
    "png": frozenset({"image/png"}),
    "jpg": frozenset({"image/jpeg"}),
    "jpeg": frozenset({"image/jpeg"}),
    "gif": frozenset({"image/gif"}),
    "webp": frozenset({"image/webp"}),
    "heic": frozenset({"image/heic"}),
    "bmp": frozenset({"image/bmp"}),
    "pdf": frozenset({"application/pdf"}),
    "zip": frozenset({"application/zip"}),
    "7z": frozenset({"application/x-7z-compressed"}),
    "gz": frozenset({"application/gzip"}),
    "mp4": frozenset({"video/mp4"}),
    "docx": frozenset({"application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}),
    "xlsx": frozenset({"application/zip", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}),
    "pptx": frozenset({"application/zip", "application/vnd.openxmlformats-officedocument.presentationml.presentation"}),
    "txt": None,
    "log": None,
    "csv": None,
    "json": None,
    "md": None,
    "eml": None,
}
_MARKUP = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?xml|body|head|iframe)", re.IGNORECASE)
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]')


def safe_name(name: str) -> str:
    """A file name without path, control, direction-changing or reserved characters, at most 150 characters."""
    base = _UNSAFE_IN_NAME.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, extension = base.rpartition(".")
    if dot and stem:
        return f"{stem[: NAME_LENGTH - len(extension[:10]) - 1]}.{extension[:10]}"
    return base[:NAME_LENGTH] or "file"


def sniff(name: str, head: bytes) -> str:
    """The content type that the first bytes show, if `name`'s extension allows it. Raises InvalidInput."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in ALLOWED:
        raise _refused(name, _("“%(name)s” is of a type that isn't accepted here. Allowed: %(types)s."))
    allowed = ALLOWED[extension]
    kind = filetype.guess(head)
    found = kind.mime if kind else None
    if allowed is None:
        if found is not None or b"\x00" in head or _MARKUP.search(head[:1024]):
            raise _refused(name, _("The content of “%(name)s” isn't plain text, as its name says."))
        return "text/plain"
    if found not in allowed:
        raise _refused(name, _("The content of “%(name)s” isn't what its name says."))
    return found


def _refused(name: str, sentence: str) -> InvalidInput:
    return InvalidInput(fields={"files": [sentence % {"name": name, "types": ", ".join(sorted(ALLOWED))}]})


def _path(key: str) -> Path:
    return Path(settings.FILES_DIR) / key[:2] / key


class Readable(Protocol):
    """Bytes that come piece by piece."""

    def read(self, size: int, /) -> bytes: ...


def keep_bytes(source: Readable, *, head: bytes = b"") -> tuple[str, str, int]:
    """Put bytes into the file store, synced. `head` was read already. Returns their key, SHA-256 and length."""
    key = secrets.token_hex(32)
    target = _path(key)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".part")
    digest = hashlib.sha256(head)
    size = len(head)
    with open(temporary, "wb") as file:
        file.write(head)
        while chunk := source.read(65536):
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, target)
    return key, digest.hexdigest(), size


def open_bytes(key: str) -> BinaryIO:
    """What `keep_bytes` kept. Raises FileNotFoundError."""
    return open(_path(key), "rb")


def discard_bytes(key: str) -> None:
    """Forget what `keep_bytes` kept, where no row points at it."""
    _path(key).unlink(missing_ok=True)
