"""May they? The only place that answers, for pages, API, mail and tasks.

What somebody may *see* is `Ticket.objects.visible_to(viewer)`; these predicates are asked about tickets that
were read through it. They are registered with `rules`, so `user.has_perm("tickets.reply_publicly", ticket)` works.
"""

from __future__ import annotations

import rules
from django.db.models import Q

from assets.models import Vendor
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from tickets.choices import Act
from tickets.lifecycle import Command, Party
from tickets.models import (
    IncomingMail,
    MajorIncident,
    Ticket,
    TicketEvent,
    TicketReader,
    TicketTask,
    VendorCase,
    Watcher,
)

# The requester's own word, or what the desk wrote down of it or answers for to them.
_OPEN_REASONS = frozenset(
    {
        Command.CONFIRM,
        Command.REJECT,
        Command.REOPEN,
        Command.WITHDRAW,
        Act.CONSENT_WITHDRAWN,
        Act.NEW_TIME_ANSWERED,
        Act.WINDOW_ANSWERED,
        Act.ACTION_ANSWERED,
    }
)


@rules.predicate
def is_requester(user: User, ticket: Ticket) -> bool:
    """The person who has the problem. Who only reported it for them has a voice, not the last word."""
    return ticket.requester_id == user.pk


def is_on_ticket(user: User, ticket: Ticket) -> bool:
    """Whether a confidential ticket is open to somebody who isn't named: who has to do with it, and mostly its team."""
    if user.pk in (ticket.requester_id, ticket.reported_by_id, ticket.assignee_id, ticket.offered_to_id):
        return True
    if not ticket.is_named_only and ticket.team_id in user.team_ids:
        return True
    return Watcher.objects.filter(ticket=ticket, user=user).exists()


def is_let_in(user: User, ticket: Ticket) -> bool:
    """Whether somebody who sees the ticket does so in the ordinary way: who opened it in an emergency may only read (ADR 17).

    The rule of `Ticket.objects.visible_to` without emergencies, asked of one ticket as it stands in memory.
    """
    if not ticket.is_confidential or is_on_ticket(user, ticket):
        return True
    named = Q(user=user) | Q(team_id__in=user.team_ids)
    return user.can(Ability.USE_DESK) and TicketReader.objects.filter(named, ticket=ticket).exists()


@rules.predicate
def can_work_on(user: User, ticket: Ticket) -> bool:
    """Desk people act on tickets of their own teams, on unrouted ones and on their own; leads on all (M3.3.2-1)."""
    if not user.can(Ability.WORK) or not is_let_in(user, ticket):
        return False
    return (
        user.can(Ability.WORK_EVERYWHERE)
        or ticket.team_id is None
        or ticket.assignee_id == user.pk
        or ticket.team_id in user.team_ids
    )


@rules.predicate
def can_write_publicly(user: User, ticket: Ticket) -> bool:
    """Everybody on the requester's side, and who may work on it. Others of the desk leave notes."""
    return can_work_on(user, ticket) or not user.can(Ability.USE_DESK) or is_on_requesters_side(user, ticket)


@rules.predicate
def is_on_requesters_side(user: User, ticket: Ticket) -> bool:
    """Requester or reporter of this ticket (watchers are known by the visibility of the ticket)."""
    return user.pk in (ticket.requester_id, ticket.reported_by_id)


@rules.predicate
def can_write_notes(user: User, ticket: Ticket) -> bool:
    """Internal notes are open to all of the desk who see the ticket (M1.2-6)."""
    return user.can(Ability.WORK) and is_let_in(user, ticket)


@rules.predicate
def can_read_internals(user: User, ticket: Ticket) -> bool:
    """Notes, system events and other people's names of the desk are the desk's only (M1.2-4)."""
    return user.can(Ability.USE_DESK)


def is_reason_open(event: TicketEvent) -> bool:
    """Whether the reason of an act is for all who may read the ticket, in the index as on every page.

    By the act alone, whoever did it: roles change, and somebody of the desk may be the requester.
    """
    return event.is_public and event.code in _OPEN_REASONS


