"""Unicode's normal forms, at a cost that no text can raise. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

# On one letter, as the stream-safe text format has it (UAX 15). No script needs as many.
MOST_MARKS = 30
_SHORT = 1_000  # characters that are put in order at once, whatever they are


def normal_form(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    """The text in this form, with at most 30 marks on a letter where it is long.

    Marks are put in order one by one: a mail of a hundred thousand of them would keep a process busy for seconds, one of a
    million for ten minutes.
    """
    if len(text) > _SHORT and not text.isascii():
        text = _too_many_marks().sub(r"\1", text)
    return unicodedata.normalize(form, text)


@lru_cache(maxsize=1)
def _too_many_marks() -> re.Pattern[str]:
    # Beyond stand ideographs only.
    marks = "".join(re.escape(character) for character in map(chr, range(0x300, 0x20000)) if _is_mark(character))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def _is_mark(character: str) -> bool:
    """Whether it goes onto the letter before, as it is or in its compatibility form (ﾞ of half-width kana)."""
    return all(map(unicodedata.combining, unicodedata.normalize("NFKD", character)))
