"""Reading the first sheet of an XLSX file, after a look at what unpacking it would mean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

from django.utils.translation import gettext as _

from helpdesk.common.archives import BROKEN_ARCHIVE
from helpdesk.common.tables.rows import MAX_COLUMNS, Cell, refused

MAX_PARTS = 1000
MAX_UNPACKED = 512 * 1024 * 1024  # bytes
MAX_STRINGS = 96 * 1024 * 1024  # bytes of the table of texts, which stands in memory
LAST_ROW = 1_048_576  # of a sheet
MAX_RATIO = 250  # of a part larger than a megabyte
_HEAD = 4096
# How the format writes characters that XML can't hold, and the underscore before what looks like one.
_ESCAPE = re.compile(r"_x(005F|000D)_")
_DIGITS_KEPT = 10**15  # beyond this a spreadsheet has rounded the number


def read_xlsx(path: Path) -> Iterator[list[Cell]]:
    """The lines of the first sheet. Raises InvalidInput."""
    # Loaded with the first such file: most processes never read one, and it takes 10 MB.
    from openpyxl import load_workbook

    _check_archive(path)
    # An open file, as the library judges paths by their extension.
    with open(path, "rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except Exception:
            raise _unreadable() from None
        if not book.worksheets:
            raise refused(_("The file has no sheet with a table."))
        yield from _lines(book.worksheets[0])


def _lines(sheet: Any) -> Iterator[list[Cell]]:
    sheet.reset_dimensions()
    lines = sheet.iter_rows()
    # The library fills gaps between rows, however far apart the file says they are.
    for number in range(1, LAST_ROW + 1):
        try:
            line = next(lines, None)
        except Exception:
            # Whatever the library stumbles over in a file that isn't what it says.
            raise _unreadable() from None
        if line is None:
            return
        if len(line) > 2 * MAX_COLUMNS:
            raise refused(_("Row %(row)d has far more cells than there may be columns.") % {"row": number})
        yield [_cell(cell) for cell in line]
    raise _unreadable()


def _unreadable() -> Exception:
    return refused(_("The file isn't a readable XLSX file. Open it in a spreadsheet and save it again as XLSX or CSV."))


def _check_archive(path: Path) -> None:
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            _check_sizes(parts)
            _check_contents(archive, parts)
    except BROKEN_ARCHIVE:
        # Broken, or packed in a way that spreadsheets don't use.
        raise _unreadable() from None


def _check_sizes(parts: list[ZipInfo]) -> None:
    """The sizes that the archive names are those at which unpacking stops, so they can be relied on."""
    total = sum(part.file_size for part in parts)
    strings = sum(part.file_size for part in parts if "sharedstrings" in part.filename.lower())
    is_bomb = any(part.file_size > (1 << 20) and part.file_size > MAX_RATIO * part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or total > MAX_UNPACKED or strings > MAX_STRINGS or is_bomb:
        raise refused(_("Unpacked, this file would be far too large. Save the table as CSV, or divide it."))


def _check_contents(archive: ZipFile, parts: list[ZipInfo]) -> None:
    names = [part.filename.lower() for part in parts]
    if any(part.flag_bits & 1 for part in parts):
        raise refused(_("The file is protected by a password. Save it without one."))
    if any(name.endswith("vbaproject.bin") for name in names):
        raise refused(_("The file contains macros. Save it as XLSX without macros."))
    if any("externallinks/" in name for name in names):
        raise refused(_("The file refers to other files. Copy the cells, paste them as values, and save it again."))
    if "xl/workbook.xml" not in names:
        raise _unreadable()
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels")):
            with archive.open(part) as file:
                head = file.read(_HEAD)
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise _unreadable()


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell("")
    if cell.data_type == "f":
        text = value if isinstance(value, str) else "="
        return Cell(text, _("This is a formula. Copy the column, paste it as values, and save the file again."))
    if cell.data_type == "e":
        return Cell(str(value), _("The spreadsheet shows an error here. Mend it, or empty the cell."))
    if isinstance(value, str):
        return Cell(_ESCAPE.sub(lambda match: "_" if match[1] == "005F" else "\r", value))
    return _of_number(value)


def _of_number(value: Any) -> Cell:
    """Numbers as people read them, days as 2026-03-02."""
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, dt.datetime):
        return Cell(value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "seconds"))
    if isinstance(value, int | float) and abs(value) >= _DIGITS_KEPT:
        text = str(int(value)) if value == value and abs(value) < 1e300 else str(value)
        return Cell(
            text, _("The spreadsheet keeps only 15 digits of a number. Format the column as text, and enter it again.")
        )
    if isinstance(value, float):
        return Cell(str(int(value)) if value.is_integer() else format(value, ".15g"))
    return Cell(str(value))