def can_read_reason(user: User, event: TicketEvent) -> bool:
    """Reasons that aren't the requester's business are the desk's notes to itself (M1.2-4)."""
    return user.can(Ability.USE_DESK) or is_reason_open(event)


@rules.predicate
def can_edit_details(user: User, ticket: Ticket) -> bool:
    """Staff on the ticket; the requester and reporter until work on it has begun."""
    return can_work_on(user, ticket) or (is_on_requesters_side(user, ticket) and ticket.accepted_at is None)


@rules.predicate
def can_manage_watchers(user: User, ticket: Ticket) -> bool:
    return can_work_on(user, ticket) or is_on_requesters_side(user, ticket)


@rules.predicate
def can_hold(user: User, ticket: Ticket) -> bool:
    """Administrators say what must be kept; they answer for it to the outside (M3.5-4)."""
    return user.can(Ability.CONFIGURE)


def can_erase_people(user: User) -> bool:
    return user.can(Ability.CONFIGURE)


def can_end_task(user: User, task: TicketTask) -> bool:
    """The team that was asked, and who works on the ticket (M3.4-3)."""
    return can_work_on(user, task.ticket) or (user.can(Ability.WORK) and task.team_id in user.team_ids)


def parties(user: User | None, ticket: Ticket) -> frozenset[Party]:
    """In which capacities somebody acts on a ticket; None is the system itself (timers)."""
    if user is None:
        return frozenset({Party.SYSTEM})
    found = set()
    if is_requester(user, ticket):
        found.add(Party.REQUESTER)
    if can_work_on(user, ticket):
        found.add(Party.STAFF)
    return frozenset(found)


@rules.predicate
def can_watch_wallboard(user: User, _nothing: None = None) -> bool:
    """Who answers for the whole desk sees how all of it stands; others have their queue."""
    return user.can(Ability.WORK_EVERYWHERE) or user.can(Ability.CONFIGURE)


def can_run_incident(user: User, incident: MajorIncident) -> bool:
    """Who speaks and decides for a major incident: its commander, its communication lead, and who may work on its
    ticket (M3.4-4)."""
    if not user.can(Ability.WORK):
        return False
    return user.pk in (incident.commander_id, incident.communication_lead_id) or can_work_on(user, incident.ticket)


def can_link_to_incident(user: User, ticket: Ticket, incident: MajorIncident) -> bool:
    """Who may work on the ticket, and who runs the incident, whichever team the ticket is with (M1.2-6)."""
    return can_work_on(user, ticket) or can_run_incident(user, incident)


def parties_by_incident(user: User, ticket: Ticket, incident: MajorIncident) -> frozenset[Party]:
    """As `parties`; who runs the incident acts as staff on the tickets that it solves."""
    found = parties(user, ticket)
    return found | {Party.STAFF} if can_run_incident(user, incident) else found


# What only people do who handle a ticket; requesters confirm, reject, reopen and write.
_WORK = (
    *(Command.CLASSIFY, Command.ASSIGN, Command.ACCEPT, Command.START, Command.WAIT, Command.RESUME, Command.RESOLVE),
    *(Command.ESCALATE, Command.CLOSE),
    *(Act.SOLVED_AT_FIRST_CONTACT, Act.NOTED, Act.TASK_ADDED, Act.TASK_DONE, Act.TASK_DROPPED),
    *(Act.HANDOVER_ACCEPTED, Act.HANDOVER_RETURNED, Act.HANDOVER_COMPLETED),
    *(Act.STEP_PLANNED, Act.STEP_DONE, Act.STEP_DROPPED, Act.CONSENT_ASKED, Act.CONSENT_REMINDED),
    Act.SESSION_STARTED,
)


def has_worked_on(user: User, ticket: Ticket) -> bool:
    """Whoever had the ticket or did anything for the desk on it; they don't rate their own work (M3.5-5)."""
    if not user.is_desk:
        return False
    if user.pk in (ticket.assignee_id, ticket.accepted_by_id):
        return True
    return TicketEvent.objects.filter(ticket=ticket, actor=user, code__in=_WORK).exists()


