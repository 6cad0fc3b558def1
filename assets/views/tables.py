"""Tables as downloads: CSV as it is read from the database, XLSX from a file that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from helpdesk.common.errors import InvalidInput
from helpdesk.common.tables.writing import csv_parts, write_xlsx

FORMATS = ("csv", "xlsx")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_answer(
    name: str, headings: Sequence[str], rows: Iterable[Sequence[str]], *, file_format: str
) -> HttpResponseBase:
    """The table as a file called `name`; CSV without a format. Raises InvalidInput for one that there isn't."""
    if file_format not in ("", *FORMATS):
        raise InvalidInput(fields={"format": [_("Choose csv or xlsx.")]})
    return _xlsx_answer(name, headings, rows) if file_format == "xlsx" else csv_answer(name, headings, rows)


def csv_answer(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponseBase:
    """Sent line by line."""
    answer = StreamingHttpResponse(csv_parts(headings, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _xlsx_answer(name: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponseBase:
    """The open file outlives its folder's entry, so nothing is left behind however the download ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        write_xlsx(path, headings, rows, sheet=pgettext("sheet of a spreadsheet", "Assets"))
        return FileResponse(open(path, "rb"), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)
