"""Consent before touching data or work, and remote sessions that rest on it (M3.3.1-1, M3.3.2-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import (
    CodeChoiceField,
    InstantField,
    StrictSerializer,
    TextField,
    WholeNumberField,
    instant,
)
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView
from tickets.api import output
from tickets.api.views import find_id, find_id_for_desk
from tickets.choices import BACKUP_CHOICES, CONSENT_ITEM_CHOICES, SESSION_SCOPE_CHOICES
from tickets.consent import LONGEST_VALIDITY, Backup
from tickets.models import Consent, RemoteSession, Ticket
from tickets.models.asking import WORDS_LENGTH, Asking
from tickets.policies import is_requester
from tickets.services.agreements import consents, sessions
from tickets.services.agreements.asking import Answer

LONGEST_MINUTES = int(LONGEST_VALIDITY.total_seconds() // 60)
SHOWN = ("ticket__requester", "asked_by", "answered_by", "recorded_by", "withdrawn_by")


def _text(length: int = WORDS_LENGTH, *, required: bool = False) -> TextField:
    return TextField(max_length=length, required=required, allow_blank=not required)


class ConsentItemShape(s.Serializer):
    code = s.ChoiceField(CONSENT_ITEM_CHOICES)
    is_allowed = s.BooleanField(allow_null=True)


class ConsentShape(s.Serializer):
    id = s.IntegerField()
    state = s.ChoiceField(Asking.State.choices)
    is_in_force = s.BooleanField(help_text="Something of it may be done now.")
    items = ConsentItemShape(many=True)
    purpose = s.CharField()
    changes = s.CharField()
    data_named = s.CharField()
    backup = s.ChoiceField(BACKUP_CHOICES)
    backup_words = s.CharField()
    risk = s.CharField()
    valid_minutes = s.IntegerField()
    asked_at = s.DateTimeField()
    asked_by = Person()
    answer_by_at = s.DateTimeField()
    reminded_at = s.DateTimeField(allow_null=True)
    reminders_sent = s.IntegerField()
    answered_at = s.DateTimeField(allow_null=True)
    answered_by = Person(allow_null=True)
    via = s.ChoiceField(Asking.Via.choices, allow_null=True)
    recorded_by = Person(allow_null=True)
    words = s.CharField()
    valid_until_at = s.DateTimeField(allow_null=True)
    withdrawn_at = s.DateTimeField(allow_null=True)
    withdrawn_words = s.CharField()
    is_objection = s.BooleanField()


class ConsentInput(StrictSerializer):
    items = s.ListField(child=CodeChoiceField(CONSENT_ITEM_CHOICES), max_length=len(CONSENT_ITEM_CHOICES))
    purpose = _text(required=True)
    changes = _text(required=True)
    data_named = _text(consents.SHORT)
    backup = CodeChoiceField(BACKUP_CHOICES, required=False, default=Backup.NOT_NEEDED)
    backup_words = _text(consents.SHORT)
    risk = _text(consents.SHORT)
    valid_minutes = WholeNumberField(help_text=f"From the answer on; at most {LONGEST_MINUTES}.")
    answer_by_at = InstantField(help_text="Silence until then is a refusal.")


class ConsentAnswerInput(StrictSerializer):
    allowed = s.ListField(
        child=CodeChoiceField(CONSENT_ITEM_CHOICES),
        max_length=len(CONSENT_ITEM_CHOICES),
        help_text="What isn't named is refused.",
    )
    words = _text()


class WordsInput(StrictSerializer):
    words = _text()


class NothingInput(StrictSerializer):
    """No fields."""


def consent(row: Consent, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "state": row.state,
        "is_in_force": row.is_in_force(timezone.now()) and bool(row.allowed),
        "items": [{"code": item.code, "is_allowed": item.is_allowed} for item in row.items.all()],
        **{name: getattr(row, name) for name in ("purpose", "changes", "data_named", "backup", "backup_words", "risk")},
        "valid_minutes": row.valid_minutes,
        "asked_at": instant(row.asked_at),
        "asked_by": output.person(row.asked_by, viewer),
        "answer_by_at": instant(row.answer_by_at),
        "reminded_at": instant(row.reminded_at),
        "reminders_sent": row.reminders_sent,
        "answered_at": instant(row.ended_at) if row.state == Asking.State.ANSWERED else None,
        "answered_by": output.person(row.answered_by, viewer),
        "via": row.via or None,
        "recorded_by": output.person(row.recorded_by, viewer),
        "words": row.answer_words,
        "valid_until_at": instant(row.valid_until_at),
        "withdrawn_at": instant(row.withdrawn_at),
        "withdrawn_words": row.withdrawn_words,
        "is_objection": row.is_objection,
    }


def _shown(row: Consent, viewer: User) -> dict[str, Any]:
    """The row as it stands after a change."""
    return consent(Consent.objects.select_related(*SHOWN).prefetch_related("items").get(pk=row.pk), viewer)


class TicketConsents(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List consents", answer=page_of(ConsentShape, "Consent"))
    def get(self, request: Request, number: str) -> Response:
        """What the requester was asked to allow, oldest first, and what they said."""
        viewer = self.viewer
        rows = Consent.objects.visible_to(viewer).filter(ticket_id=find_id(number, viewer))
        rows = rows.select_related(*SHOWN).prefetch_related("items")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: consent(row, viewer)))

    @document("Ask for consent", body=ConsentInput, answer=ConsentShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Ask the requester before anybody touches their data or work. They get a mail with a link."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(ConsentInput(data=request.data))
        valid_for = timedelta(minutes=data.pop("valid_minutes"))

        def act() -> Response:
            wish = consents.Wish(valid_for=valid_for, **data)
            row = consents.ask_consent(ticket_id=ticket, wish=wish, actor=self.viewer, at=timezone.now())
            return Response(_shown(row, self.viewer), status=201)

        return self.run_once(request, act)


def answer_of(viewer: User, ticket: Ticket, words: str) -> Answer:
    """The requester's own answer, or one that staff write down as spoken."""
    via = Asking.Via.API if is_requester(viewer, ticket) else Asking.Via.SPOKEN
    return Answer(viewer, via, timezone.now(), words)


