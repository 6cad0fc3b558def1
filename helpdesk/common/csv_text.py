"""Tables as CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# What a cell may not begin with: spreadsheets calculate it, those of East Asian systems the full-width ones too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
BOM = "\ufeff"  # tells spreadsheets that it is UTF-8


def _needs_apostrophe(text: str) -> bool:
    """Text that looks like a formula, also behind apostrophes: so each reading takes off what one writing put on."""
    return text.lstrip("'").startswith(_FORMULA)


def safe_cell(value: Any) -> Any:
    """Text that looks like a formula gets an apostrophe before it; numbers stay numbers, None becomes empty."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and _needs_apostrophe(value) else value


def plain_cell(text: str) -> str:
    """What `safe_cell` was given, from what it wrote."""
    return text[1:] if text.startswith("'") and _needs_apostrophe(text) else text


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Each row as a line, as it is asked for."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
