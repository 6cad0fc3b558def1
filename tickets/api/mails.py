"""Mail that came in, and the decisions about what was held (M3.1-1). For the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import Conflict, InvalidInput, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import StrictSerializer, TextField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import DeskView
from tickets.api import output
from tickets.models import ConfidentialRead, IncomingMail
from tickets.services.mailroom import holding
from tickets.services.readings import note_reading

Decide = Callable[..., IncomingMail]
OUTCOME = OpenApiParameter("outcome", {"type": "string", "enum": IncomingMail.Outcome.values})


class MailShape(s.Serializer):
    id = s.UUIDField()
    mailbox = s.CharField(help_text="The address that it came to.")
    message_id = s.CharField()
    received_at = s.DateTimeField()
    sender = s.CharField(help_text="The address in From, which proves nothing.")
    sender_name = s.CharField()
    subject = s.CharField()
    outcome = s.ChoiceField(IncomingMail.Outcome.choices)
    reason = s.CharField(help_text="A stable code; docs/mail.md has them.")
    verdict = s.CharField(help_text="verified, unverified or failed: what our own mail server says of the sender.")
    ticket = s.CharField(allow_null=True)
    person = Person(allow_null=True)
    left_out = s.ListField(child=s.CharField(), help_text="Files that were not taken over.")
    decided_by = Person(allow_null=True)


class MailDetailShape(MailShape):
    text = s.CharField(allow_null=True, help_text="The whole text, quotes included; null where it can't be read.")


class AddInput(StrictSerializer):
    ticket = TextField(max_length=32, help_text="The number of a ticket.")


def mail(row: IncomingMail, viewer: User) -> dict[str, Any]:
    return {
        "id": str(row.uuid),
        "mailbox": row.mailbox.address,
        "message_id": row.message_id,
        "received_at": instant(row.stored_at),
        "sender": row.sender_email,
        "sender_name": row.sender_name,
        "subject": row.subject,
        "outcome": row.outcome,
        "reason": row.reason,
        "verdict": row.verdict,
        "ticket": row.ticket.number if row.ticket is not None else None,
        "person": output.person(row.person, viewer),
        "left_out": row.left_out,
        "decided_by": output.person(row.handled_by, viewer),
    }


def find(uuid: UUID, viewer: User) -> IncomingMail:
    people = ("mailbox", "ticket", "person", "handled_by")
    row = IncomingMail.objects.visible_to(viewer).select_related(*people).filter(uuid=uuid).first()
    if row is None:
        raise NotVisible
    if row.ticket is not None:
        note_reading(ticket=row.ticket, reader=viewer, place=ConfidentialRead.Place.API, at=timezone.now())
    return row


class MailList(DeskView):
    query_parameters = pages.PARAMETERS | {"outcome"}

    @document("List incoming mail", answer=page_of(MailShape, "Mail"), parameters=[OUTCOME])
    def get(self, request: Request) -> Response:
        """Leads and administrators see all mails, others of the desk those of tickets that they see; newest first."""
        rows = IncomingMail.objects.visible_to(self.viewer).select_related("mailbox", "ticket", "person", "handled_by")
        outcome = request.query_params.get("outcome")
        if outcome is not None:
            if outcome not in IncomingMail.Outcome.values:
                raise InvalidInput(fields={"outcome": [_("Choose one of the answers.")]})
            rows = rows.filter(outcome=outcome)
        order = [paging.number("id", is_descending=True)]
        return Response(pages.answer_page(request, rows, order, lambda row: mail(row, self.viewer)))


class MailDetail(DeskView):
    @document("Read an incoming mail", answer=MailDetailShape)
    def get(self, request: Request, uuid: UUID) -> Response:
        """One mail with its text. The original is a download on the desk's page."""
        row = find(uuid, self.viewer)
        try:
            text: str | None = holding.shown(row).text
        except Conflict:
            text = None
        return Response({**mail(row, self.viewer), "text": text})


class MailDecision(DeskView):
    """What the three decisions share."""

    def decide(self, request: Request, uuid: UUID, decide: Decide, **given: Any) -> HttpResponse:
        row = find(uuid, self.viewer)
        at: datetime = timezone.now()

        def act() -> Response:
            done = decide(mail_id=row.pk, actor=self.viewer, at=at, **given)
            return Response(mail(done, self.viewer))

        return self.run_once(request, act)


class MailAccept(MailDecision):
    @document("Accept a held mail", answer=MailShape, is_once=True)
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Answer for its sender: it becomes an answer or a ticket as if it had been proved."""
        return self.decide(request, uuid, holding.release)


class MailAdd(MailDecision):
    @document("Add a held mail to a ticket", body=AddInput, answer=MailShape, is_once=True)
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Put what it says on a ticket, as an internal note."""
        data = self.read_input(AddInput(data=request.data))
        return self.decide(request, uuid, holding.add_to_ticket, number=data["ticket"])


class MailDiscard(MailDecision):
    @document("Discard a held mail", answer=MailShape, is_once=True)
    def post(self, request: Request, uuid: UUID) -> HttpResponse:
        """Keep it without doing anything."""
        return self.decide(request, uuid, holding.discard)
