"""Whatever people do in whatever order: the table is obeyed and the trail stays whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError
from helpdesk.common.models import OutboxMessage
from tests.cast import assemble
from tests.factories import classification, make_ticket, resolution
from tickets.handover import PARTS
from tickets.lifecycle import RULES, Command, Status
from tickets.models import Ticket, WaitingReason
from tickets.services import audit
from tickets.services.conversation import post_message
from tickets.services.engine import allowed_rules, run_command
from tickets.services.timers import run_due

ACTORS = ("requester", "colleague", "agent", "agent2", "lead", "admin")
STEPS = st.lists(
    st.tuples(
        # "go on" takes one of the allowed steps, so that long ways are walked too.
        st.sampled_from(["go on", "go on", "go on", *Command, "message", "note", "time passes"]),
        st.sampled_from(ACTORS),
        st.integers(min_value=0, max_value=60),
    ),
    max_size=25,
)


def data_for(command: str, agent: User, at: Any) -> dict[str, Any]:
    return {
        **classification(),
        **resolution(),
        "reason": "因为",
        "assignee": agent,
        "waiting_reason": WaitingReason.objects.get(code="user"),
        "next_action_at": at + timedelta(hours=5),
        "reason_code": "beyond_competence",
        **dict.fromkeys(PARTS, "说明"),
    }


class AnyOrder(TestCase):
    @settings(max_examples=30, deadline=None)
    @given(STEPS)
    def test_the_table_is_obeyed_and_the_trail_stays_whole(self, steps: list[tuple[str, str, int]]) -> None:
        cast = assemble()
        at = timezone.now()
        ticket = make_ticket(cast.requester, at=at)
        for step, name, hours in steps:
            at += timedelta(hours=hours)
            actor = getattr(cast, name)
            before = Ticket.objects.get(pk=ticket.pk)
            allowed = [rule.command for rule in allowed_rules(before, actor, at)]
            if step == "go on" and allowed:
                step = allowed[hours % len(allowed)]
            try:
                self.take(step, ticket, actor, cast.agent, at)
            except DomainError as error:
                if error.code == "top_reached":
                    continue  # nobody knows before asking whether there is a level above
                after = Ticket.objects.get(pk=ticket.pk)
                assert (after.version, after.status) == (before.version, before.status)
                assert step not in allowed, f"{step} was offered to {name} and then refused"
                continue
            after = Ticket.objects.get(pk=ticket.pk)
            if step in list(Command):
                assert step in allowed
                # Going up is two acts: somebody escalates, and the next level is asked.
                assert after.version == before.version + (2 if step == Command.ESCALATE else 1)
                assert (Status(before.status), step, Status(after.status)) in {
                    (rule.source, rule.command, rule.target) for rule in RULES
                }
        final = Ticket.objects.get(pk=ticket.pk)
        assert final.version == final.events.count() == final.history.count()
        assert audit.verify() == []
        assert not OutboxMessage.objects.filter(recipient=cast.admin).exists()

    def take(self, step: str, ticket: Ticket, actor: User, agent: User, at: Any) -> None:
        if step in ("time passes", "go on"):
            run_due(at=at)
        elif step in ("message", "note"):
            kind = "public" if step == "message" else "internal"
            post_message(ticket_id=ticket.pk, actor=actor, body="你好", kind=kind, at=at)
        else:
            run_command(
                ticket_id=ticket.pk,
                command=step,
                actor=actor,
                version=None,
                at=at,
                data=data_for(step, agent, at),
            )
