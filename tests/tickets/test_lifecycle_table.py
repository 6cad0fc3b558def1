"""The table itself: what it promises by its shape."""

from __future__ import annotations

import pytest

from tickets.lifecycle import (
    FINAL,
    RULES,
    Command,
    Facts,
    Party,
    Refusal,
    Status,
    allowed_rules,
    find_rule,
    next_step,
    rules_for,
)

EVERYBODY = frozenset(Party)


def test_each_line_is_the_only_one_for_its_status_command_and_party():
    lines = [(rule.source, rule.command, party) for rule in RULES for party in rule.who]
    assert len(lines) == len(set(lines))


def test_every_status_but_the_final_ones_leads_somewhere_else():
    for status in Status:
        leaves = {rule.target for rule in RULES if rule.source == status} - {status}
        assert bool(leaves) or status == Status.CANCELLED, status


def test_every_status_can_be_reached_from_new():
    reached, grown = {Status.NEW}, True
    while grown:
        more = {rule.target for rule in RULES if rule.source in reached} - reached
        reached |= more
        grown = bool(more)
    assert reached == set(Status)


def test_nothing_is_allowed_on_an_archived_ticket():
    for status in FINAL:
        assert allowed_rules(status, EVERYBODY, Facts(is_archived=True, is_reopen_window_open=True)) == ()


@pytest.mark.parametrize("command", [Command.CLOSE, Command.CONFIRM])
def test_a_ticket_is_closed_only_from_resolved(command):
    assert {rule.source for rule in RULES if rule.command == command} == {Status.RESOLVED}


def test_staff_must_say_how_the_requester_confirmed_but_the_requester_need_not():
    staff = find_rule(Status.RESOLVED, Command.CONFIRM, frozenset({Party.STAFF}), Facts())
    requester = find_rule(Status.RESOLVED, Command.CONFIRM, frozenset({Party.REQUESTER}), Facts())
    assert "reason" in staff.requires
    assert "reason" not in requester.requires


def test_somebody_who_is_both_acts_as_requester():
    both = frozenset({Party.REQUESTER, Party.STAFF})
    rule = next(rule for rule in rules_for(Status.RESOLVED, both) if rule.command == Command.CONFIRM)
    assert Party.REQUESTER in rule.who


def test_a_refusal_names_what_is_possible_instead():
    with pytest.raises(Refusal) as caught:
        find_rule(Status.NEW, Command.CONFIRM, frozenset({Party.STAFF}), Facts())
    assert caught.value.code == "not_possible_in_status"
    assert Command.CLASSIFY in caught.value.allowed


def test_a_guard_gives_its_own_code():
    with pytest.raises(Refusal) as caught:
        find_rule(Status.CLASSIFIED, Command.ACCEPT, frozenset({Party.STAFF}), Facts(is_assigned=True))
    assert caught.value.code == "assigned_to_other"


@pytest.mark.parametrize(
    ("status", "facts", "expected"),
    [
        (Status.NEW, Facts(), Command.ACCEPT),
        (Status.NEW, Facts(is_accepted=True, is_assigned=True, is_assigned_to_actor=True), Command.CLASSIFY),
        (Status.CLASSIFIED, Facts(), Command.ACCEPT),
        (
            Status.CLASSIFIED,
            Facts(is_accepted=True, is_assigned=True, is_assigned_to_actor=True),
            Command.START,
        ),
        (
            Status.IN_PROGRESS,
            Facts(is_accepted=True, is_assigned=True, is_assigned_to_actor=True),
            Command.RESOLVE,
        ),
        (Status.WAITING, Facts(is_accepted=True, is_assigned=True), Command.RESUME),
        (Status.RESOLVED, Facts(), Command.CONFIRM),
        (Status.RESOLVED, Facts(is_confirmation_overdue=True), Command.CLOSE),
        (Status.CLOSED, Facts(), Command.ARCHIVE),
    ],
)
def test_there_is_one_next_step(status, facts, expected):
    step = next_step(status, allowed_rules(status, frozenset({Party.STAFF}), facts))
    assert step is not None
    assert step.command == expected
