"""Writing tables so that reading gives back the same: CSV row by row, XLSX into a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from helpdesk.common.csv_text import BOM, csv_lines

_WIDTH = 18  # characters


def csv_parts(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The file line by line, marked as UTF-8, with an apostrophe before what looks like a formula."""
    yield BOM
    yield from csv_lines([columns])
    yield from csv_lines(rows)


def write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], *, sheet: str) -> None:
    """The table with every cell as text, so that no zero is lost and no formula calculated. Keeps one row in memory."""
    # Loaded with the first such file, as the reader is.
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    try:
        page = book.add_worksheet(sheet)
        text, heading = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "bold": True})
        page.set_column(0, max(len(columns) - 1, 0), _WIDTH, text)
        page.freeze_panes(1, 0)
        for index, name in enumerate(columns):
            page.write_string(0, index, name, heading)
        for number, row in enumerate(rows, 1):
            for index, value in enumerate(row):
                if value:
                    page.write_string(number, index, value, text)
    finally:
        book.close()
