"""Reading CSV as spreadsheets and other systems write it, in whatever encoding and with whatever separator."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import TextIOBase
from pathlib import Path

from django.utils.translation import gettext as _

from helpdesk.common.csv_text import plain_cell
from helpdesk.common.tables.charsets import encoding_of
from helpdesk.common.tables.rows import MAX_CELL, MAX_COLUMNS, Cell, check_cell, refused

_SEPARATORS = ",;\t"
_HEAD = 64 * 1024  # characters in which the heading has to end
# By such a line files tell a spreadsheet their separator. It shows it as no row, and doesn't count it.
_SAYS_SEPARATOR = re.compile(r"sep=([^\w\s\"]|\t)[\r\n]+", re.IGNORECASE)


def read_csv(path: Path) -> Iterator[list[Cell]]:
    """The lines of the file, with the apostrophes taken off that `csv_text` put before formulas. Raises InvalidInput."""
    with open(path, encoding=encoding_of(path), newline="") as file:
        reader = csv.reader(file, delimiter=_separator(file), strict=False)
        number = 0
        while True:
            number += 1
            try:
                line = next(reader, None)
            except csv.Error:
                sentence = _("Row %(row)d can't be read. Look whether a quotation mark is missing in it or before it.")
                raise refused(sentence % {"row": number}) from None
            if line is None:
                return
            yield _cells(line, number)


def _cells(line: list[str], number: int) -> list[Cell]:
    if len(line) > 2 * MAX_COLUMNS:
        raise refused(_("Row %(row)d has far more cells than there may be columns.") % {"row": number})
    found = []
    for text in line:
        if len(text) > MAX_CELL:
            check_cell(text, number)
        found.append(Cell(plain_cell(text), _formula_problem(text)))
    return found


def _formula_problem(text: str) -> str:
    if not text.startswith(("=", "＝")):
        return ""
    return _("This begins with an equals sign, as formulas do. If it is text, write an apostrophe (') before it.")


def _separator(file: TextIOBase) -> str:
    """The one that the file names, else the one that parts the most headings. Leaves the file where its table begins."""
    if said := _SAYS_SEPARATOR.fullmatch(file.readline(_HEAD)):
        return said[1]
    file.seek(0)
    head = file.read(_HEAD).lstrip()
    file.seek(0)
    outside = "".join(head.split('"')[::2])
    heading = (outside.splitlines() or [""])[0]
    return max(_SEPARATORS, key=heading.count)
