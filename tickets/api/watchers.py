"""The people who read a ticket along."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import Person, page_of
from helpdesk.common.rest.views import ApiView
from tickets.api import inputs, output
from tickets.api.views import find_id
from tickets.models import Watcher
from tickets.services.edit import add_watcher, remove_watcher


class TicketWatchers(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List watchers", answer=page_of(Person, "Watcher"))
    def get(self, request: Request, number: str) -> Response:
        """Who else reads this ticket, besides its requester, its reporter and the desk."""
        viewer = self.viewer
        rows = Watcher.objects.filter(ticket=find_id(number, viewer)).select_related("user")
        return Response(
            pages.answer_page(request, rows, [paging.number("id")], lambda row: output.person(row.user, viewer) or {})
        )

    @document("Add a watcher", body=inputs.WatcherInput, answer=Person, status=201, is_once=True)
    def post(self, request: Request, number: str) -> HttpResponse:
        """Let a person whom you can look up read this ticket along. Somebody who does already stays."""
        ticket = find_id(number, self.viewer)
        data = self.read_input(inputs.WatcherInput(data=request.data))
        return self.run_once(request, lambda: self._add(ticket, self.viewer, data["username"]))

    @staticmethod
    def _add(ticket: int, actor: User, username: str) -> Response:
        person = User.objects.visible_to(actor).active().filter(username__iexact=username).first()
        if person is None:
            raise InvalidInput(fields={"username": [_("There is no such person.")]})
        add_watcher(ticket_id=ticket, actor=actor, person=person, at=timezone.now())
        return Response(output.person(person, actor), status=201)


class TicketWatcher(ApiView):
    @document("Remove a watcher", answer=None, status=204)
    def delete(self, request: Request, number: str, username: str) -> Response:
        """Stop a person reading this ticket along."""
        ticket, actor = find_id(number, self.viewer), self.viewer
        row = Watcher.objects.filter(ticket=ticket, user__username__iexact=username).select_related("user").first()
        if row is None:
            raise NotVisible
        remove_watcher(ticket_id=ticket, actor=actor, person=row.user, at=timezone.now())
        return Response(status=204)
