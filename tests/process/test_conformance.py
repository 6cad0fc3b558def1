"""Which clauses a trail shows as followed or skipped: the rules alone (M1.2-3)."""

from __future__ import annotations

from typing import Any

import pytest

from tickets.choices import EVENT_CODES
from tickets.conformance import CLAUSES, CODES, WITH_DATA, Case, Happening, State, judge
from tickets.conformance_words import CLAUSE_WORDS, STATE_LABELS

F, S, N = State.FOLLOWED, State.SKIPPED, State.NOT_APPLICABLE
PUBLIC = {"replied", "wait", "resolve", "confirm", "incident_update"}


def trail(*told: Any) -> list[Happening]:
    """Acts in order: codes, or a code with what is special about it."""
    happenings = []
    for sequence, said in enumerate(told, 1):
        code, facts = (said, {}) if isinstance(said, str) else said
        given = {"is_public": code in PUBLIC, "is_by_desk": True, **facts}
        happenings.append(Happening(sequence, code, **given))
    return happenings


def verdict(clause: str, *told: Any, **case: Any) -> tuple[State, tuple[int, ...]]:
    found = judge(Case(**case), trail(*told))[clause]
    return found.state, found.evidence


def missed(target: str) -> tuple[str, dict[str, Any]]:
    return "target_missed", {"data": {"target": target}}


def step(**data: Any) -> tuple[str, dict[str, Any]]:
    return "step_done", {"data": data}


def offered(person: int | None) -> tuple[str, dict[str, Any]]:
    return "handover_offered", {"data": {"changes": {"offered_to_id": [None, person]}}}


FIRST_CONTACT = ("resolve", {"from_status": "new"})
WORKED = ("submitted", "classify", "accept")
UNANSWERED = ("submitted", {"data": {"unanswered": "auto_submitted"}})
BY_REQUESTER = ("replied", {"is_by_desk": False})