class _OfAConsent(ApiView):
    def find(self, consent_id: int) -> Consent:
        row = Consent.objects.visible_to(self.viewer).select_related("ticket").filter(pk=consent_id).first()
        if row is None:
            raise NotVisible
        return row


class ConsentAnswer(_OfAConsent):
    @document("Answer a request for consent", body=ConsentAnswerInput, answer=ConsentShape, is_once=True)
    def post(self, request: Request, consent_id: int) -> HttpResponse:
        """By the requester; or by staff, who write down in `words` what the requester said."""
        row = self.find(consent_id)
        data = self.read_input(ConsentAnswerInput(data=request.data))

        def act() -> Response:
            answer = answer_of(self.viewer, row.ticket, data.get("words", ""))
            done = consents.answer_consent(consent_id=row.pk, allowed=data["allowed"], answer=answer)
            return Response(_shown(done, self.viewer))

        return self.run_once(request, act)


class ConsentWithdraw(_OfAConsent):
    @document("Take a consent back", body=WordsInput, answer=ConsentShape, is_once=True)
    def post(self, request: Request, consent_id: int) -> HttpResponse:
        """By the requester, at any time; or by staff, who write down what the requester said."""
        row = self.find(consent_id)
        data = self.read_input(WordsInput(data=request.data))

        def act() -> Response:
            answer = answer_of(self.viewer, row.ticket, data.get("words", ""))
            return Response(_shown(consents.withdraw_consent(consent_id=row.pk, answer=answer), self.viewer))

        return self.run_once(request, act)


