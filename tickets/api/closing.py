"""What must end before a ticket can be solved, and what follows a workaround (M3.5-1, M3.5-2). For the desk."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import User
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.fields import instant
from helpdesk.common.rest.shapes import Person
from helpdesk.common.rest.views import ApiView
from tickets.api import output
from tickets.api.views import find_id_for_desk
from tickets.matters import BLOCKING, open_matters
from tickets.models import Ticket, WorkaroundReview


class MatterShape(s.Serializer):
    kind = s.ChoiceField([(kind.code, kind.code) for kind in BLOCKING])
    id = s.IntegerField()
    title = s.CharField()


class WorkaroundShape(s.Serializer):
    owner = Person()
    review_at = s.DateTimeField()
    is_due = s.BooleanField(help_text="False once the follow-up was opened or the workaround no longer stands.")
    follow_up = s.CharField(allow_null=True)


class ClosingShape(s.Serializer):
    missing = MatterShape(many=True)
    workaround = WorkaroundShape(allow_null=True)


def workaround(row: WorkaroundReview | None, viewer: User) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "owner": output.person(row.owner, viewer),
        "review_at": instant(row.review_at),
        "is_due": row.due_at is not None,
        "follow_up": row.follow_up.number if row.follow_up is not None else None,
    }


class TicketClosing(ApiView):
    @document("What keeps a ticket from being closed", answer=ClosingShape)
    def get(self, request: Request, number: str) -> Response:
        """Open matters, which a solution waits for, and who looks at a workaround again. Desk only."""
        viewer = self.viewer
        ticket = Ticket.objects.visible_to(viewer).get(pk=find_id_for_desk(number, viewer))
        reviews = WorkaroundReview.objects.visible_to(viewer).filter(ticket=ticket)
        missing = [{"kind": matter.kind, "id": matter.row.pk, "title": matter.title} for matter in open_matters(ticket)]
        last = reviews.select_related("owner", "follow_up").last()
        return Response({"missing": missing, "workaround": workaround(last, viewer)})
