"""What changed between two texts: pieces that stayed, went or came. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher

SAME, OLD, NEW = "same", "old", "new"
# A Han character, a word, or whatever else, one at a time.
_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9_]+|\s+|.", re.DOTALL)
# Steps that one comparison may take. What would take more, texts full of equal lines, is shown as replaced.
MOST_STEPS = 500_000


@dataclass(frozen=True)
class Piece:
    """A stretch of text: `same` in both, only in the `old` one, or only in the `new` one."""

    kind: str
    text: str


@dataclass
class _Effort:
    left: int


class _Matcher(SequenceMatcher[str]):
    """Finds no match in a stretch where looking for one would cost more than is left: difflib alone takes minutes."""

    # The library's own.
    a: Sequence[str]
    b: Sequence[str]
    b2j: dict[str, list[int]]

    def __init__(self, old: Sequence[str], new: Sequence[str], effort: _Effort) -> None:
        super().__init__(None, old, new, autojunk=False)
        self.effort = effort

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        # It walks through `old`, and for each part through the places where that stands in `new`.
        steps = sum(1 + len(self.b2j.get(part, ())) for part in self.a[alo:ahi])
        if steps > self.effort.left:
            return Match(alo, blo, 0)
        self.effort.left -= steps
        return super().find_longest_match(alo, ahi, blo, bhi)


def compare(old: str, new: str) -> list[Piece]:
    """The pieces that make up both texts, in order: by lines first, by words within changed lines."""
    pieces: list[Piece] = []
    for piece in _by_lines(old, new, _Effort(MOST_STEPS)):
        if pieces and pieces[-1].kind == piece.kind:
            pieces[-1] = Piece(piece.kind, pieces[-1].text + piece.text)
        elif piece.text:
            pieces.append(piece)
    return pieces


def _by_lines(old: str, new: str, effort: _Effort) -> Iterator[Piece]:
    for before, after in _stretches(old.splitlines(keepends=True), new.splitlines(keepends=True), effort):
        if before == after:
            yield Piece(SAME, before)
        else:
            yield from _by_words(before, after, effort)


def _by_words(old: str, new: str, effort: _Effort) -> Iterator[Piece]:
    for before, after in _stretches(_TOKEN.findall(old), _TOKEN.findall(new), effort):
        if before == after:
            yield Piece(SAME, before)
        else:
            yield Piece(OLD, before)
            yield Piece(NEW, after)


def _stretches(old: list[str], new: list[str], effort: _Effort) -> Iterator[tuple[str, str]]:
    """Both texts in stretches that are equal or differ. Equal beginnings and ends cost nothing."""
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    yield "".join(old[:head]), "".join(new[:head])
    middle = _Matcher(old[head : len(old) - tail], new[head : len(new) - tail], effort)
    for _kind, a, b, c, d in middle.get_opcodes():
        yield "".join(middle.a[a:b]), "".join(middle.b[c:d])
    yield "".join(old[len(old) - tail :]), "".join(new[len(new) - tail :])