CASES = [
    ("M3.1-6", ("submitted",), {}, F, (1,)),
    ("M3.1-6", ("solved_at_first_contact",), {}, F, (1,)),
    ("M3.1-6", ("submitted", missed("receipt")), {}, S, (2,)),
    ("M3.1-6", ("submitted", missed("response")), {}, F, (1,)),
    ("M3.1-6", (UNANSWERED,), {}, N, ()),
    ("M3.2-1", ("submitted",), {}, N, ()),
    ("M3.2-1", ("submitted", "classify", "classify"), {}, F, (3,)),
    ("M3.2-1", ("submitted", FIRST_CONTACT), {}, F, (2,)),
    ("M3.2-1", ("submitted", "accept", "resolve"), {}, S, (3,)),
    ("M3.2-2", ("submitted", step(kind="screening"), step(kind="test")), {}, F, (2,)),
    ("M3.2-2", ("submitted", step(kind="test")), {}, N, ()),
    ("M3.2-2", ("solved_at_first_contact",), {}, F, (1,)),
    ("M3.2-3", (*WORKED, "resolve"), {}, F, (3,)),
    ("M3.2-3", ("submitted", "classify", "resolve"), {}, S, (3,)),
    ("M3.2-3", ("submitted", "classify", offered(7), "handover_accepted", "resolve"), {}, F, (4,)),
    ("M3.2-3", ("submitted", "withdraw"), {}, N, ()),
    ("M3.3.1-1", (*WORKED, ("session_started", {"data": {"consent": 3}})), {}, F, (4,)),
    ("M3.3.1-1", (*WORKED, ("session_started", {"data": {}})), {}, S, (4,)),
    ("M3.3.1-1", WORKED, {}, N, ()),
    ("M3.3.2-2", (*WORKED, step(touches=["change_data"], consents=[3]), step(touches=[])), {}, F, (4,)),
    (
        "M3.3.2-2",
        (*WORKED, step(touches=["change_data"], consents=[3]), step(touches=["control"])),
        {},
        S,
        (5,),
    ),
    ("M3.3.2-2", (*WORKED, step(touches=[])), {}, N, ()),
    ("M3.3.3-1", WORKED, {}, N, ()),
    ("M3.3.3-1", (*WORKED, "replied", "resolve"), {}, F, (4, 5)),
    ("M3.3.3-1", (*WORKED, BY_REQUESTER), {}, N, ()),
    ("M3.3.3-1", (*WORKED, missed("update"), "replied"), {}, S, (4,)),
    ("M3.3.3-1", ("submitted", FIRST_CONTACT), {}, N, ()),
    ("M3.3.4-1", (*WORKED, "resolve"), {"is_tested": True}, F, (4,)),
    ("M3.3.4-1", (*WORKED, "resolve"), {}, S, (4,)),
    ("M3.3.4-1", WORKED, {}, N, ()),
    ("M3.3.4-3", (*WORKED, "resolve", "reject", "resolve"), {"is_explained": True}, F, (6,)),
    ("M3.3.4-3", (*WORKED, "resolve"), {"is_tested": True}, S, (4,)),
    ("M3.4-6", (*WORKED, "escalate", offered(None)), {}, N, ()),
    ("M3.4-6", (*WORKED, "escalate", offered(7)), {}, N, ()),
    ("M3.4-6", (*WORKED, "escalate", offered(7), "handover_accepted"), {}, F, (5, 6)),
    ("M3.4-6", (*WORKED, "escalate", offered(7), "handover_returned"), {}, N, ()),
    ("M3.4-6", (*WORKED, "escalate", offered(7), "handover_left"), {}, S, (6,)),
    ("M3.4-6", (*WORKED, "escalate", offered(7), "handover_left", "handover_accepted"), {}, F, (5, 7)),
    ("M3.4-6", (*WORKED, "escalate", offered(7), "resolve"), {"is_over": True}, S, (5,)),
    ("M3.5-1", (*WORKED, "resolve", "confirm"), {"closure": "confirmed"}, F, (5,)),
    ("M3.5-1", (*WORKED, "resolve", "close"), {"closure": "unconfirmed"}, S, (5,)),
    ("M3.5-1", (*WORKED, "resolve", "confirm"), {"closure": "workaround_accepted"}, N, ()),
    ("M3.5-1", (*WORKED, "resolve"), {}, N, ()),
    ("M3.5-2", (*WORKED, "resolve", "confirm"), {"closure": "workaround_accepted", "is_workaround": True}, F, (5,)),
    ("M3.5-2", (*WORKED, "resolve", "close"), {"closure": "unconfirmed", "is_workaround": True}, S, (5,)),
    ("M3.5-3", ("submitted", "withdraw"), {"closure": "withdrawn"}, F, (2,)),
    ("M3.5-3", (*WORKED, "resolve", "reminded", "close"), {"closure": "unconfirmed"}, F, (5, 6)),
    ("M3.5-3", (*WORKED, "resolve", "reminded", "reject", "resolve", "close"), {"closure": "unconfirmed"}, S, (8,)),
    ("M3.5-3", (*WORKED, "resolve", "confirm"), {"closure": "confirmed"}, N, ()),
    ("M3.5-4", (*WORKED, "resolve", "confirm"), {"closure": "confirmed"}, N, ()),
    ("M3.5-4", (*WORKED, "resolve", "confirm", "archive"), {"closure": "confirmed"}, F, (6,)),
]


@pytest.mark.parametrize(("clause", "told", "case", "state", "evidence"), CASES)
def test_a_clause_is_judged_by_the_acts(clause, told, case, state, evidence):
    assert verdict(clause, *told, **case) == (state, evidence)


def test_every_clause_is_tried_above_and_has_its_words():
    assert {case[0] for case in CASES} == set(CLAUSES) == set(CLAUSE_WORDS)
    assert set(STATE_LABELS) == set(State)


def test_the_codes_are_those_of_the_trail():
    assert set(EVENT_CODES) >= CODES >= WITH_DATA


@pytest.mark.parametrize("closure", ["confirmed", "workaround_accepted", "unconfirmed", "withdrawn", ""])
def test_a_trail_that_lacks_its_end_is_judged_without_evidence(closure):
    assert set(judge(Case(closure=closure), [])) == set(CLAUSES)


def test_acts_that_no_rule_looks_at_change_nothing():
    plain = judge(Case(closure="confirmed"), trail(*WORKED, "resolve", "confirm"))
    noisy = trail(*WORKED, "noted", "edited", "resolve", "assign", "confirm")
    told = judge(Case(closure="confirmed"), noisy)
    assert {clause: found.state for clause, found in told.items()} == {
        clause: found.state for clause, found in plain.items()
    }
