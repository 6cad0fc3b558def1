"""Mails that tell of several things: the daily summary, and what happened on one ticket within a few minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from helpdesk.accounts.models import User
from helpdesk.accounts.speaking import speaking_to
from helpdesk.common.models import OutboxMessage
from helpdesk.common.templatetags.hd import date_text
from notifications.services import mail
from notifications.services.briefing import Briefing, OffTicket, brief
from notifications.services.carrying import carried_by
from notifications.services.letterhead import Letterhead
from notifications.services.outcomes import NotMeant, Undelivered
from notifications.services.preferences import Mode, wishes_of
from notifications.services.threading import thread_of

MOST_SHOWN = 100


@dataclass(frozen=True)
class Told:
    """One thing in a mail about several. `moment` is when it happened, `said` the words that belong to it."""

    headline: str
    moment: str
    link: str = ""
    said: str = ""


def briefings_of(rows: Iterable[OutboxMessage]) -> list[Briefing | OffTicket]:
    """What the recipient may still know of, newest first."""
    told: list[tuple[datetime, Briefing | OffTicket]] = []
    for row in rows:
        try:
            told.append((row.created_at, brief(row)))
        except (NotMeant, Undelivered):
            continue
    return [briefing for _moment, briefing in sorted(told, key=lambda one: one[0], reverse=True)]


def compose_several(row: OutboxMessage, told: list[Briefing], head: Letterhead) -> EmailMultiAlternatives:
    """Several things about one ticket, newest first, in the conversation of its mails."""
    newest = told[0]
    count = len(told)
    with speaking_to(newest.recipient):
        if all(one.topic == "reply" for one in told):
            headline = ngettext(
                "%(count)d new message on ticket %(number)s “%(subject)s”.",
                "%(count)d new messages on ticket %(number)s “%(subject)s”.",
                count,
            )
        else:
            headline = ngettext(
                "%(count)d piece of news about ticket %(number)s “%(subject)s”.",
                "%(count)d pieces of news about ticket %(number)s “%(subject)s”.",
                count,
            )
        names = {"count": count, "number": newest.ticket.number, "subject": newest.ticket.subject}
        facts = {
            **mail.facts_of(newest, head.desk),
            "headline": headline % names,
            "told": [_of_ticket(one) for one in told],
        }
        return mail.write("several", facts, newest.recipient, thread_of(row, newest.ticket, head))


def _of_ticket(one: Briefing) -> Told:
    moment = one.event.created_at if one.event is not None else None
    if one.message is not None:
        said = one.message.body
    elif one.task is not None:
        said = one.task.result or one.task.words
    else:
        said = one.reason
    return Told(headline=one.headline, moment=date_text(moment), said=said)


def compose_digest(row: OutboxMessage, person: User, head: Letterhead) -> EmailMultiAlternatives:
    """The daily summary, newest first: what this person may still see and didn't refuse meanwhile.

    Raises NotMeant when nothing is left of it.
    """
    wishes = wishes_of(person)
    rows = [one for one in carried_by(row) if wishes.mode(one.topic, OutboxMessage.Channel.EMAIL) != Mode.OFF]
    told = briefings_of(rows)
    if not told:
        raise NotMeant("nothing_left")
    count = len(told)
    with speaking_to(person):
        headline = ngettext("%(count)d piece of news for you", "%(count)d pieces of news for you", count)
        facts = {
            "headline": headline % {"count": count},
            "next_step": _("You chose to get these once a day. You can change that in your notification settings."),
            "action": _("Open the notification centre"),
            "link": settings.SITE_URL + reverse("notifications:list"),
            "settings_link": settings.SITE_URL + reverse("notifications:settings"),
            **mail.desk_facts(head.desk),
            "told": [_in_digest(one) for one in told[:MOST_SHOWN]],
            "more": max(0, count - MOST_SHOWN),
        }
        return mail.write("digest", facts, person, thread_of(row, None, head))


def _in_digest(one: Briefing | OffTicket) -> Told:
    if isinstance(one, OffTicket):
        return Told(headline=one.headline, moment="", link=settings.SITE_URL + mail.off_ticket_path(one))
    moment = one.event.created_at if one.event is not None else None
    path = mail.ticket_path(one.ticket, one.side, one.topic)
    return Told(headline=one.headline, moment=date_text(moment), link=settings.SITE_URL + path)
