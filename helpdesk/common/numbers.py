"""Whole numbers as browsers send them: ids, versions, pages."""

from __future__ import annotations

MOST_DIGITS = 9  # every integer column of both databases holds them


def whole_number(text: str) -> int | None:
    """The number that `text` is; None for anything else, and for more digits than an id has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def whole_numbers(texts: list[str]) -> list[int]:
    """Those of the texts that are numbers."""
    return [number for number in map(whole_number, texts) if number is not None]
