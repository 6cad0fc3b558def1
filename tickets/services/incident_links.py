"""Which tickets suffer from a major incident: linked by the desk, or by their requesters with one click."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from tickets.choices import Act as ActCode
from tickets.choices import Channel
from tickets.lifecycle import FINAL, OPEN
from tickets.models import IncidentLink, MajorIncident, RequestKind, Ticket
from tickets.policies import can_link_to_incident
from tickets.services.create import Request, submit_ticket
from tickets.services.incidents import open_incident, save_incident
from tickets.services.recording import Act, open_for_change, record, snapshot

MOST = 100


@transaction.atomic
def link_tickets(
    *, incident_id: int, ticket_ids: Sequence[int], actor: User, at: datetime, channel: Channel | str = ""
) -> list[IncidentLink]:
    """Link tickets to an open incident: all of them or, when one can't be, none. Those linked to it already stay.

    Raises NotVisible, NotAllowed, InvalidInput for none or more than 100, or Conflict: `not_open`, `closed`,
    `archived`, `already_linked` (with the other incident's `number`), `is_parent`.
    """
    incident = open_incident(incident_id=incident_id, actor=actor)
    wanted = sorted(set(ticket_ids))
    if not wanted:
        raise InvalidInput(fields={"tickets": [_("Choose at least one ticket.")]})
    if len(wanted) > MOST:
        raise InvalidInput(fields={"tickets": [_("Choose at most %(limit)d tickets at once.") % {"limit": MOST}]})
    links = [_link(incident, ticket_id, actor=actor, linked_by=actor, at=at, channel=channel) for ticket_id in wanted]
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_LINKED)
    return links


def _link(
    incident: MajorIncident, ticket_id: int, *, actor: User, linked_by: User, at: datetime, channel: Channel | str
) -> IncidentLink:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_link_to_incident(actor, ticket, incident):
        raise NotAllowed(_("You can't work on ticket %(ticket)s.") % {"ticket": ticket.number})
    known = IncidentLink.objects.filter(ticket=ticket, is_open=True).select_related("incident").first()
    if known is not None and known.incident_id == incident.pk:
        return known
    _check_linkable(ticket, known)
    return _record_link(incident, ticket, actor=linked_by, at=at, channel=channel)


def _check_linkable(ticket: Ticket, known: IncidentLink | None) -> None:
    facts = {"ticket": ticket.number}
    if known is not None:
        facts["incident"] = known.incident.number
        raise Conflict(
            _("Ticket %(ticket)s is linked to the major incident %(incident)s already.") % facts,
            code="already_linked",
            extra={"number": known.incident.number},
        )
    if ticket.status in FINAL:
        raise Conflict(_("Ticket %(ticket)s is closed.") % facts, code="closed")
    if MajorIncident.objects.open().filter(ticket=ticket).exists():
        raise Conflict(_("Ticket %(ticket)s is a major incident itself.") % facts, code="is_parent")


def _record_link(
    incident: MajorIncident, ticket: Ticket, *, actor: User, at: datetime, channel: Channel | str
) -> IncidentLink:
    link = IncidentLink.objects.create(incident=incident, ticket=ticket, linked_at=at, linked_by=actor)
    act = Act(
        code=ActCode.INCIDENT_LINKED,
        actor=actor,
        at=at,
        channel=channel,
        is_public=True,
        facts={"incident": incident.pk},
    )
    record(ticket, act, before=snapshot(ticket))
    return link


@transaction.atomic
def unlink_ticket(*, incident_id: int, ticket_id: int, actor: User, at: datetime, channel: Channel | str = "") -> None:
    """Take a ticket off its incident, which may be over already but not reviewed. Not linked means no act.

    Raises NotVisible, NotAllowed or Conflict (`archived`, `not_open`, `ending`).
    """
    incident = open_incident(incident_id=incident_id, actor=actor, must_be_open=False)
    if incident.reviewed_at is not None:
        raise Conflict(_("This incident is over."), code="not_open")
    links = IncidentLink.objects.filter(incident=incident, unlinked_at=None)
    link = links.select_for_update(of=("self",)).filter(ticket=ticket_id).first()
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if link is None:
        return
    if not can_link_to_incident(actor, ticket, incident):
        raise NotAllowed(_("You can't work on ticket %(ticket)s.") % {"ticket": ticket.number})
    if link.ending in (IncidentLink.Ending.PENDING, IncidentLink.Ending.RESOLVED):
        raise Conflict(_("This ticket is resolved with its incident."), code="ending")
    link.unlinked_at, link.is_open = at, False
    link.save(update_fields=["unlinked_at", "is_open"])
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_UNLINKED)
    act = Act(
        code=ActCode.INCIDENT_UNLINKED,
        actor=actor,
        at=at,
        channel=channel,
        is_public=True,
        facts={"incident": incident.pk},
    )
    record(ticket, act, before=snapshot(ticket))


@transaction.atomic
def join(*, incident_id: int, actor: User, at: datetime) -> str:
    """“This affects me too”: a ticket of the actor's own, linked to the incident. Returns its number.

    A person has one open ticket for an incident however often the button is pressed: the incident's lock lets one
    press in after the other. Raises NotVisible, or Conflict (`not_open`).
    """
    try:
        incident = lock_row(MajorIncident.objects.visible_to(actor).select_related("ticket", "service"), pk=incident_id)
    except MajorIncident.DoesNotExist:
        raise NotVisible from None
    if not incident.is_open:
        raise Conflict(_("This incident is over."), code="not_open")
    known = own_ticket_number(incident, actor)
    if known is not None:
        return known
    kind = RequestKind.objects.filter(is_retired=False).order_by("position", "code").first()
    assert kind is not None, "the administration keeps at least one kind"
    service = incident.service if incident.service is not None and not incident.service.is_retired else None
    request = Request(
        subject=incident.title,
        description=_("I am affected by the known problem %(number)s “%(title)s” too.")
        % {"number": incident.number, "title": incident.title},
        kind=kind,
        category=service,
    )
    ticket = submit_ticket(request=request, requester=actor, actor=actor, channel=Channel.PORTAL, at=at)
    _record_link(incident, ticket, actor=actor, at=at, channel=Channel.PORTAL)
    return ticket.number


def own_ticket_number(incident: MajorIncident, person: User) -> str | None:
    """The open ticket by which this person is affected by the incident, the parent included; None for none."""
    mine = Ticket.objects.filter(requester=person, status__in=OPEN)
    linked = mine.filter(incident_links__incident=incident, incident_links__unlinked_at=None)
    found = linked.order_by("pk").values_list("number", flat=True).first()
    if found is None:
        found = mine.filter(pk=incident.ticket_id).values_list("number", flat=True).first()
    return found
