"""Promises to the requester and proposed times (M3.3.3-2): the ledger, asking, answering."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import CodeChoiceField, InstantField, StrictSerializer, TextField, instant
from helpdesk.common.rest.shapes import Person, shape
from helpdesk.common.rest.views import ApiView
from tickets.api import output
from tickets.api.agreements import ANSWERED, answer_of, answered, find_in
from tickets.api.views import find_id, find_id_for_desk, find_ticket
from tickets.models import PromisedTime, TimeProposal
from tickets.models.asking import WORDS_LENGTH
from tickets.promise_choices import ORIGIN_CHOICES, OUTCOME_CHOICES, PROMISE_REASON_CHOICES, STANDING_CHOICES
from tickets.promise_ledger import Entry, ledger_of, standing_of
from tickets.services.agreements.promises import (
    NewTime,
    accept_counter,
    answer_proposal,
    cancel_proposal,
    propose_time,
)


class PromiseShape(s.Serializer):
    id = s.IntegerField()
    promised_at = s.DateTimeField()
    made_at = s.DateTimeField()
    made_by = Person(allow_null=True, help_text="Null for the first one, which follows from the target.")
    origin = s.ChoiceField(ORIGIN_CHOICES)
    proposal = s.IntegerField(allow_null=True, help_text="The id of the proposal that it came from.")
    outcome = s.ChoiceField(OUTCOME_CHOICES)


ProposalShape = shape(
    "ProposalShape",
    id=s.IntegerField(),
    promised_at=s.DateTimeField(allow_null=True, help_text="What was promised when this was proposed."),
    proposed_at=s.DateTimeField(),
    reason_code=s.ChoiceField(PROMISE_REASON_CHOICES),
    words=s.CharField(),
    meanwhile=s.CharField(),
    is_accepted=s.BooleanField(allow_null=True),
    counter_at=s.DateTimeField(allow_null=True, help_text="The requester's own suggestion."),
    **ANSWERED,
)


class LedgerShape(s.Serializer):
    promised_at = s.DateTimeField(allow_null=True, help_text="What is promised now.")
    promise_state = s.ChoiceField(STANDING_CHOICES, allow_null=True)
    first_met = s.BooleanField(allow_null=True, help_text="Null while there is no solution that stands.")
    last_met = s.BooleanField(allow_null=True)
    promises = PromiseShape(many=True)
    proposals = ProposalShape(many=True)


class ProposalInput(StrictSerializer):
    proposed_at = InstantField()
    reason_code = CodeChoiceField(PROMISE_REASON_CHOICES)
    words = TextField(max_length=WORDS_LENGTH, help_text="Why; the requester reads it.")
    meanwhile = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)
    answer_by_at = InstantField(required=False, help_text="Without it there is time until the proposed time.")


class ProposalAnswerInput(StrictSerializer):
    accept = s.BooleanField()
    counter_at = InstantField(required=False, help_text="A time of one's own instead.")
    words = TextField(max_length=WORDS_LENGTH, required=False, allow_blank=True)


def promise(entry: Entry, viewer: User) -> dict[str, Any]:
    row: PromisedTime = entry.promise
    return {
        "id": row.pk,
        "promised_at": instant(row.promised_at),
        "made_at": instant(row.made_at),
        "made_by": output.person(row.made_by, viewer),
        "origin": row.origin,
        "proposal": row.proposal_id,
        "outcome": entry.outcome.value,
    }


def proposal(row: TimeProposal, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "promised_at": instant(row.promised_at),
        "proposed_at": instant(row.proposed_at),
        "reason_code": row.reason_code,
        "words": row.words,
        "meanwhile": row.meanwhile,
        "is_accepted": row.is_accepted,
        "counter_at": instant(row.counter_at),
        **answered(row, viewer),
    }


def ledger(number: str, viewer: User, at: datetime) -> dict[str, Any]:
    ticket = find_ticket(number, viewer)
    found = ledger_of(ticket, viewer, at)
    return {
        "promised_at": instant(ticket.promised_at),
        "promise_state": standing_of(ticket, at),
        "first_met": found.first_met,
        "last_met": found.last_met,
        "promises": [promise(entry, viewer) for entry in found.entries],
        "proposals": [proposal(row, viewer) for row in found.proposals],
    }


class TicketPromises(ApiView):
    @document("Read the promises", answer=LedgerShape)
    def get(self, request: Request, number: str) -> Response:
        """All that was promised to the requester, oldest first, what was proposed, and whether it was kept."""
        return Response(ledger(number, self.viewer, timezone.now()))

    @document("Propose a new time", body=ProposalInput, answer=ProposalShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Ask the requester for a new time. What was promised before stands until they agree."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(ProposalInput(data=request.data))

        def act() -> Response:
            row = propose_time(ticket_id=ticket, new=NewTime(**data), actor=self.viewer, at=timezone.now())
            return Response(proposal(row, self.viewer), status=201)

        return self.run_once(request, act)


class PromiseAnswer(ApiView):
    @document("Answer a proposed time", body=ProposalAnswerInput, answer=ProposalShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Accept it, or decline it. By the requester; whoever works on the ticket writes a spoken answer down."""
        ticket = find_id(number, self.viewer)
        data = self.read_input(ProposalAnswerInput(data=request.data))

        def act() -> Response:
            row = find_in(TimeProposal, ticket, pk, self.viewer)
            answer_proposal(
                proposal_id=row.pk,
                is_accepted=data["accept"],
                counter_at=None if data["accept"] else data.get("counter_at"),
                answer=answer_of(row.ticket, self.viewer, data.get("words", "")),
            )
            return Response(proposal(find_in(TimeProposal, ticket, pk, self.viewer), self.viewer))

        return self.run_once(request, act)


class PromiseCounter(ApiView):
    @document("Accept the suggested time", answer=LedgerShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Promise the time that the requester suggested instead. The answer is the ledger."""
        ticket = find_id_for_desk(number, self.viewer)

        def act() -> Response:
            at = timezone.now()
            row = find_in(TimeProposal, ticket, pk, self.viewer)
            accept_counter(proposal_id=row.pk, actor=self.viewer, at=at)
            return Response(ledger(number, self.viewer, at))

        return self.run_once(request, act)


class PromiseCancel(ApiView):
    @document("Take a proposed time back", answer=ProposalShape, is_once=True)
    def post(self, request: Request, number: str, pk: int) -> HttpResponse:
        """Ask no longer. What was promised before stands."""
        ticket = find_id_for_desk(number, self.viewer)

        def act() -> Response:
            row = find_in(TimeProposal, ticket, pk, self.viewer)
            cancel_proposal(proposal_id=row.pk, actor=self.viewer, at=timezone.now())
            return Response(proposal(find_in(TimeProposal, ticket, pk, self.viewer), self.viewer))

        return self.run_once(request, act)
