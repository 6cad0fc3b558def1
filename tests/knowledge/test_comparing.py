"""What changed between two texts, and what comparing costs at most."""

from __future__ import annotations

from collections.abc import Callable
from difflib import SequenceMatcher

import pytest

from knowledge import comparing
from knowledge.comparing import NEW, OLD, SAME, Piece, compare


def are_right(pieces: list[Piece], old: str, new: str) -> bool:
    """Both texts can be read from the pieces."""
    was = "".join(piece.text for piece in pieces if piece.kind != NEW)
    now = "".join(piece.text for piece in pieces if piece.kind != OLD)
    return (was, now) == (old, new)


def test_words_that_changed_stand_among_those_that_stayed():
    old, new = "1. 打开设置\n2. Clear the box\n3. End\n", "1. 打开设置\n2. Tick the box\n3. End\n"
    assert compare(old, new) == [
        Piece(SAME, "1. 打开设置\n2. "),
        Piece(OLD, "Clear"),
        Piece(NEW, "Tick"),
        Piece(SAME, " the box\n3. End\n"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [("", ""), ("", "a"), ("a\n", ""), ("a\na\n", "a\n"), ("a\n", "a\na\n"), ("a a a", "a a"), ("x\ny\nx", "x\nx\n")],
)
def test_nothing_is_lost_at_the_ends(old, new):
    pieces = compare(old, new)
    assert are_right(pieces, old, new)
    assert all(piece.text for piece in pieces)


@pytest.mark.parametrize(
    "make",
    [
        lambda other: "a\nb\n" * 1000 + other + "b\na\n" * 1000,
        lambda other: "\n" * 5000 + other + "\n" * 5000 + other,
        lambda other: "".join(f"{line if line % 2 else other}\n" for line in range(3000)),
        lambda other: "".join(f"{line * 7 % 11}{other * (line % 3)}\n" for line in range(6000)),
        lambda other: "".join(f"a b{other * (word % 2)} " for word in range(3000)),
    ],
)
def test_a_comparison_takes_no_more_steps_than_it_may(make: Callable[[str], str], monkeypatch):
    """A step: a part of the old text, or a place in the new one where it stands."""
    taken = []
    original = SequenceMatcher.find_longest_match

    def counted(self, alo=0, ahi=None, blo=0, bhi=None):
        taken.append(sum(1 + len(self.b2j.get(part, ())) for part in self.a[alo:ahi]))
        return original(self, alo, ahi, blo, bhi)

    monkeypatch.setattr(SequenceMatcher, "find_longest_match", counted)
    old, new = make("x"), make("yz")
    assert are_right(compare(old, new), old, new)
    assert sum(taken) <= comparing.MOST_STEPS


def test_what_would_take_too_many_steps_is_shown_as_replaced(monkeypatch):
    old, new = "same\none\ntwo\nthree\nsame\n", "same\n1\ntwo\n3\nsame\n"
    assert Piece(SAME, "\ntwo\n") in compare(old, new)
    monkeypatch.setattr(comparing, "MOST_STEPS", 3)
    assert compare(old, new) == [
        Piece(SAME, "same\n"),
        Piece(OLD, "one\ntwo\nthree"),
        Piece(NEW, "1\ntwo\n3"),
        Piece(SAME, "\nsame\n"),
    ]
