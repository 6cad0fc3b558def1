"""What becomes of a mail, over all combinations of what can be known about it (reliability-security E)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from tickets.intake.authentication import Verdict
from tickets.intake.gate import (
    Facts,
    FromMachines,
    FromStrangers,
    Nature,
    Sender,
    Standing,
    Step,
    Thread,
    decide,
    vouched,
)

ACTS_ON_A_TICKET = {Step.ANSWER, Step.NOT_SOLVED, Step.REOPEN, Step.FOLLOW_UP}


def everything() -> list[Facts]:
    axes: dict[str, list[Any]] = {
        "nature": list(Nature),
        "sender": list(Sender),
        "verdict": list(Verdict),
        "thread": list(Thread),
        "is_own_token": [False, True],
        "is_on_ticket": [False, True],
        "is_requester": [False, True],
        "standing": list(Standing),
        "is_mere_thanks": [False, True],
        "may_reopen": [False, True],
        "strangers": list(FromStrangers),
    }
    found = [Facts(**dict(zip(axes, values, strict=True))) for values in itertools.product(*axes.values())]
    # Nobody whom we don't know is on a ticket, or has got a token.
    return [
        facts
        for facts in found
        if (facts.sender != Sender.UNKNOWN or not (facts.is_on_ticket or facts.is_own_token))
        and (facts.thread == Thread.TOKEN or not facts.is_own_token)
    ]


ALL = everything()


def test_only_proved_people_on_a_ticket_act_on_it() -> None:
    for facts in ALL:
        if decide(facts).step in ACTS_ON_A_TICKET:
            assert facts.is_on_ticket, facts
            assert facts.is_own_token or facts.verdict == Verdict.VERIFIED, facts
            assert facts.nature == Nature.PERSONAL, facts


def test_staff_act_only_when_verified_and_with_a_token() -> None:
    for facts in ALL:
        if facts.sender == Sender.STAFF and decide(facts).step in ACTS_ON_A_TICKET:
            assert facts.verdict == Verdict.VERIFIED, facts
            assert facts.is_own_token, facts


def test_a_forged_sender_gets_nowhere() -> None:
    for facts in ALL:
        if facts.verdict == Verdict.FAILED and facts.nature == Nature.PERSONAL:
            assert decide(facts).step == Step.HOLD, facts


def test_machines_change_nothing() -> None:
    for facts in ALL:
        if facts.nature != Nature.PERSONAL:
            assert decide(facts).step in (Step.KEEP, Step.BOUNCE, Step.IGNORE), facts


def test_thanks_and_what_a_machine_may_have_sent_reopen_nothing() -> None:
    for facts in ALL:
        if facts.is_mere_thanks or not facts.may_reopen:
            assert decide(facts).step not in (Step.REOPEN, Step.NOT_SOLVED, Step.FOLLOW_UP), facts


def test_a_mailbox_that_refuses_strangers_makes_nothing_of_theirs() -> None:
    for facts in ALL:
        if facts.sender == Sender.UNKNOWN and facts.strangers != FromStrangers.CREATE:
            assert decide(facts).step in (Step.HOLD, Step.IGNORE, Step.KEEP, Step.BOUNCE), facts


PROVED = Facts(
    nature=Nature.PERSONAL,
    sender=Sender.REQUESTER,
    thread=Thread.TOKEN,
    is_own_token=True,
    is_on_ticket=True,
    is_requester=True,
)


@pytest.mark.parametrize(
    ("standing", "thanks", "step"),
    [
        (Standing.OPEN, False, Step.ANSWER),
        (Standing.OPEN, True, Step.ANSWER),
        (Standing.RESOLVED, False, Step.NOT_SOLVED),
        (Standing.RESOLVED, True, Step.ANSWER),
        (Standing.REOPENABLE, False, Step.REOPEN),
        (Standing.REOPENABLE, True, Step.KEEP),
        (Standing.OVER, False, Step.FOLLOW_UP),
        (Standing.OVER, True, Step.KEEP),
        (Standing.SEALED, False, Step.FOLLOW_UP),
        (Standing.SEALED, True, Step.IGNORE),
    ],
)
def test_an_answer_of_the_requester(standing: Standing, thanks: bool, step: Step) -> None:
    assert decide(replace(PROVED, standing=standing, is_mere_thanks=thanks)).step == step


def test_what_is_beyond_the_caps_is_held() -> None:
    assert decide(replace(PROVED, is_over_sender_limit=True)).reason == "sender_limit"
    assert decide(replace(PROVED, is_over_ticket_limit=True)).reason == "ticket_limit"


def test_guesses_open_a_new_ticket_that_names_the_old_one_to_the_desk() -> None:
    stranger = Facts(nature=Nature.PERSONAL, sender=Sender.UNKNOWN)
    for thread in (Thread.KNOWN_ID, Thread.TAG, Thread.FORGED):
        decision = decide(replace(stranger, thread=thread))
        assert (decision.step, decision.is_linked) == (Step.CREATE, True)


def test_machines_mail_becomes_a_ticket_where_the_mailbox_says_so() -> None:
    alert = Facts(nature=Nature.AUTOMATIC, nature_reason="auto_submitted", machines=FromMachines.CREATE)
    assert decide(alert).step == Step.CREATE
    assert decide(replace(alert, machines=FromMachines.KEEP)).step == Step.IGNORE
    assert decide(replace(alert, verdict=Verdict.FAILED)).step == Step.IGNORE


def test_who_vouches_for_a_sender_gets_their_mail_through() -> None:
    for facts in ALL:
        step = decide(vouched(facts)).step
        if facts.sender != Sender.INACTIVE:
            assert step != Step.HOLD, facts
        if step in ACTS_ON_A_TICKET:
            assert facts.is_on_ticket, facts
