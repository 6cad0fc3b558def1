"""Is it fixed? The answer to a proposed solution (M3.5-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.errors import NotVisible
from tickets.lifecycle import Command, Status
from tickets.models import Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import CHANNELS
from tickets.services.engine import run_command
from tickets.services.signed_links import Link, link_to
from tickets.views.portal.questions.base import Asked, Text


class SolutionQuestion:
    kind = "solution"
    title = gettext_lazy("Is it fixed?")
    template = "portal/questions/_solution.html"
    icon = "checkc"

    def waiting(self, ticket: Ticket) -> Sequence[Ticket]:
        """None: the proposed solution has a card of its own on the page."""
        return ()

    def heading(self, row: Ticket) -> Text:
        return self.title

    def find(self, link: Link) -> Asked:
        tickets = Ticket.objects.visible_to(link.person).select_related("outcome", "assignee")
        ticket = tickets.filter(pk=link.pk, requester=link.person, status=Status.RESOLVED).first()
        if ticket is None or link_to(ticket).stamp != link.stamp:
            raise NotVisible
        return Asked(ticket, ticket)

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        is_yes = typed.get("answer") == "yes"
        run_command(
            ticket_id=asked.ticket.pk,
            command=Command.CONFIRM if is_yes else Command.REJECT,
            actor=link.person,
            version=asked.ticket.version,
            at=at,
            data={"reason": typed.get("words", "")},
            channel=CHANNELS[via],
        )
        if is_yes:
            return _("The ticket is closed.")
        return _("The ticket has gone back to the same person. You need not explain it again.")
