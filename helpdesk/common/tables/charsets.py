"""In which encoding a CSV file is written. Nobody who saves one in a spreadsheet is asked, and few could answer."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from helpdesk.common.tables.rows import refused

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LINES = re.compile(rb"[^\n]*[\x80-\xff][^\n]*")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
# In GBK as people write it nearly all characters are of GB 2312's first and most frequent half, or its signs.
_COMMON_HAN = re.compile(rb"(?:[\xa1-\xa3\xb0-\xd7][\xa1-\xfe])+")
_SAMPLE = 200_000  # bytes beyond ASCII that are looked at
# What a table may come in where the frequent characters say nothing.
_CODECS = ["gb18030", "big5", "cp932", "cp949", "cp1252"]


def encoding_of(path: Path) -> str:
    """The name of a codec that reads the whole file. Raises InvalidInput naming the row that none can read."""
    data = path.read_bytes()
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return _checked(data, codec)
    if codec := _wide(data):
        return _checked(data, codec)
    if _reads(data, "utf-8"):
        return "utf-8"
    if _is_nearly_utf8(data):
        return _checked(data, "utf-8")
    if _reads(data, "gb18030") and _is_chinese(data):
        return "gb18030"
    guess = from_bytes(b"\n".join(_LINES.findall(data))[:_SAMPLE], cp_isolation=_CODECS).best()
    for codec in [*([guess.encoding] if guess else []), "gb18030", "cp1252"]:
        if _reads(data, codec):
            return codec
    return _checked(data, "gb18030")


def _reads(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _checked(data: bytes, codec: str) -> str:
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(codec, "replace")
        sentence = _(
            "Row %(row)d contains characters that can't be read. Save the file as “CSV UTF-8” or as XLSX, and try again."
        )
        raise refused(sentence % {"row": before.count("\n") + 1}) from None
    return codec


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: separators and line ends have a zero, all of them on the same side."""
    even, odd = data[::2].count(0), data[1::2].count(0)
    if max(even, odd) < 3 or min(even, odd) > 0:
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _is_nearly_utf8(data: bytes) -> bool:
    """A broken character doesn't make another encoding of a file: GBK has hardly anything that UTF-8 can read."""
    text = b"\n".join(_BEYOND_ASCII.findall(data))[:_SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(text) - text.count("\n") - broken > 8 * broken


def _is_chinese(data: bytes) -> bool:
    runs = _BEYOND_ASCII.findall(data)
    sample = b"\n".join(runs)[:_SAMPLE]
    common = sum(len(run) for run in _COMMON_HAN.findall(sample))
    return 5 * common > 4 * (len(sample) - sample.count(b"\n"))
