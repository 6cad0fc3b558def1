"""Major incidents: for the desk. Each method makes one domain call; what it may do is decided there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView
from tickets.api import incident_shapes as shapes
from tickets.api.views import find_id
from tickets.choices import Channel, IncidentState
from tickets.incidents import RELATED
from tickets.models import Category, IncidentLink, IncidentReview, IncidentUpdate, MajorIncident, Ticket
from tickets.services.incident_endings import TEXTS, PlannedAction, Review, close_review, resolve
from tickets.services.incident_links import link_tickets, unlink_ticket
from tickets.services.incident_updates import Word, post_update
from tickets.services.incidents import Declaration, declare, edit

STATE = OpenApiParameter("state", {"type": "string", "enum": list(IncidentState.values)})
PEOPLE = ("commander", "communication_lead")


class IncidentView(ApiView):
    """Incidents are the desk's. What everybody may read of them stands in the portal."""

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        if not self.viewer.is_desk:
            raise NotAllowed


def _incidents(viewer: User) -> Any:
    seen = Ticket.objects.visible_to(viewer).filter(pk=OuterRef("ticket_id"))
    found = MajorIncident.objects.visible_to(viewer).select_related(*RELATED).with_links(viewer)
    return found.annotate(may_see_parent=Exists(seen))


def _write(row: Any, viewer: User) -> dict[str, Any]:
    return shapes.incident(row, viewer, at=timezone.now(), may_see_parent=row.may_see_parent)


def _find(number: str, viewer: User) -> MajorIncident:
    found = MajorIncident.objects.visible_to(viewer).filter(number=number).first()
    if found is None:
        raise NotVisible
    return found


def _answer(incident: MajorIncident, viewer: User, status: int = 200) -> Response:
    return Response(_write(_incidents(viewer).filter(pk=incident.pk).first(), viewer), status=status)


def _particulars(given: dict[str, Any], viewer: User) -> dict[str, Any]:
    """User names and codes as what they name. Raises InvalidInput."""
    problems: dict[str, list[str]] = {}
    for name in PEOPLE:
        if name in given:
            given[name] = _person(given[name], viewer)
            if given[name] is None:
                problems[name] = [_("There is no such person.")]
    if "service" in given:
        given["service"] = Category.objects.filter(code=given["service"], is_retired=False).first()
        if given["service"] is None:
            problems["service"] = [_("There is no such code.")]
    if problems:
        raise InvalidInput(fields=problems)
    return given


def _person(username: str, viewer: User) -> User | None:
    return User.objects.visible_to(viewer).active().filter(username__iexact=username).first()


def _planned(actions: Sequence[dict[str, Any]], viewer: User) -> list[PlannedAction]:
    """The actions of a review with the people they name. Raises InvalidInput."""
    owners = [_person(action["owner"], viewer) for action in actions]
    unknown = [place for place, owner in enumerate(owners) if owner is None]
    if unknown:
        raise InvalidInput(fields={f"actions.{place}.owner": [_("There is no such person.")] for place in unknown})
    return [
        PlannedAction(action["what"], owner, action["due_on"])
        for action, owner in zip(actions, owners, strict=True)
        if owner is not None
    ]


def _ticket_ids(numbers: Sequence[str], viewer: User) -> list[int]:
    """The ids of tickets by number. Raises InvalidInput for one that doesn't exist for the viewer."""
    found = dict(Ticket.objects.visible_to(viewer).filter(number__in=numbers).values_list("number", "pk"))
    unknown = [number for number in numbers if number not in found]
    if unknown:
        sentence = _("There is no ticket %(numbers)s, or you may not see it.")
        raise InvalidInput(fields={"tickets": [sentence % {"numbers": ", ".join(unknown)}]})
    return list(found.values())


