"""What a table is made of once it is read, and how large it may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import visible

MAX_BYTES = 32 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 10_000  # characters
SHOWN = 40  # characters of a value in a sentence


@dataclass(frozen=True)
class Cell:
    """One cell as text. `problem` is a whole sentence where the text isn't what somebody typed: a formula, an error."""

    text: str
    problem: str = ""


@dataclass(frozen=True)
class Row:
    """`number` is the row as the spreadsheet counts it, the heading being row 1. `surplus`: text without a heading."""

    number: int
    values: dict[str, str]
    problems: dict[str, str] = field(default_factory=dict)
    surplus: str = ""


@dataclass(frozen=True)
class Table:
    """The headings, and the rows that can be read once."""

    columns: list[str]
    rows: Iterator[Row]


def refused(sentence: str) -> InvalidInput:
    """The file as a whole can't be read."""
    return InvalidInput(fields={"file": [sentence]})


def shorten(text: str) -> str:
    """The beginning of a value, to be quoted."""
    one_line = visible(" ".join(text.split()))
    return one_line if len(one_line) <= SHOWN else f"{one_line[: SHOWN - 1]}…"


def as_table(lines: Iterable[Sequence[Cell]]) -> Table:
    """The table that these lines make, the first one being the heading. Raises InvalidInput, also while rows are read."""
    numbered = enumerate(lines, 1)
    for number, line in numbered:
        if any(cell.text.strip() for cell in line):
            return Table(columns=_headings(line, number), rows=_rows(_headings(line, number), numbered))
    raise refused(_("The file is empty. The first row has to name the columns."))


def _headings(line: Sequence[Cell], number: int) -> list[str]:
    names = [" ".join(cell.text.split()) for cell in line]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_COLUMNS:
        raise refused(_("The file has more than %(limit)d columns.") % {"limit": MAX_COLUMNS})
    seen: set[str] = set()
    for name in filter(None, names):
        check_cell(name, number)
        if name in seen:
            sentence = _("Two columns are called “%(name)s”. Give each a name of its own.")
            raise refused(sentence % {"name": shorten(name)})
        seen.add(name)
    return names


def _rows(columns: list[str], numbered: Iterator[tuple[int, Sequence[Cell]]]) -> Iterator[Row]:
    count = 0
    for number, line in numbered:
        if not any(cell.text.strip() or cell.problem for cell in line):
            continue
        count += 1
        if count > MAX_ROWS:
            raise refused(
                _("The file has more than %(limit)d rows. Please divide it into several files.") % {"limit": MAX_ROWS}
            )
        yield _row(columns, number, line)


def _row(columns: list[str], number: int, line: Sequence[Cell]) -> Row:
    values, problems, surplus = {}, {}, ""
    for index, cell in enumerate(line):
        check_cell(cell.text, number)
        name = columns[index] if index < len(columns) else ""
        if name:
            values[name] = cell.text
            if cell.problem:
                problems[name] = cell.problem
        elif cell.text.strip():
            surplus = surplus or cell.text
    for name in columns[len(line) :]:
        if name:
            values[name] = ""
    return Row(number, values, problems, surplus)


def check_cell(text: str, number: int) -> None:
    """Refuse what can't be stored and what is too long to be meant."""
    if len(text) > MAX_CELL:
        sentence = _("Row %(row)d has a cell of more than %(limit)d characters.")
        raise refused(sentence % {"row": number, "limit": MAX_CELL})
    if "\x00" in text:
        raise refused(_("Row %(row)d contains characters that can't be stored.") % {"row": number})
