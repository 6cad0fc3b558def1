"""Whom an act concerns: one place that turns an event into outbox notices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from assets.models import Vendor
from helpdesk.accounts.models import Team, User
from helpdesk.common.outbox import Notice, enqueue
from tickets.choices import Act, Channel, WaitsFor
from tickets.lifecycle import Command
from tickets.models import Ticket, TicketEvent
from tickets.policies import speaker_for

SUBJECT_TYPE = "ticket"
# A fact of submissions that no mail may answer (RFC 3834, E7), with the reason.
UNANSWERED = "unanswered"

_TO_REQUESTER: dict[str, str] = {
    Act.SUBMITTED: "received",
    Act.SOLVED_AT_FIRST_CONTACT: "resolved",
    Act.REMINDED: "reminder",
    Command.ACCEPT: "accepted",
    Command.RESOLVE: "resolved",
    Command.CONFIRM: "closed",
    Command.CLOSE: "closed",
    Command.WITHDRAW: "closed",
    Act.HANDOVER_ACCEPTED: "passed_on",
}
# What only the requester is asked or told, not who reads along.
_TO_REQUESTER_ALONE: dict[str, str] = {
    Act.CONSENT_ASKED: "consent_asked",
    Act.CONSENT_REMINDED: "consent_reminder",
    Act.CONSENT_ANSWERED: "consent_recorded",
    Act.NEW_TIME_PROPOSED: "new_time_proposed",
    Act.NEW_TIME_AGREED: "new_time_agreed",
    Act.WINDOW_PROPOSED: "window_proposed",
    Act.ACTION_REQUESTED: "action_requested",
    Act.ACTION_REMINDED: "action_reminder",
}
# What somebody of the desk wrote down in the requester's name.
_RECORDED = "answer_recorded"
_TO_ASSIGNEE: dict[str, str] = {
    Command.ASSIGN: "assigned",
    Command.CONFIRM: "closed",
    Command.CLOSE: "closed",
    Command.WITHDRAW: "closed",
    Command.REJECT: "reopened",
    Command.REOPEN: "reopened",
    Act.CONSENT_ANSWERED: "consent_answered",
    Act.CONSENT_LAPSED: "consent_lapsed",
    Act.CONSENT_WITHDRAWN: "consent_withdrawn",
    Act.LOW_RATING: "low_rating",
    Act.PROMISE_PASSED: "promise_passed",
    Act.NEW_TIME_ANSWERED: "new_time_answered",
    Act.NEW_TIME_LAPSED: "new_time_lapsed",
    Act.WINDOW_ANSWERED: "window_answered",
    Act.WINDOW_LAPSED: "window_lapsed",
    Act.ACTION_ANSWERED: "action_answered",
    Act.ACTION_LAPSED: "action_lapsed",
}
_ANSWERS = (Act.NEW_TIME_ANSWERED, Act.WINDOW_ANSWERED, Act.ACTION_ANSWERED)
_OF_INCIDENTS = (Act.INCIDENT_DECLARED, Act.INCIDENT_UPDATE, Act.INCIDENT_UPDATE_OVERDUE)
# What a vendor's liaison is told, and who has the ticket (M3.4-7).
_TO_LIAISON = (Act.VENDOR_CASE_OPENED, Act.VENDOR_ANSWERED, Act.VENDOR_CHASE_DUE, Act.VENDOR_MAIL_RETURNED)
_OF_VENDORS_TO_ASSIGNEE = (Act.VENDOR_ANSWERED, Act.VENDOR_CASE_CLOSED)
# M3.1-6: the receipt goes to whoever submitted. To an address it names nothing that came from there (E7).
RECEIPTS = {"received", "received_by_mail"}
# Told to whoever acted, too: the receipt, and what they allowed, with the way to take it back.
TOLD_TO_ACTOR = RECEIPTS | {"consent_recorded"}


def enqueue_notices(*, ticket: Ticket, event: TicketEvent, actor: User | None, at: datetime) -> None:
    """Append the notices of an event to the outbox: never to its actor, except what they need to keep."""
    payload = {"event": event.pk}
    actor_id = actor.pk if actor else None
    notices = [
        Notice(topic, person, payload)
        for person, topic in _audience(ticket, event)
        if person != actor_id or topic in TOLD_TO_ACTOR
    ]
    enqueue(notices, event_key=_key(event), subject_type=SUBJECT_TYPE, subject_id=ticket.pk, at=at)


def _key(event: TicketEvent) -> str:
    """What a notice is told once of: the event, or the incident's update, which stands on many tickets."""
    if event.code == Act.INCIDENT_UPDATE:
        return f"incident-update-{event.data['update']}"
    return f"ticket-event-{event.pk}"


