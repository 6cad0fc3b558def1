"""Text from bytes whose charset is named wrongly, not at all, or by a lie. Pure; never raises."""

from __future__ import annotations

import codecs
import re
from itertools import pairwise

# What mail programs write, and what they mean: mostly a larger set than the one they name.
MEANT = {
    "ansi_x3.110-1983": "cp1252",
    "big5": "big5hkscs",
    "cp-850": "cp850",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "hz-gb-2312": "hz",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-1": "cp1252",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-8-i": "iso-8859-8",
    "ks_c_5601-1987": "cp949",
    "latin1": "cp1252",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "utf8mb4": "utf-8",
    "windows-874": "cp874",
    "windows-936": "gb18030",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
}
# These turn bytes into something, but no mail is written in them. UTF-7 makes text of what every filter before us took
# for plain ASCII; browsers and mail programs gave it up for that.
NO_CHARSETS = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem", "utf-7"}
SAMPLE = 20_000  # bytes that are looked at to guess a charset
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
BROKEN = re.compile("[\udc80-\udcff]")
LATIN = ("cp1252", "latin-1")


def decode(data: bytes, declared: str = "") -> str:
    """The text of these bytes. `declared` is tried first, unless the bytes themselves say something else."""
    for bom, codec in BOMS:
        if data.startswith(bom):
            return data.decode(codec, "replace")
    codec = codec_of(declared)
    if b"\x1b$" in data and not codec.startswith(("iso2022_kr", "iso2022_cn", "hz")):
        return _japanese(data)
    if is_utf8(data, beside=codec):
        return data.decode("utf-8")
    if codec.replace("-", "") != "utf8" and (text := _mixed(data, is_named_wrongly=False)):
        return text
    if codec and (text := _mostly(data, codec)):
        return text
    if text := _mixed(data, is_named_wrongly=True):
        return text
    for candidate in LATIN if codec in LATIN and not _is_chinese(data) else guesses(data):
        try:
            return data.decode(candidate)
        except ValueError:
            continue
    raise AssertionError("every byte is a letter of Latin-1, which comes last")