class ConsentCancel(_OfAConsent):
    @document("Take a request for consent back", body=NothingInput, answer=ConsentShape, is_once=True)
    def post(self, request: Request, consent_id: int) -> HttpResponse:
        """By staff, while nobody has answered."""
        row = self.find(consent_id)
        self.read_input(NothingInput(data=request.data))

        def act() -> Response:
            done = consents.cancel_consent(consent_id=row.pk, actor=self.viewer, at=timezone.now())
            return Response(_shown(done, self.viewer))

        return self.run_once(request, act)


class ConsentRemind(_OfAConsent):
    @document("Remind of a request for consent", body=NothingInput, answer=ConsentShape, is_once=True)
    def post(self, request: Request, consent_id: int) -> HttpResponse:
        """By staff, while nobody has answered: three times at most, an hour apart (409 `too_many`, `too_soon`)."""
        row = self.find(consent_id)
        self.read_input(NothingInput(data=request.data))

        def act() -> Response:
            done = consents.remind_consent(consent_id=row.pk, actor=self.viewer, at=timezone.now())
            return Response(_shown(done, self.viewer))

        return self.run_once(request, act)


class SessionShape(s.Serializer):
    id = s.IntegerField()
    consent = s.IntegerField()
    scope = s.ChoiceField(SESSION_SCOPE_CHOICES)
    tool = s.CharField()
    device = s.CharField()
    started_at = s.DateTimeField()
    started_by = Person()
    ends_by_itself_at = s.DateTimeField(allow_null=True)
    ended_at = s.DateTimeField(allow_null=True)
    ended_by = Person(allow_null=True, help_text="Null where it ended by itself.")
    done = s.CharField()
    recording = s.CharField()


class SessionInput(StrictSerializer):
    scope = CodeChoiceField(SESSION_SCOPE_CHOICES)
    tool = _text(sessions.SHORT, required=True)
    device = _text(120, required=True)


class SessionEndInput(StrictSerializer):
    done = _text(required=True)
    recording = _text(300)


def session(row: RemoteSession, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "consent": row.consent_id,
        "scope": row.scope,
        "tool": row.tool,
        "device": row.device,
        "started_at": instant(row.started_at),
        "started_by": output.person(row.started_by, viewer),
        "ends_by_itself_at": instant(row.due_at),
        "ended_at": instant(row.ended_at),
        "ended_by": output.person(row.ended_by, viewer),
        "done": row.done,
        "recording": row.recording if viewer.is_desk else "",
    }


class TicketSessions(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List remote sessions", answer=page_of(SessionShape, "RemoteSession"))
    def get(self, request: Request, number: str) -> Response:
        """Who was on the requester's device, oldest first."""
        viewer = self.viewer
        rows = RemoteSession.objects.visible_to(viewer).filter(ticket_id=find_id(number, viewer))
        rows = rows.select_related("started_by", "ended_by")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: session(row, viewer)))

    @document("Start a remote session", body=SessionInput, answer=SessionShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Refused (409 `no_consent`) unless the requester has allowed it and that still holds."""
        ticket = find_id_for_desk(number, self.viewer)
        data = self.read_input(SessionInput(data=request.data))

        def act() -> Response:
            row = sessions.start_session(ticket_id=ticket, actor=self.viewer, at=timezone.now(), **data)
            return Response(session(row, self.viewer), status=201)

        return self.run_once(request, act)


class SessionEnd(ApiView):
    @document("End a remote session", body=SessionEndInput, answer=SessionShape, is_once=True)
    def post(self, request: Request, session_id: int) -> HttpResponse:
        """Say what was done; for one that has ended by itself, afterwards."""
        data = {"recording": "", **self.read_input(SessionEndInput(data=request.data))}

        def act() -> Response:
            row = sessions.end_session(session_id=session_id, actor=self.viewer, at=timezone.now(), **data)
            return Response(session(row, self.viewer))

        return self.run_once(request, act)
