"""Reading escalations: one with all that is shown of it, and the lists of a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from escalation.models import Escalation
from escalation.models.handover import EscalationQuerySet
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import NotVisible
from tickets.models import ConfidentialRead
from tickets.services.readings import note_reading

SHOWN = (
    "ticket__requester",
    "ticket__assignee",
    "ticket__team",
    "ticket__category",
    "ticket__waiting_reason",
    "package__made_by",
    "team",
    "level",
    "offered_to",
    "offered_by",
    "stands_for",
    "answered_by",
    "previous",
)
MOST = 100


def get_escalation(*, escalation_id: int, viewer: User) -> Escalation:
    """One escalation as the viewer may see it. Raises NotVisible."""
    row = Escalation.objects.visible_to(viewer).select_related(*SHOWN).filter(pk=escalation_id).first()
    if row is None:
        raise NotVisible
    note_reading(ticket=row.ticket, reader=viewer, place=ConfidentialRead.Place.HANDOVER, at=timezone.now())
    return row


@dataclass(frozen=True)
class Listed:
    """One list of escalations: its name, the rows that are shown, and how many there are."""

    label: Any
    rows: list[Escalation]

    @property
    def count(self) -> int:
        return len(self.rows)


def waiting_for(viewer: User) -> EscalationQuerySet:
    """What this person is asked to take over, or can because their team is asked."""
    asked = Q(offered_to=viewer)
    if viewer.team_ids:
        asked |= Q(team_id__in=viewer.team_ids)
    return Escalation.objects.visible_to(viewer).filter(asked, state=Escalation.State.OFFERED)


def lists_for(viewer: User) -> dict[str, Listed]:
    """The lists of a person, most urgent first; leads see everything that is under way."""
    visible = Escalation.objects.visible_to(viewer)
    sent = visible.filter(Q(offered_by=viewer) | Q(ticket__assignee=viewer)).exclude(state=Escalation.State.CLIMBED)
    lists = {
        "asked": Listed(_("To be answered"), _rows(waiting_for(viewer).order_by("accept_by_at", "id"))),
        "sent": Listed(_("Handed on by me"), _rows(sent.order_by("-id"))),
    }
    if viewer.can(Ability.WORK_EVERYWHERE):
        lists["all"] = Listed(_("Under way"), _rows(visible.open().order_by("accept_by_at", "id")))
    return lists


def _rows(escalations: EscalationQuerySet) -> list[Escalation]:
    return list(escalations.select_related(*SHOWN)[:MOST])
