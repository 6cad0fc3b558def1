"""Kinds of diagnosis steps and what can come of each. Pure (M3.2-2, M3.3.1-4)."""

from __future__ import annotations

from enum import StrEnum


class StepKind(StrEnum):
    """Screening offers a known answer; a test looks for the cause; a change is meant to mend."""

    SCREENING = "screening"
    TEST = "test"
    CHANGE = "change"


class Finding(StrEnum):
    """What came of a step."""

    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    NOT_SUITABLE = "not_suitable"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out"
    UNCLEAR = "unclear"
    WORKED = "worked"
    NO_EFFECT = "no_effect"
    UNDONE = "undone"


FINDINGS: dict[StepKind, tuple[Finding, ...]] = {
    StepKind.SCREENING: (Finding.SOLVED, Finding.NOT_SOLVED, Finding.NOT_SUITABLE),
    StepKind.TEST: (Finding.CONFIRMED, Finding.RULED_OUT, Finding.UNCLEAR),
    StepKind.CHANGE: (Finding.WORKED, Finding.NO_EFFECT, Finding.UNDONE),
}
