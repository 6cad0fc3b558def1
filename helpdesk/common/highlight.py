"""Where the words of a query stand in a text, for showing it. Pure; gives pieces of text, never markup.

Texts are compared in the spelling of the search (full width, small letters); what is shown is the text as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from helpdesk.common.search import CJK, Term, normalise
from helpdesk.common.unicode_forms import normal_form

SNIPPET = 160  # characters
_BEFORE = 40  # characters of a snippet before its first hit
_READ = 20_000  # characters of a text that are looked at


@dataclass(frozen=True)
class Segment:
    """A piece of a text; `is_hit` where it is what was searched for."""

    text: str
    is_hit: bool = False


def _whole(text: str) -> tuple[Segment, ...]:
    return (Segment(text),) if text else ()


def hits(text: str, terms: Sequence[Term]) -> list[tuple[int, int]]:
    """The stretches of a text in which a term stands, in order, without overlaps."""
    text = text[:_READ]
    # Most of the texts that are looked through hold no word, and the whole is spelled faster than piece by piece.
    if not any(counts(text, terms)):
        return []
    shown = normalise(text)
    places, starts = _places(text)
    found = sorted(match.span(1) for term in terms for match in _pattern(term).finditer(shown))
    spans: list[tuple[int, int]] = []
    for start, end in found:
        begin, stop = places[bisect_right(starts, start) - 1], places[bisect_right(starts, end - 1)]
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((begin, stop))
    return spans


def counts(text: str, terms: Sequence[Term]) -> list[int]:
    """How often each term stands in a text."""
    return counter(terms)(text)


def counter(terms: Sequence[Term]) -> Callable[[str], list[int]]:
    """Counts how often each of these terms stands in a text, for many texts."""
    patterns = [_pattern(term) for term in terms]

    def count(text: str) -> list[int]:
        shown = normalise(text[:_READ]) if patterns else ""
        return [len(pattern.findall(shown)) for pattern in patterns]

    return count


def is_all_of(text: str, terms: Sequence[Term]) -> bool:
    """Whether one of the terms is this whole text."""
    shown = normalise(text)
    return any(_pattern(term).fullmatch(shown) for term in terms)


def _places(text: str) -> tuple[list[int], list[int]]:
    """Where the pieces of a text begin that are spelled by themselves, with its end, and where each begins as spelled."""
    if text.isascii():
        return list(range(len(text) + 1)), list(range(len(text)))
    places = [0, *(place for place, character in enumerate(text) if place and not _joins(character)), len(text)]
    sizes = (_size(text[place:end]) for place, end in pairwise(places[:-1]))
    return places, list(accumulate(sizes, initial=0))


@lru_cache(maxsize=20_000)
def _joins(character: str) -> bool:
    """Whether its spelling may melt into that of the character before: accents, ﾟ of half-width kana, parts of Hangul."""
    first = normal_form("NFKD", character)[0]
    return unicodedata.category(first).startswith("M") or "\u1160" <= first <= "\u11ff"


def _size(piece: str) -> int:
    return _size_of_one(piece) if len(piece) == 1 else len(normalise(piece))


@lru_cache(maxsize=20_000)
def _size_of_one(character: str) -> int:
    return len(normalise(character))


@lru_cache(maxsize=256)
def _pattern(term: Term) -> re.Pattern[str]:
    """The runs of a term behind each other, only punctuation between them. Words of letters begin where the term does."""
    letter = rf"(?:(?![{CJK}])[^\W_])"
    found = r"[\W_]*".join(re.escape(run) for run in term.runs)
    before = rf"(?<!{letter})" if re.match(letter, term.runs[0]) else ""
    is_open = term.is_prefix or not re.match(letter, term.runs[-1])
    return re.compile(f"{before}({found})" + ("" if is_open else rf"(?!{letter})"))


def marked(text: str, terms: Sequence[Term]) -> tuple[Segment, ...]:
    """The whole text in pieces, hits apart."""
    return _cut(text, hits(text, terms), 0, len(text))


def snippet(text: str, terms: Sequence[Term], length: int = SNIPPET) -> tuple[Segment, ...]:
    """About `length` characters around the first hit, in one line; from the beginning where there is none."""
    text = " ".join(text.split())
    spans = hits(text, terms)
    if len(text) <= length:
        return _cut(text, spans, 0, len(text))
    start = max(0, spans[0][0] - _BEFORE) if spans else 0
    start = min(start, len(text) - length)
    if start and text[start - 1 : start + 1].isascii():
        # A word of letters isn't cut in two where another one begins soon.
        blank = text.find(" ", start, start + 15)
        start = blank + 1 if blank >= 0 else start
    segments = _cut(text, spans, start, start + length)
    before = _whole("…") if start else ()
    after = _whole("…") if start + length < len(text) else ()
    return (*before, *segments, *after)


def _cut(text: str, spans: list[tuple[int, int]], start: int, end: int) -> tuple[Segment, ...]:
    found: list[Segment] = []
    at = start
    for begin, stop in spans:
        begin, stop = max(begin, start), min(stop, end)
        if stop <= begin:
            continue
        found += _whole(text[at:begin])
        found.append(Segment(text[begin:stop], is_hit=True))
        at = stop
    return (*found, *_whole(text[at:end]))
