"""What changed between two texts: pieces that stayed, went or came. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, OLD, NEW = "same", "old", "new"
# A Han character, a word, or whatever else, one at a time.
_TOKEN = re.compile(r"[\u3400-\u9fff]|[A-Za-z0-9_]+|\s+|.", re.DOTALL)
# Beyond this many tokens a changed passage is shown as a whole: comparing is quadratic at worst.
MOST_TOKENS = 1500


@dataclass(frozen=True)
class Piece:
    """A stretch of text: `same` in both, only in the `old` one, or only in the `new` one."""

    kind: str
    text: str


def compare(old: str, new: str) -> list[Piece]:
    """The pieces that make up both texts, in order: by lines first, by words within changed lines."""
    pieces: list[Piece] = []
    for piece in _by_lines(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        if pieces and pieces[-1].kind == piece.kind:
            pieces[-1] = Piece(piece.kind, pieces[-1].text + piece.text)
        elif piece.text:
            pieces.append(piece)
    return pieces


def _by_lines(old: list[str], new: list[str]) -> Iterator[Piece]:
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        before, after = "".join(old[a:b]), "".join(new[c:d])
        if kind == "equal":
            yield Piece(SAME, before)
        elif kind == "replace":
            yield from _by_words(before, after)
        else:
            yield Piece(OLD, before)
            yield Piece(NEW, after)


def _by_words(before: str, after: str) -> Iterator[Piece]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) > MOST_TOKENS or len(new) > MOST_TOKENS:
        yield Piece(OLD, before)
        yield Piece(NEW, after)
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield Piece(SAME, "".join(old[a:b]))
        else:
            yield Piece(OLD, "".join(old[a:b]))
            yield Piece(NEW, "".join(new[c:d]))
