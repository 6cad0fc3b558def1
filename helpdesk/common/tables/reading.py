"""Reading a table from a file that somebody brought along, by what it is and not by what it is called."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from helpdesk.common.tables.csv_reading import read_csv
from helpdesk.common.tables.rows import MAX_BYTES, Table, as_table, refused
from helpdesk.common.tables.xlsx_reading import read_xlsx

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # .xls, and XLSX with a password
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


def open_table(path: Path, *, name: str) -> Table:
    """The table in the file. `name` is what its owner calls it.

    Raises InvalidInput (field `file`), also later, while the rows are read.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise refused(_("The file is larger than %(limit)d MB.") % {"limit": MAX_BYTES >> 20})
    with open(path, "rb") as file:
        head = file.read(512)
    extension = name.rpartition(".")[2].lower()
    if head.startswith(_OLE) or extension in ("xls", "xlsb", "et"):
        raise refused(
            _("Old Excel files and those with a password can't be read. Save it as XLSX without a password, or as CSV.")
        )
    if extension in ("xlsm", "xltm"):
        raise refused(_("The file contains macros. Save it as XLSX without macros."))
    if head.startswith(_ZIP):
        return as_table(read_xlsx(path))
    if head.startswith(_OTHERS) or head.lstrip()[:1] == b"<":
        raise refused(_("This isn't a table. Choose a CSV or an XLSX file."))
    return as_table(read_csv(path))
