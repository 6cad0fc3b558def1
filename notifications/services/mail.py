"""Mails: composed from templates/emails/<topic>/ in the recipient's language and time zone, never in the request's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import formataddr, parseaddr
from functools import cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Template, engines
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_datetime

from helpdesk.accounts.models import User
from helpdesk.accounts.speaking import speaking_to
from helpdesk.common.bilingual import in_language
from helpdesk.common.models import OutboxMessage
from notifications import secrecy_topics, topics
from notifications.agreement_topics import QUESTIONS
from notifications.mail_texts import own_words
from notifications.models import MailText
from notifications.services.briefing import Briefing, Emergency, OfArticle, OffTicket, RegisterNews
from notifications.services.letterhead import Letterhead
from notifications.services.threading import MailThread, thread_of
from tickets.choices import Closure
from tickets.lifecycle import Status
from tickets.models import DeskSettings, Survey, Ticket
from tickets.policies import is_requester
from tickets.services.mailroom.marker import MARKER
from tickets.services.signed_links import Link, link_to, sign, survey_link
from tickets.timing import reopen_until

_EMPTY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")


def compose(row: OutboxMessage, briefing: Briefing | OffTicket, head: Letterhead) -> EmailMultiAlternatives:
    """The finished mail about one thing."""
    thread = thread_of(row, briefing.ticket if isinstance(briefing, Briefing) else None, head)
    with speaking_to(briefing.recipient):
        facts = facts_of(briefing, head.desk)
        texts = head.texts.get(briefing.key)
        if texts is not None:
            facts |= facts_from(texts, {**briefing.names, **names_of(briefing.recipient, facts)})
        return write(briefing.topic, facts, briefing.recipient, thread)


def names_of(person: User, facts: dict[str, Any]) -> dict[str, str]:
    """What every text of the organisation's own may name besides its line's names."""
    return {"recipient": person.get_full_name(), "desk": facts["desk_name"], "phone": facts["desk_phone"]}


def facts_from(texts: MailText, names: dict[str, str]) -> dict[str, Any]:
    """The organisation's own words in the active language, as the facts of the templates that they replace."""
    words = own_words(texts, translation.get_language(), names)
    facts_by_part = {"subject": "subject_line", "opening": "headline", "next_step": "next_step", "action": "action"}
    return {facts_by_part[part]: text for part, text in words.items()}


def write(template: str, facts: dict[str, Any], person: User, thread: MailThread) -> EmailMultiAlternatives:
    """Text and HTML from templates/emails/<template>/, with headers that are derived from the row, so that a repeat
    carries the same ids. The fact `subject_line`, if there, goes before the template's subject."""
    facts = {**facts, "answer_marker": MARKER if thread.answer_to else ""}
    message = EmailMultiAlternatives(
        subject=_one_line(facts.get("subject_line") or subject_of(template, facts)),
        body=_tidy(_render(f"emails/{template}/body.txt", facts, autoescape=False)),
        from_email=_from(facts["desk_name"]),
        to=[person.email or ""],
        headers=thread.headers,
    )
    message.attach_alternative(_render(f"emails/{template}/body.html", facts, autoescape=True), "text/html")
    return message


def plain(template: str, facts: dict[str, Any], *, to: str, headers: dict[str, str]) -> EmailMultiAlternatives:
    """Text alone, in the active language, to somebody outside."""
    return EmailMultiAlternatives(
        subject=_one_line(subject_of(template, facts)),
        body=_tidy(_render(f"emails/{template}/body.txt", facts, autoescape=False)),
        from_email=_from(facts["desk_name"]),
        to=[to],
        headers=headers,
    )


def subject_of(template: str, facts: Mapping[str, Any]) -> str:
    """The product's own subject, in the active language."""
    return _render(f"emails/{template}/subject.txt", facts, autoescape=False)


def _from(desk_name: str) -> str:
    """The desk's address, with its name before it unless the address has one of its own."""
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return settings.DEFAULT_FROM_EMAIL if name else formataddr((desk_name, address))


def ticket_path(ticket: Ticket, side: str, topic: str = "") -> str:
    """The page on which that side reads the ticket, or the desk its major or security incident where that is the topic."""
    if side == topics.DESK and topic in topics.ABOUT_INCIDENTS:
        return reverse("desk:ticket_incident", args=[ticket.number])
    if side == topics.DESK and topic in secrecy_topics.ON_CHECKLIST:
        return reverse("desk:security", args=[ticket.number])
    return reverse(f"{side}:ticket", args=[ticket.number])


