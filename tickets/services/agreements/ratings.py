"""Answering the survey, and following a low rating up (M1.1, M3.5-5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tickets.choices import Act as ActCode
from tickets.lifecycle import Status
from tickets.models import Survey, Ticket
from tickets.models.asking import Asking
from tickets.policies import has_worked_on
from tickets.priority import Impact, Urgency
from tickets.seals import seal
from tickets.services.agreements import asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.surveys import KIND
from tickets.services.create import Request, submit_ticket
from tickets.services.effects import set_assignee, set_team
from tickets.services.recording import Act, record, snapshot
from tickets.survey import BEST, WORST, Reason, is_low
from tickets.survey_words import rating_text, reasons_text


@transaction.atomic
def answer_survey(*, survey_id: int, rating: int | None, reasons: Collection[str], answer: Answer) -> Survey:
    """Rate the service from 1 to 5, or pass (None). A low rating opens a follow-up for the lead of the team.

    By the requester alone, and not by who worked on the ticket. Raises NotVisible, NotAllowed, Conflict (`already_answered`,
    `too_late`, `archived`) or InvalidInput.
    """
    ticket, row = asking.open_to_answer(Survey, pk=survey_id, answer=answer)
    refuse_raters(answer.actor, ticket, answer.via)
    if ticket.status != Status.CLOSED:
        raise Conflict(_("This ticket is open again; you are asked when it is closed."), code="too_late")
    _check(rating, reasons)
    before = snapshot(ticket)
    asking.set_answered(row, ticket, answer)
    row.rating = rating
    row.reasons = [reason.value for reason in Reason if reason in reasons]
    if is_low(rating):
        row.follow_up = _follow_up(ticket, row, answer)
    row.save()
    facts = {"survey": row.pk, "rating": rating, "reasons": row.reasons, **seal(KIND, row, is_answered=True)}
    if row.follow_up is not None:
        facts["follow_up"] = row.follow_up.pk
    channel = asking.CHANNELS[answer.via]
    act = Act(code=ActCode.SURVEY_ANSWERED, actor=answer.actor, at=answer.at, channel=channel, facts=facts)
    record(ticket, act, before=before)
    return row


def refuse_raters(person: User, ticket: Ticket, via: Asking.Via) -> None:
    """Raise NotAllowed where this person may not rate, however the ticket stands."""
    if ticket.requester_id != person.pk or via == Asking.Via.SPOKEN:
        raise NotAllowed(_("Only the person who had the problem can rate the service."))
    if has_worked_on(person, ticket):
        raise NotAllowed(_("You worked on this ticket yourself, so you can't rate it."))


def _check(rating: int | None, reasons: Collection[str]) -> None:
    if rating is not None and not WORST <= rating <= BEST:
        raise InvalidInput(fields={"rating": [_("Choose a rating from 1 to 5.")]})
    if set(reasons) - set(Reason):
        raise InvalidInput(fields={"reasons": [_("Choose one of the answers.")]})
    if reasons and not is_low(rating):
        raise InvalidInput(fields={"reasons": [_("Reasons belong to a rating of 1 or 2.")]})


def _follow_up(ticket: Ticket, row: Survey, answer: Answer) -> Ticket:
    """A new ticket of the same requester, in their language, with the team that had this one and in the hands of its lead."""
    category = ticket.category if ticket.category is not None and not ticket.category.is_retired else None
    with translation.override(ticket.requester.language or settings.LANGUAGE_CODE):
        said = [
            _("The service on ticket %(number)s was rated %(rating)s.")
            % {"number": ticket.number, "rating": rating_text(row.rating)},
            reasons_text(row.reasons),
            row.answer_words,
        ]
        request = Request(
            subject=_("Low rating of ticket %(number)s") % {"number": ticket.number},
            description="\n\n".join(part for part in said if part),
            kind=ticket.kind,
            category=category,
            impact=Impact.PERSON,
            urgency=Urgency.SLOWED,
        )
    fresh = submit_ticket(
        request=request,
        requester=ticket.requester,
        actor=answer.actor,
        channel=asking.CHANNELS[answer.via],
        at=answer.at,
        follow_up_of=ticket,
    )
    _give_to_lead(fresh, ticket, answer.at)
    return fresh


def _give_to_lead(fresh: Ticket, old: Ticket, at: datetime) -> None:
    """What was confidential stays so: its number and the requester's words are in the new one."""
    before = snapshot(fresh)
    fresh.is_confidential = old.is_confidential
    team = old.team
    if team is not None and not team.is_retired:
        set_team(fresh, team)
        lead = team.lead
        if lead is not None and lead.is_active and lead.is_agent and lead.pk != old.requester_id:
            set_assignee(fresh, lead)
    record(fresh, Act(code=ActCode.LOW_RATING, actor=None, at=at, facts={"rated": old.pk}), before=before)
