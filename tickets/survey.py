"""The one question after closing: how did we do (M1.1, M3.5-5). Pure."""

from __future__ import annotations

from enum import StrEnum

WORST, BEST = 1, 5
LOW = 2  # from here down we ask why, and a lead follows it up
FEW = 5  # fewer answers than this say little


class Reason(StrEnum):
    """Why somebody was not satisfied."""

    SLOW = "slow"
    NOT_SOLVED = "not_solved"
    UNCLEAR = "unclear"
    REPEATED = "repeated"
    UNFRIENDLY = "unfriendly"
    OTHER = "other"


def is_low(rating: int | None) -> bool:
    return rating is not None and rating <= LOW