def _path_for(briefing: Briefing) -> str:
    """Where the mail's button leads. Whoever is asked for the last word can give it without signing in."""
    ticket, person = briefing.ticket, briefing.recipient
    is_asked = briefing.topic in topics.ASKS_FOR_CONFIRMATION and is_requester(person, ticket)
    if is_asked and ticket.status == Status.RESOLVED:
        return reverse("portal:answer", args=[sign(link_to(ticket))])
    kind = QUESTIONS.get(briefing.topic)
    if kind is not None and briefing.agreement is not None and is_requester(person, ticket):
        return reverse("portal:answer", args=[sign(Link(kind, briefing.agreement.pk, person))])
    return ticket_path(ticket, briefing.side, briefing.topic)


def absence_path() -> str:
    """The page on which people of the desk read for whom they stand in."""
    return reverse("escalation:absence")


def glass_path() -> str:
    """The page with all emergency accesses that somebody may know of."""
    return reverse("desk:break_glass")


def off_ticket_path(briefing: OffTicket) -> str:
    """Where somebody reads on who is told of no ticket."""
    if isinstance(briefing, RegisterNews):
        return str(briefing.facts["path"])
    if isinstance(briefing, OfArticle):
        return briefing.news.path
    return glass_path() if isinstance(briefing, Emergency) else absence_path()


def desk_facts(desk: DeskSettings) -> dict[str, Any]:
    """Who writes, for the foot of every mail."""
    language = translation.get_language()
    return {
        "desk_name": in_language(desk.name_zh, desk.name_en, language),
        "desk_hours": in_language(desk.hours_zh, desk.hours_en, language),
        "desk_phone": desk.phone,
    }


def facts_of(briefing: Briefing | OffTicket, desk: DeskSettings) -> dict[str, Any]:
    """What the templates may name, in the active language."""
    return {
        "headline": briefing.headline,
        "next_step": str(briefing.line.next_step),
        "action": str(briefing.line.action),
        **desk_facts(desk),
        **(_ticket_facts(briefing, desk) if isinstance(briefing, Briefing) else _off_ticket_facts(briefing)),
    }


def _off_ticket_facts(briefing: OffTicket) -> dict[str, Any]:
    link = settings.SITE_URL + off_ticket_path(briefing)
    if isinstance(briefing, Emergency | OfArticle | RegisterNews):
        return {**briefing.names, "link": link}
    return {
        "name": briefing.person.get_full_name(),
        "starts_at": parse_datetime(briefing.facts["starts_at"]),
        "ends_at": parse_datetime(briefing.facts["ends_at"]),
        "link": link,
    }


def _ticket_facts(briefing: Briefing, desk: DeskSettings) -> dict[str, Any]:
    ticket = briefing.ticket
    is_resolved = ticket.status == Status.RESOLVED
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "link": settings.SITE_URL + _path_for(briefing),
        "ticket": ticket,
        "side": briefing.side,
        "message": briefing.message,
        "incident": briefing.incident,
        "update": briefing.update,
        "task": briefing.task,
        "agreement": briefing.agreement,
        "survey_link": _survey_link(briefing),
        "reason": briefing.reason,
        "next_action_at": _looked_at_again(briefing),
        "due_at": parse_datetime(briefing.facts.get("due_at") or ""),
        "confirm_by_at": ticket.confirm_by_at if is_resolved else None,
        "closure": _closure(briefing),
        "reopen_until_at": _reopen_until(ticket, desk),
    }


def _survey_link(briefing: Briefing) -> str:
    """Where the requester of a closed ticket rates the service without signing in; empty if they aren't asked."""
    survey = briefing.agreement
    is_asked = isinstance(survey, Survey) and survey.is_open and is_requester(briefing.recipient, briefing.ticket)
    if briefing.topic != "closed" or not is_asked:
        return ""
    return settings.SITE_URL + reverse("portal:answer", args=[sign(survey_link(survey))])


def _looked_at_again(briefing: Briefing) -> datetime | None:
    """Until when the event made the ticket wait; it may have gone on meanwhile."""
    until = briefing.changes.get("next_action_at", [None, None])[1]
    return parse_datetime(until) if until else briefing.ticket.next_action_at


def _closure(briefing: Briefing) -> str:
    """How the ticket was closed by this event, in words."""
    code = briefing.changes.get("closure", ["", ""])[1]
    return str(Closure(code).label) if code in Closure.values else ""


def _reopen_until(ticket: Ticket, desk: DeskSettings) -> datetime | None:
    if ticket.status != Status.CLOSED or ticket.closed_at is None or ticket.is_archived:
        return None
    return reopen_until(ticket.closed_at, desk.terms)


@cache
def _template(name: str) -> Template:
    return engines["django"].engine.get_template(name)  # type: ignore[attr-defined]


def _render(name: str, facts: Mapping[str, Any], *, autoescape: bool) -> str:
    return str(_template(name).render(Context(dict(facts), autoescape=autoescape)))


def _one_line(text: str) -> str:
    """A header's worth of text: whatever breaks a line becomes a blank, so no header can be smuggled in."""
    return " ".join(text.split())


def _tidy(text: str) -> str:
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"
