"""Folders and ZIP files with articles, read whole and with suspicion: numbers, sizes and paths have limits."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.utils.translation import gettext as _

from helpdesk.common.archives import BROKEN_ARCHIVE
from helpdesk.common.errors import InvalidInput, TooLarge

MOST_ENTRIES = 12_000
LARGEST_FILE = 20 * 1024 * 1024
LARGEST_WHOLE = 200 * 1024 * 1024
# Texts shrink to a tenth; whatever shrinks more was made to burst.
HIGHEST_RATIO = 100


def read_zip(source: BinaryIO) -> dict[str, bytes]:
    """The files in a ZIP by their path. Raises InvalidInput or TooLarge naming `archive`."""
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_litter(entry.filename)]
            for entry in entries:
                _check_entry(entry)
            _check_amount(len(entries), sum(entry.file_size for entry in entries))
            return {entry.filename: archive.read(entry) for entry in entries}
    except BROKEN_ARCHIVE:
        raise InvalidInput(fields={"archive": [_("This isn't a ZIP file that can be read.")]}) from None


def _check_entry(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename or is_link:
        raise _refused(_("“%(name)s” leads out of the folder."), entry.filename)
    if entry.flag_bits & 1:
        raise _refused(_("“%(name)s” is encrypted."), entry.filename)
    if entry.file_size > LARGEST_FILE:
        raise TooLarge(
            fields={
                "archive": [
                    _("“%(name)s” is larger than %(limit)d MB.") % {"name": entry.filename, "limit": LARGEST_FILE >> 20}
                ]
            }
        )
    if entry.file_size > 1024 * 1024 and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
        raise _refused(_("“%(name)s” is packed so tightly that it isn't unpacked."), entry.filename)


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files below a folder by their path in it; links aren't followed. Raises InvalidInput or TooLarge."""
    if not folder.is_dir():
        raise InvalidInput(fields={"archive": [_("There is no such folder.")]})
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    paths = [path for path in paths if not _is_litter(path.relative_to(folder).as_posix())]
    _check_amount(len(paths), sum(path.stat().st_size for path in paths))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _check_amount(count: int, size: int) -> None:
    if count > MOST_ENTRIES or size > LARGEST_WHOLE:
        facts = {"count": MOST_ENTRIES, "limit": LARGEST_WHOLE >> 20}
        raise TooLarge(fields={"archive": [_("At most %(count)d files of %(limit)d MB altogether.") % facts]})


def _is_litter(path: str) -> bool:
    """What operating systems leave behind."""
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(path).parts if part != "..")


def _refused(sentence: str, name: str) -> InvalidInput:
    return InvalidInput(fields={"archive": [sentence % {"name": name}]})


def write_zip(target: BinaryIO, files: Iterator[tuple[str, bytes]]) -> None:
    """Put files into a ZIP. All carry one date, so that the same articles make the same bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
