"""How long tickets are kept, what may not be erased, and making a person nameless (M3.5-4). For administrators."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import NotAllowed, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import StrictSerializer, TextField, instant
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView, DeskView
from tickets.api import output
from tickets.api.confidentiality import ReasonInput
from tickets.api.views import find_id_for_desk
from tickets.models import LegalHold, RetentionPolicy
from tickets.policies import can_erase_people
from tickets.services.erasing.holds import hold_person, hold_ticket, lift_person_hold, lift_ticket_hold
from tickets.services.erasing.people import erase_person, follow_erasures

LONGEST_USERNAME = 150


class RetentionPolicyShape(s.Serializer):
    id = s.IntegerField()
    category = s.IntegerField(allow_null=True, help_text="With all below it; null: where nothing else is said.")
    keep_days = s.IntegerField(allow_null=True, help_text="Days after archiving; null: for ever.")
    erases_texts = s.BooleanField(help_text="Texts and files too, not only who it was.")


class LegalHoldShape(s.Serializer):
    id = s.IntegerField()
    ticket = s.CharField(allow_null=True, help_text="Its number, or null where a person is kept.")
    person = Person(allow_null=True)
    reason = s.CharField()
    set_at = s.DateTimeField()
    set_by = Person()
    lifted_at = s.DateTimeField(allow_null=True)
    lifted_by = Person(allow_null=True)
    lift_reason = s.CharField()


class ErasureInput(StrictSerializer):
    typed = TextField(max_length=LONGEST_USERNAME, help_text="The user name once more: this can't be undone.")


class ErasureShape(s.Serializer):
    id = s.IntegerField()
    erased_at = s.DateTimeField()
    erased_by = Person()
    done_at = s.DateTimeField(allow_null=True, help_text="Since when none of their tickets names them any more.")


def hold(row: LegalHold, viewer: User) -> dict[str, Any]:
    return {
        "id": row.pk,
        "ticket": row.ticket.number if row.ticket is not None else None,
        "person": output.person(row.person, viewer),
        "reason": row.reason,
        "set_at": instant(row.set_at),
        "set_by": output.person(row.set_by, viewer),
        "lifted_at": instant(row.lifted_at),
        "lifted_by": output.person(row.lifted_by, viewer),
        "lift_reason": row.lift_reason,
    }


def _find_person(username: str, viewer: User) -> int:
    """The id of the account, be it active or not. Raises NotAllowed and NotVisible."""
    if not can_erase_people(viewer):
        raise NotAllowed
    found = User.objects.visible_to(viewer).filter(username=username).values_list("pk", flat=True).first()
    if found is None:
        raise NotVisible
    return found


class RetentionPolicyList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List retention policies", answer=page_of(RetentionPolicyShape, "RetentionPolicy"))
    def get(self, request: Request) -> Response:
        """The nearest policy up the category tree counts; without any, everything is kept for ever. Desk only."""

        def policy(row: RetentionPolicy) -> dict[str, Any]:
            return {
                "id": row.pk,
                "category": row.category_id,
                "keep_days": row.keep_days,
                "erases_texts": row.erases_texts,
            }

        return Response(
            pages.answer_page(request, RetentionPolicy.objects.order_by("pk"), [paging.number("id")], policy)
        )


class LegalHoldList(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List legal holds", answer=page_of(LegalHoldShape, "LegalHold"))
    def get(self, request: Request) -> Response:
        """Holds on tickets that you may see, lifted ones included, newest first; those on people for administrators."""
        viewer = self.viewer
        rows = LegalHold.objects.visible_to(viewer).select_related("ticket", "person", "set_by", "lifted_by")
        order = [paging.number("id", is_descending=True)]
        return Response(pages.answer_page(request, rows, order, lambda row: hold(row, viewer)))


class _Hold(ApiView):
    """Setting and lifting a hold on whatever is kept."""

    def act_on(self, request: Request, act: Any, status: int, **what: int) -> HttpResponse:
        data = self.read_input(ReasonInput(data=request.data))

        def carry_out() -> Response:
            row = act(reason=data["reason"], actor=self.viewer, at=timezone.now(), **what)
            return Response(hold(row, self.viewer), status=status)

        return self.run_once(request, carry_out)


class TicketHold(_Hold):
    @document("Keep a ticket", body=ReasonInput, answer=LegalHoldShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Put a ticket under a legal hold: nothing of it is erased until the hold is lifted. Administrators only."""
        return self.act_on(request, hold_ticket, 201, ticket_id=find_id_for_desk(number, self.viewer))

    @document("Lift the hold on a ticket", body=ReasonInput, answer=LegalHoldShape, is_once=True)
    def delete(self, request: Request, number: str) -> HttpResponse:
        """Send the reason as `{"reason": "…"}`. The record of the hold stays."""
        return self.act_on(request, lift_ticket_hold, 200, ticket_id=find_id_for_desk(number, self.viewer))


class PersonHold(_Hold):
    @document("Keep a person", body=ReasonInput, answer=LegalHoldShape, status=201, is_once=True)
    def post(self, request: Request, username: str) -> HttpResponse:
        """Put a person and all their requests under a legal hold. Administrators only."""
        return self.act_on(request, hold_person, 201, person_id=_find_person(username, self.viewer))

    @document("Lift the hold on a person", body=ReasonInput, answer=LegalHoldShape, is_once=True)
    def delete(self, request: Request, username: str) -> HttpResponse:
        """Send the reason as `{"reason": "…"}`. The record of the hold stays."""
        return self.act_on(request, lift_person_hold, 200, person_id=_find_person(username, self.viewer))


class PersonAnonymise(ApiView):
    @document("Anonymise a person", body=ErasureInput, answer=ErasureShape, status=201)
    def post(self, request: Request, username: str) -> Response:
        """Make a person nameless, for good: the account at once, their tickets soon after. Figures and the trail stay.
        Administrators only."""
        person, viewer, at = _find_person(username, self.viewer), self.viewer, timezone.now()
        data = self.read_input(ErasureInput(data=request.data))
        erased = erase_person(person_id=person, typed=data["typed"], actor=viewer, at=at)
        follow_erasures(at=at)
        erased.refresh_from_db()
        answer = {
            "id": erased.pk,
            "erased_at": instant(erased.erased_at),
            "erased_by": output.person(viewer, viewer),
            "done_at": instant(erased.done_at),
        }
        return Response(answer, status=201)