def _mostly(data: bytes, codec: str) -> str:
    """The text if nearly all of it is in this charset: a cut or broken character doesn't make it another one."""
    if codec in LATIN:
        return ""
    try:
        text = data.decode(codec, "replace")
    except (LookupError, ValueError):
        return ""
    if "\ufffd" not in text:
        return text
    broken, beyond_ascii = text.count("\ufffd"), sum(sign > "\x7f" for sign in text)
    return text if broken < beyond_ascii and broken <= max(1, beyond_ascii // 8) else ""


def _mixed(data: bytes, *, is_named_wrongly: bool) -> str:
    """UTF-8 into which somebody else, a list or a filter, put a line of Latin: each is read as what it is.

    Pairs of GBK look like UTF-8 characters of two bytes. So only longer ones count, or all where the named charset
    doesn't fit and there is one longer."""
    sample = _beyond_ascii(data).decode("utf-8", "surrogateescape")
    broken = sum("\udc80" <= sign <= "\udcff" for sign in sample)
    long = sum(sign > "\u07ff" for sign in sample) - broken
    sound = sum(sign > "\x7f" for sign in sample) - broken if is_named_wrongly and long else long
    if sound <= broken:
        return ""
    text = data.decode("utf-8", "surrogateescape")
    return BROKEN.sub(lambda match: bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace"), text)


def _beyond_ascii(data: bytes) -> bytes:
    """The beginning of what isn't plain ASCII, to guess by."""
    found = re.search(rb"[\x80-\xff]", data)
    return data[found.start() :][:SAMPLE] if found else b""


def _japanese(data: bytes) -> str:
    """ISO-2022-JP as mail programs write it: with the vendors' characters that the standard's codecs refuse."""
    pieces = re.split(rb"(\x1b[$(][@A-Z]?[A-Z]?)", data)
    text, is_double = "", False
    for piece in pieces:
        if piece.startswith(b"\x1b"):
            is_double = piece[1:2] == b"$"
        else:
            text += _shifted(piece).decode("cp932", "replace") if is_double else piece.decode("ascii", "replace")
    return text


def _shifted(pairs: bytes) -> bytes:
    """JIS pairs as Shift-JIS."""
    found = bytearray()
    for first, second in zip(pairs[::2], pairs[1::2], strict=False):
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            found += bytes([first, second])  # a line end inside: mail programs forget to shift back
            continue
        lead = (first - 0x21) // 2 + 0x81
        lead += 0x40 if lead > 0x9F else 0
        in_odd_row = second + (0x1F if second < 0x60 else 0x20)
        found += bytes([lead, in_odd_row if first % 2 else second + 0x7E])
    return bytes(found)


def codec_of(declared: str) -> str:
    """The codec that a declared charset means; empty where Python knows none."""
    name = declared.strip().strip("\"'").lower()
    for prefix in ("", "x-", "iso-"):
        name = MEANT.get(name.removeprefix(prefix), name)
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    # With ASCII alone there is nothing to decide; beyond it the name is a lie.
    return "" if known in NO_CHARSETS or known == "ascii" else name


def is_utf8(data: bytes, beside: str = "") -> bool:
    """True for text that is UTF-8 beyond doubt, whatever a header says. Two Chinese characters of GBK may look like it, so
    beside a declared charset with many letters only characters of three bytes and more count."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    if not beside or beside in LATIN or beside.replace("-", "") == "utf8":
        return True
    wide = sum(sign > "\u07ff" for sign in text)
    return wide > 0 and 2 * wide >= sum(sign > "\x7f" for sign in text)


def guesses(data: bytes) -> list[str]:
    """What bytes that aren't UTF-8 may be, the likeliest first, and at last what takes any."""
    data = _beyond_ascii(data)
    if _has_lone_high_bytes(data):
        return ["cp1252", "gb18030", "latin-1"]
    shares = {
        "gb18030": _share(data, 0xB0, 0xD7, 0xA1, 0xFE),  # the everyday characters of GB 2312
        "cp932": _share(data, 0x82, 0x83, 0x40, 0xF1),  # kana
        # Everyday characters with a second byte that GB 2312 never has.
        "big5hkscs": _share(data, 0xA4, 0xC6, 0x40, 0x7E),
    }
    return [*sorted(shares, key=lambda codec: -shares[codec]), "cp1252", "latin-1"]


def _is_chinese(data: bytes) -> bool:
    """GB 2312 beyond doubt, though called Latin: its bytes beyond ASCII come in pairs, and nearly all are of everyday use."""
    sample = _beyond_ascii(data)
    runs = re.findall(rb"[\x80-\xff]+", sample)
    is_paired = all(len(run) % 2 == 0 for run in runs[:-1]) and max(map(len, runs), default=0) >= 4
    return is_paired and not _has_lone_high_bytes(sample) and _share(sample, 0xB0, 0xD7, 0xA1, 0xFE) >= 0.8


def _has_lone_high_bytes(data: bytes) -> bool:
    """True where most bytes beyond ASCII stand between ASCII, as accents do in a Western text."""
    high = [byte > 0x7F for byte in data]
    runs = sum(1 for before, now in pairwise([False, *high]) if now and not before)
    return runs > 0 and sum(high) < 1.5 * runs


def _share(data: bytes, first: int, last: int, second_first: int, second_last: int) -> float:
    """Which part of the pairs that begin beyond ASCII lies in a charset's everyday range."""
    pairs = fitting = position = 0
    while position < len(data) - 1:
        if data[position] < 0x80:
            position += 1
            continue
        pairs += 1
        is_first = first <= data[position] <= last
        fitting += is_first and second_first <= data[position + 1] <= second_last
        position += 2
    return fitting / pairs if pairs else 0.0
