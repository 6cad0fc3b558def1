"""The dossier as one file that outlives the help desk: JSON, a page to print, the files, and the script that checks them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.contrib.staticfiles import finders

from helpdesk.common.file_store import open_bytes
from tickets import verify_dossier
from tickets.dossier import as_json, path_of
from tickets.models import Attachment

IN_MEMORY = 8 * 1024 * 1024  # bytes; larger ones go to the disk while they are made
STYLE = "css/dossier.css"


def verifier() -> str:
    """The script that checks a dossier."""
    return Path(verify_dossier.__file__).read_text(encoding="utf-8")


def package(data: dict[str, Any], *, page: str, files: Iterable[Attachment]) -> IO[bytes]:
    """A ZIP archive, open at its beginning. A file whose bytes are missing is missing there too, and the check says so."""
    out: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed by the response that sends it
    with ZipFile(out, "w", compression=ZIP_DEFLATED) as archive:
        archive.writestr("dossier.json", as_json(data))
        archive.writestr("dossier.html", page)
        archive.writestr("verify_dossier.py", verifier())
        style = finders.find(STYLE)
        archive.writestr("dossier.css", Path(str(style)).read_bytes())
        for file in files:
            _add(archive, file)
    out.seek(0)
    return out


def _add(archive: ZipFile, file: Attachment) -> None:
    try:
        source = open_bytes(file.storage_key)
    except FileNotFoundError:
        return
    entry = ZipInfo(path_of(file), date_time=file.created_at.timetuple()[:6])
    # Pictures and documents are packed already.
    entry.compress_type = ZIP_STORED
    with source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target)
