"""Where the files of imports wait until they are done."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from helpdesk.common.tables.rows import MAX_BYTES, refused

_KEY = re.compile(r"[0-9a-f]{64}")


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    return folder


def keep(chunks: Iterable[bytes]) -> str:
    """Store a file; the key under which it is found. Raises InvalidInput where it is too large."""
    key = secrets.token_hex(32)
    size = 0
    try:
        with open(path_of(key), "wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MAX_BYTES:
                    raise refused(_("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES >> 20})
                file.write(chunk)
    except BaseException:
        discard(key)
        raise
    return key


def path_of(key: str) -> Path:
    """The file. Raises FileNotFoundError for what can't be a key."""
    if not _KEY.fullmatch(key):
        raise FileNotFoundError(key)
    return _folder() / key


def discard(key: str) -> None:
    """Remove the file, if it is there."""
    if key:
        path_of(key).unlink(missing_ok=True)


def forget_orphans(*, before: float, known: set[str]) -> None:
    """Remove files older than the timestamp `before` that no import knows."""
    for path in _folder().iterdir():
        if path.name not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