class IncidentList(IncidentView):
    query_parameters = pages.PARAMETERS | {"state"}

    @document("List incidents", parameters=[STATE], answer=page_of(shapes.IncidentShape, "Incident"))
    def get(self, request: Request) -> Response:
        """The major incidents, newest first. Desk only."""
        viewer, rows = self.viewer, _incidents(self.viewer)
        state = request.query_params.get("state")
        if state is not None:
            if state not in IncidentState.values:
                choices = ", ".join(IncidentState.values)
                raise InvalidInput(fields={"state": [_("Choose one of: %(choices)s.") % {"choices": choices}]})
            rows = rows.filter(state=state)
        keys = [paging.number("id", is_descending=True)]
        return Response(pages.answer_page(request, rows, keys, lambda row: _write(row, viewer)))

    @document("Declare an incident", body=shapes.IncidentInput, answer=shapes.IncidentShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """Make a ticket a major incident. 409 `already_declared` names the incident's `number`."""
        data = self.read_input(shapes.IncidentInput(data=request.data))
        return self.run_once(request, lambda: self._declare(self.viewer, dict(data)))

    @staticmethod
    def _declare(actor: User, given: dict[str, Any]) -> Response:
        number, version = given.pop("ticket"), given.pop("version", None)
        ticket = Ticket.objects.visible_to(actor).filter(number=number).values_list("pk", flat=True).first()
        if ticket is None:
            raise InvalidInput(fields={"ticket": [_("There is no such ticket, or you may not see it.")]})
        incident = declare(
            ticket_id=ticket,
            actor=actor,
            declaration=Declaration(**_particulars(given, actor)),
            at=timezone.now(),
            version=version,
            channel=Channel.API,
        )
        return _answer(incident, actor, 201)


class IncidentDetail(IncidentView):
    @document("Read an incident", answer=shapes.IncidentShape)
    def get(self, request: Request, number: str) -> Response:
        """One major incident. Desk only."""
        return _answer(_find(number, self.viewer), self.viewer)

    @document("Change an incident", body=shapes.IncidentChangeInput, answer=shapes.IncidentShape)
    def patch(self, request: Request, number: str) -> Response:
        """Change roles and particulars. What isn't sent stays as it is."""
        incident = _find(number, self.viewer)
        given = dict(self.read_input(shapes.IncidentChangeInput(data=request.data)))
        version = given.pop("version")
        edit(
            incident_id=incident.pk,
            actor=self.viewer,
            version=version,
            changes=_particulars(given, self.viewer),
            at=timezone.now(),
            channel=Channel.API,
        )
        return _answer(incident, self.viewer)


class IncidentUpdates(IncidentView):
    query_parameters = pages.PARAMETERS

    @document("List incident updates", answer=page_of(shapes.IncidentUpdateShape, "IncidentUpdate"))
    def get(self, request: Request, number: str) -> Response:
        """What was told, oldest first."""
        viewer, incident = self.viewer, _find(number, self.viewer)
        rows = IncidentUpdate.objects.visible_to(viewer).filter(incident=incident).select_related("author")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: shapes.update(row, viewer)))

    @document(
        "Post an incident update",
        body=shapes.IncidentUpdateInput,
        answer=shapes.IncidentUpdateShape,
        status=201,
        is_once=True,
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Tell the audiences. Both languages are needed unless `is_forced`."""
        incident = _find(number, self.viewer)
        data = self.read_input(shapes.IncidentUpdateInput(data=request.data))
        return self.run_once(request, lambda: self._post(incident, self.viewer, data))

    @staticmethod
    def _post(incident: MajorIncident, actor: User, data: dict[str, Any]) -> Response:
        word = Word(
            text_zh=data.get("text_zh", ""),
            text_en=data.get("text_en", ""),
            audiences=frozenset(data["audiences"]),
            is_forced=data.get("is_forced", False),
            expected_by_at=data.get("expected_by_at"),
        )
        posted = post_update(incident_id=incident.pk, word=word, actor=actor, at=timezone.now(), channel=Channel.API)
        return Response(shapes.update(posted, actor), status=201)


class IncidentLinks(IncidentView):
    query_parameters = pages.PARAMETERS

    @document("List linked tickets", answer=page_of(shapes.IncidentLinkShape, "IncidentLink"))
    def get(self, request: Request, number: str) -> Response:
        """The linked tickets that you may see, in the order in which they were linked."""
        viewer, incident = self.viewer, _find(number, self.viewer)
        rows = IncidentLink.objects.visible_to(viewer).filter(incident=incident, unlinked_at=None)
        rows = rows.select_related("ticket", "linked_by")
        return Response(pages.answer_page(request, rows, [paging.number("id")], lambda row: shapes.link(row, viewer)))

    @document("Link tickets", body=shapes.IncidentLinkInput, answer=shapes.IncidentShape, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Link tickets: all of them or none."""
        incident = _find(number, self.viewer)
        data = self.read_input(shapes.IncidentLinkInput(data=request.data))
        return self.run_once(request, lambda: self._link(incident, self.viewer, data["tickets"]))

    @staticmethod
    def _link(incident: MajorIncident, actor: User, numbers: Sequence[str]) -> Response:
        ids = _ticket_ids(numbers, actor)
        link_tickets(incident_id=incident.pk, ticket_ids=ids, actor=actor, at=timezone.now(), channel=Channel.API)
        return _answer(incident, actor, 201)


class LinkOfIncident(IncidentView):
    @document("Unlink a ticket", answer=None, status=204)
    def delete(self, request: Request, number: str, ticket: str) -> Response:
        """Take a ticket off the incident."""
        incident = _find(number, self.viewer)
        unlink_ticket(
            incident_id=incident.pk,
            ticket_id=find_id(ticket, self.viewer),
            actor=self.viewer,
            at=timezone.now(),
            channel=Channel.API,
        )
        return Response(status=204)


class IncidentResolve(IncidentView):
    @document("Resolve an incident", body=shapes.IncidentResolveInput, answer=shapes.IncidentShape, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """The parent's solution solves it, and the tickets named; these are resolved in the background."""
        incident = _find(number, self.viewer)
        data = self.read_input(shapes.IncidentResolveInput(data=request.data))
        return self.run_once(request, lambda: self._resolve(incident, self.viewer, data))

    @staticmethod
    def _resolve(incident: MajorIncident, actor: User, data: dict[str, Any]) -> Response:
        resolve(
            incident_id=incident.pk,
            covered=_ticket_ids(data["tickets"], actor),
            actor=actor,
            version=data["version"],
            at=timezone.now(),
            channel=Channel.API,
        )
        return _answer(incident, actor)


class ReviewOfIncident(IncidentView):
    @document("Read the review of an incident", answer=shapes.IncidentReviewShape)
    def get(self, request: Request, number: str) -> Response:
        """What was learnt, with the actions. 404 until it is written."""
        incident = _find(number, self.viewer)
        kept = IncidentReview.objects.filter(incident=incident).select_related("author").first()
        if kept is None:
            raise NotVisible
        return Response(shapes.review(kept, self.viewer))

    @document(
        "Review an incident",
        body=shapes.IncidentReviewInput,
        answer=shapes.IncidentReviewShape,
        status=201,
        is_once=True,
    )
    def post(self, request: Request, number: str) -> HttpResponse:
        """Keep what was learnt. Written once; it closes a resolved incident."""
        incident = _find(number, self.viewer)
        data = self.read_input(shapes.IncidentReviewInput(data=request.data))
        return self.run_once(request, lambda: self._close(incident, self.viewer, data))

    @staticmethod
    def _close(incident: MajorIncident, actor: User, data: dict[str, Any]) -> Response:
        texts = {name: data[name] for name in TEXTS}
        kept = close_review(
            incident_id=incident.pk,
            review=Review(**texts, actions=_planned(data.get("actions", ()), actor)),
            actor=actor,
            version=data["version"],
            at=timezone.now(),
            channel=Channel.API,
        )
        return Response(shapes.review(kept, actor), status=201)
