"""The day on which a workaround is looked at again: a follow-up ticket for its owner (M3.5-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from tickets.choices import Channel
from tickets.lifecycle import Status
from tickets.models import Ticket, WorkaroundReview
from tickets.models.ticket import SUBJECT_LENGTH
from tickets.services.create import Request, submit_ticket

# So much later the review comes where the requester hasn't answered yet.
AGAIN = timedelta(days=1)
BATCH = 100


def run_due(*, at: datetime, limit: int = BATCH) -> dict[str, int]:
    """Open the follow-up tickets whose day has come, each in its own transaction. Returns counts by what was done.

    The old ticket may be archived by then and isn't touched. Any number of workers may run this at once: who takes the
    instant off a row has it.
    """
    due = WorkaroundReview.objects.filter(due_at__lte=at).order_by("due_at").values_list("pk", flat=True)[:limit]
    opened = sum(_open(pk, at) for pk in list(due))
    return {"workaround_reviews": opened} if opened else {}


@transaction.atomic
def _open(pk: int, at: datetime) -> bool:
    if not WorkaroundReview.objects.filter(pk=pk, due_at__lte=at).update(due_at=None):
        return False
    row = WorkaroundReview.objects.select_related("ticket__category", "ticket__team__lead", "owner").get(pk=pk)
    if row.ticket.status == Status.RESOLVED:
        WorkaroundReview.objects.filter(pk=pk).update(due_at=at + AGAIN)
        return False
    owner = _who(row.ticket, row.owner)
    if row.ticket.status != Status.CLOSED or owner is None:
        return False
    row.follow_up = _follow_up(row.ticket, owner, at)
    row.save(update_fields=["follow_up"])
    return True


def _who(ticket: Ticket, owner: User) -> User | None:
    """The owner; who has left is stood in for by the team's lead, then by any lead."""
    lead = ticket.team.lead if ticket.team is not None else None
    leads = User.objects.active().filter(is_lead=True).order_by("pk")[:1]
    return next((person for person in (owner, lead, *leads) if person and person.is_active and person.is_agent), None)


def _follow_up(ticket: Ticket, owner: User, at: datetime) -> Ticket:
    """A ticket of the desk's own: the requester isn't asked anything about it."""
    with translation.override(owner.language or settings.LANGUAGE_CODE):
        subject = _("Review the workaround: %(subject)s") % {"subject": ticket.subject}
        description = _("Ticket %(number)s was closed with a workaround:\n\n%(solution)s")
        request = Request(
            subject=subject[:SUBJECT_LENGTH],
            description=description % {"number": ticket.number, "solution": ticket.solution},
            kind=ticket.kind,
            category=ticket.category if ticket.category is not None and not ticket.category.is_retired else None,
            impact=ticket.impact,
            urgency=ticket.urgency,
        )
    return submit_ticket(
        request=request,
        requester=owner,
        actor=owner,
        channel=Channel.PORTAL,
        at=at,
        follow_up_of=ticket,
        assignee=owner,
    )