def can_read_reports(user: User) -> bool:
    """Who answers for the whole desk. What the figures count is still only what they may see (M1.2-4)."""
    return user.can(Ability.WORK_EVERYWHERE) or user.can(Ability.CONFIGURE)


def can_submit_for(user: User, requester: User) -> bool:
    """Everybody for themselves and for active colleagues they can look up (M3.1-2)."""
    if not user.can(Ability.SUBMIT) or not requester.is_active:
        return False
    return user.pk == requester.pk or User.objects.visible_to(user).filter(pk=requester.pk).exists()


def is_of_the_desk(user: User) -> bool:
    """Whose mails speak for the desk, and so have to be proved by our own mail server (E1)."""
    return user.is_desk or user.can(Ability.CONFIGURE)


def can_set_up_mailboxes(user: User) -> bool:
    """Whose mail is read is for administrators to say."""
    return user.can(Ability.CONFIGURE)


def can_review_mail(user: User) -> bool:
    """Who sees all held and unreadable mails: they may be about anything."""
    return user.can(Ability.WORK_EVERYWHERE) or user.can(Ability.CONFIGURE)


def can_decide_on_mail(user: User, mail: IncomingMail) -> bool:
    """Who answers for the whole desk; on a ticket, who works on it, unless the mail claims to be from the desk itself."""
    if mail.ticket is not None and not is_let_in(user, mail.ticket):
        return False
    if can_review_mail(user):
        return True
    if mail.ticket is None or (mail.person is not None and is_of_the_desk(mail.person)):
        return False
    return can_work_on(user, mail.ticket)


def can_lift_confidentiality(user: User, ticket: Ticket) -> bool:
    """Who works on it, and leads who are let in (M1.2-4)."""
    is_owner = ticket.assignee_id == user.pk and user.can(Ability.WORK)
    return is_owner or (user.can(Ability.WORK_EVERYWHERE) and is_let_in(user, ticket))


def can_see_readings(user: User, ticket: Ticket) -> bool:
    """Who opened a confidential ticket is for those to know who answer for it."""
    return can_lift_confidentiality(user, ticket)


def can_break_glass(user: User) -> bool:
    """Who answers for the whole desk may open a confidential ticket in an emergency, and is seen doing it."""
    return user.can(Ability.WORK_EVERYWHERE) or user.can(Ability.CONFIGURE)


def can_handle_security(user: User, ticket: Ticket) -> bool:
    """Everybody of the desk who is let in: a security incident's ticket names its people one by one (M2)."""
    return user.can(Ability.WORK) and is_let_in(user, ticket)


def can_write_to_vendor(user: User, vendor: Vendor) -> bool:
    """Its named liaison and the deputy, nobody else, whatever they may do otherwise (M3.4-7)."""
    return user.can(Ability.SPEAK_WITH_VENDORS) and user.pk in vendor.speaker_ids


def speaker_for(vendor: Vendor, ticket: Ticket) -> User | None:
    """Who speaks with a vendor about a ticket: the liaison, or the deputy where the liaison has left or may not see it."""
    people = User.objects.in_bulk(vendor.speaker_ids)
    for pk in vendor.speaker_ids:
        if (
            can_write_to_vendor(people[pk], vendor)
            and Ticket.objects.visible_to(people[pk]).filter(pk=ticket.pk).exists()
        ):
            return people[pk]
    return None


def can_follow_vendor_case(user: User, case: VendorCase) -> bool:
    """Who writes to the vendor, and who works on the ticket: they keep the log, the dates and the outcome."""
    return can_work_on(user, case.ticket) or can_write_to_vendor(user, case.vendor)


rules.add_perm("tickets.work_on", can_work_on)
rules.add_perm("tickets.reply_publicly", can_write_publicly)
rules.add_perm("tickets.write_notes", can_write_notes)
rules.add_perm("tickets.read_internals", can_read_internals)
rules.add_perm("tickets.edit_details", can_edit_details)
rules.add_perm("tickets.manage_watchers", can_manage_watchers)
rules.add_perm("tickets.watch_wallboard", can_watch_wallboard)