def _audience(ticket: Ticket, event: TicketEvent) -> Iterator[tuple[int, str]]:
    if event.code in _OF_INCIDENTS:
        yield from _incident_audience(ticket, event)
        return
    if event.code in _TO_LIAISON or event.code in _OF_VENDORS_TO_ASSIGNEE:
        yield from _vendor_audience(ticket, event)
        return
    for_requester = _topic_for_requester(ticket, event)
    if for_requester:
        for person in _requesters_side(ticket, everybody=for_requester != "reminder"):
            yield person, for_requester
    if event.code in _TO_REQUESTER_ALONE and event.data.get("allowed") != []:
        yield ticket.requester_id, _TO_REQUESTER_ALONE[event.code]
    if event.code in _ANSWERS and event.data.get("is_spoken"):
        yield ticket.requester_id, _RECORDED
    for_desk = _topic_for_desk(event)
    if for_desk == "assigned" and "assignee_id" not in event.data.get("changes", {}):
        yield from _team_lead(ticket, for_desk)
    elif for_desk:
        if ticket.assignee_id:
            yield ticket.assignee_id, for_desk
        elif event.code != Act.LOW_RATING:  # a lead who can't have it is its rater, or gone
            yield from _team_lead(ticket, for_desk)


def _incident_audience(ticket: Ticket, event: TicketEvent) -> Iterator[tuple[int, str]]:
    """Who hears of a major incident (M3.4-4). The event's facts name the people and audiences of that moment."""
    topic = event.code
    for person in event.data.get("people", ()):
        yield person, topic
    if event.data.get("leads"):
        for lead in Team.objects.filter(is_retired=False, lead__isnull=False).values_list("lead_id", flat=True):
            yield lead, topic
    if event.is_public and topic == Act.INCIDENT_UPDATE:
        for person in _requesters_side(ticket, everybody=True):
            yield person, topic


def _vendor_audience(ticket: Ticket, event: TicketEvent) -> Iterator[tuple[int, str]]:
    """Who speaks with the vendor, and who has the ticket; what a machine of theirs sent needs nobody else."""
    if event.code in _TO_LIAISON:
        speaker = speaker_for(Vendor.objects.get(pk=event.data["vendor"]), ticket)
        if speaker is not None:
            yield speaker.pk, event.code
    is_of_machine = event.actor is None and not event.is_public
    if event.code in _OF_VENDORS_TO_ASSIGNEE and ticket.assignee_id and not is_of_machine:
        yield ticket.assignee_id, event.code


def _topic_for_requester(ticket: Ticket, event: TicketEvent) -> str | None:
    if event.code == Act.REPLIED or (event.code == Command.ESCALATE and event.message_id):
        return "reply"
    if event.code == Command.WAIT and {"action", "window"} & event.data.keys():
        return None  # the question or the answer that it belongs to was told by itself
    if event.code == Command.WAIT:
        waits_for_user = ticket.waiting_reason is not None and ticket.waiting_reason.waits_for == WaitsFor.USER
        return "action_needed" if waits_for_user else ("reply" if event.message_id and event.is_public else None)
    if event.code == Act.SUBMITTED and event.channel == Channel.EMAIL:
        return "received_by_mail"
    return _TO_REQUESTER.get(event.code)


def _topic_for_desk(event: TicketEvent) -> str | None:
    if event.code == Act.REPLIED:
        return "reply"
    if event.code == Act.MAIL_KEPT:
        return "mail_bounced" if event.data.get("kept") == "bounce" else None
    return _TO_ASSIGNEE.get(event.code)


def _requesters_side(ticket: Ticket, *, everybody: bool) -> Iterator[int]:
    yield ticket.requester_id
    if not everybody:
        return
    if ticket.reported_by_id != ticket.requester_id and not ticket.reported_by.is_desk:
        yield ticket.reported_by_id
    if ticket.version > 1:  # nobody reads along before there is a ticket
        yield from ticket.watcher_rows.values_list("user_id", flat=True)


def _team_lead(ticket: Ticket, topic: str) -> Iterator[tuple[int, str]]:
    if ticket.team is not None and ticket.team.lead_id:
        yield ticket.team.lead_id, topic
