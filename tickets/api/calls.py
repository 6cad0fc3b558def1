"""The telephone calls about a ticket, for the desk and for telephone systems."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.common import paging
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView
from tickets.api import output, schemas
from tickets.api.views import find_id_for_desk
from tickets.models import PhoneCall


class TicketCalls(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List calls", answer=page_of(schemas.CallShape, "Call"))
    def get(self, request: Request, number: str) -> Response:
        """The calls in which the ticket was reported or something was added, in the order in which they were written down."""
        ticket = find_id_for_desk(number, self.viewer)
        calls = (
            PhoneCall.objects.visible_to(self.viewer)
            .filter(ticket=ticket)
            .select_related("caller", "taken_by", "event")
        )
        return Response(
            pages.answer_page(request, calls, [paging.number("id")], lambda row: output.call(row, self.viewer))
        )
