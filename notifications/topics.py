"""What people are told: for each topic the sentence of the notification centre and of the mail, and what to do next.

The one place for these sentences. Topics reach the requester's side (`portal`) or the desk (`desk`); where a
topic says different things to both, it has a line for each. The desk's sentences may name who acted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from helpdesk.common.templatetags.hd import when_text
from notifications import agreement_topics, article_topics, asset_topics, secrecy_topics
from notifications.lines import Line
from tickets.choices import REASON_LABELS, TARGET_LABELS
from tickets.models import TicketEvent

PORTAL, DESK = "portal", "desk"


_OPEN = _("Open the ticket")
_OPEN_INCIDENT = _("Open the major incident")
_FROM_DESK: dict[str, Line] = {
    "received": Line(
        _("Ticket %(number)s “%(subject)s” has been received."),
        _(
            "The support team will tell you when somebody takes it on. You can follow the ticket and add to it on its page."
        ),
        _OPEN,
    ),
    # Names nothing that came with the mail: its sender may be somebody else (E7).
    "received_by_mail": Line(
        _("Your mail has been received. It is ticket %(number)s."),
        _("The support team will tell you when somebody takes it on. If you want to add something, answer this mail."),
        _OPEN,
    ),
    "accepted": Line(
        _("Support has taken on ticket %(number)s “%(subject)s”."),
        _("Somebody is working on it now. We will write to you as soon as there is news or a question."),
        _OPEN,
    ),
    "reply": Line(
        _("There is a new message on ticket %(number)s “%(subject)s”."),
        _("To answer, open the page of the ticket."),
        _("Read and answer"),
    ),
    "action_needed": Line(
        _("We need something from you for ticket %(number)s “%(subject)s”."),
        _("Please answer on the page of the ticket. We continue as soon as you have."),
        _("Answer now"),
    ),
    "resolved": Line(
        _("The solution of ticket %(number)s “%(subject)s” is ready for you to confirm."),
        _("Please try it, then confirm it on the page of the ticket, or say there what still doesn't work."),
        _("Confirm or reject"),
    ),
    "reminder": Line(
        _("Please say whether ticket %(number)s “%(subject)s” is solved."),
        _("Confirm the solution on the page of the ticket, or say there what still doesn't work."),
        _("Confirm or reject"),
    ),
    "closed": Line(
        _("Ticket %(number)s “%(subject)s” is closed."),
        _("Thank you. There is nothing more for you to do."),
        _OPEN,
    ),
    "passed_on": Line(
        _("%(name)s now looks after ticket %(number)s “%(subject)s” (level %(level)s)."),
        _("You need not do anything and need not explain it again: everything was handed over."),
        _OPEN,
    ),
    "incident_update": Line(
        _("There is news of the known problem that ticket %(number)s “%(subject)s” belongs to."),
        _("We go on working on it and will write again. You need not do anything, nor report it again."),
        _OPEN,
    ),
}
_FROM_REQUESTER: dict[str, Line] = {
    "reply": Line(
        _("%(name)s wrote on ticket %(number)s “%(subject)s”."),
        _("Read the message and answer it."),
        _("Read and answer"),
    ),
    "assigned": Line(
        _("Ticket %(number)s “%(subject)s” was assigned to you."), _("Look at it and acknowledge it."), _OPEN
    ),
    "assigned_to_team": Line(
        _("Ticket %(number)s “%(subject)s” was assigned to your team."),
        _("Somebody of the team has to take it on."),
        _OPEN,
    ),
    "reopened": Line(
        _("Ticket %(number)s “%(subject)s” is open again."), _("Read why it isn't solved, and go on with it."), _OPEN
    ),
    "closed": Line(_("Ticket %(number)s “%(subject)s” is closed."), _("There is nothing more for you to do."), _OPEN),
    "target_near": Line(
        _("“%(target)s” of ticket %(number)s “%(subject)s” is due %(due)s."),
        _("See whether it will be done in time. If not, escalate it or agree a new time."),
        _OPEN,
    ),
    "target_missed": Line(
        _("“%(target)s” of ticket %(number)s “%(subject)s” was due %(due)s and has not happened."),
        _("See to it now, or escalate the ticket."),
        _OPEN,
    ),
    "escalation_offered": Line(
        _("You are asked to take over ticket %(number)s “%(subject)s” on level %(level)s."),
        _("Read what is handed over. Then accept it, or send it back and say what is missing."),
        _("Accept or send back"),
    ),
    "escalation_told": Line(
        _("Ticket %(number)s “%(subject)s” has come to level %(level)s: %(reason)s."),
        _("This is for you to know. Whoever is asked to take it over is told so."),
        _OPEN,
    ),
    "escalation_accepted": Line(
        _("%(name)s has taken over ticket %(number)s “%(subject)s”."),
        _("There is nothing more for you to do."),
        _OPEN,
    ),
    "escalation_returned": Line(
        _("%(name)s sent ticket %(number)s “%(subject)s” back to you."),
        _("Read why. It is still yours: go on with it, or hand it over again."),
        _OPEN,
    ),
    "escalation_climbed": Line(
        _("Nobody accepted ticket %(number)s “%(subject)s” in time; it went on to level %(level)s."),
        _("It is yours until somebody there accepts it."),
        _OPEN,
    ),
    "escalation_left": Line(
        _("Nobody accepted ticket %(number)s “%(subject)s” and nobody is above level %(level)s: it stays with you."),
        _("Accept it now, or find somebody who does."),
        _("Accept or send back"),
    ),
    "package_incomplete": Line(
        _("Ticket %(number)s “%(subject)s” was escalated; what you know about it is still missing."),
        _("Complete the hand-over package, so that the next person need not ask again."),
        _("Complete it"),
    ),
    "package_completed": Line(
        _("The hand-over of ticket %(number)s “%(subject)s” is complete now."),
        _("Read what was added, then accept it or send it back."),
        _("Accept or send back"),
    ),
    "task_added": Line(
        _("Your team got a task on ticket %(number)s “%(subject)s”."),
        _("Read what is asked of you, and say when it is done."),
        _OPEN,
    ),
    "task_ended": Line(
        _("%(name)s finished a task on ticket %(number)s “%(subject)s”."),
        _("Read what came of it, and go on."),
        _OPEN,
    ),
    "mail_bounced": Line(
        _("A mail about ticket %(number)s “%(subject)s” came back: its recipient did not get it."),
        _("Reach them in another way. No more mails are sent to this address until one comes from there."),
        _OPEN,
    ),
    "update_overdue": Line(
        _("The requester of ticket %(number)s “%(subject)s” should have heard from us %(due)s."),
        _("Write to the requester how it stands, even if there is nothing new."),
        _("Write an update"),
    ),
    "incident_declared": Line(
        _("Ticket %(number)s “%(subject)s” was declared a major incident."),
        _("See who commands it and what your team can do."),
        _OPEN_INCIDENT,
    ),
    "incident_update": Line(
        _("There is an update on the major incident of ticket %(number)s “%(subject)s”."),
        _("Tell your team."),
        _OPEN_INCIDENT,
    ),
    "incident_update_overdue": Line(
        _("The next update on the major incident of ticket %(number)s “%(subject)s” is overdue."),
        _("Write it now, even if there is nothing new: people wait for a word."),
        _("Write the update"),
    ),
}
# About no ticket: told to who stands in while somebody is away.
ABSENCE = "absence"
_OPEN_ABSENCES = _("Look at the absences")
_ASKED_INSTEAD = _("Tickets that are handed on to them in this time come to you: accept them, or send them back.")
OF_ABSENCES: dict[str, Line] = {
    "stand_in": Line(
        _("You stand in for %(name)s from %(begin)s until %(end)s."),
        _ASKED_INSTEAD,
        _OPEN_ABSENCES,
    ),
    "stand_in_changed": Line(
        _("The absence of %(name)s has changed: you stand in from %(begin)s until %(end)s."),
        _ASKED_INSTEAD,
        _OPEN_ABSENCES,
    ),
    "stand_in_ended": Line(
        _("You no longer stand in for %(name)s; it was planned from %(begin)s until %(end)s."),
        _("You won't be asked in their place any more. What you were asked before is still yours to answer."),
        _OPEN_ABSENCES,
    ),
}
_TO_PORTAL = {**_FROM_DESK, **agreement_topics.FROM_DESK}
_TO_DESK = {**_FROM_REQUESTER, **agreement_topics.FROM_REQUESTER, **secrecy_topics.FROM_DESK_TO_DESK}
# Every line under the key by which administrators put it in words of their own.
LINES: dict[str, Line] = {
    **{f"{PORTAL}/{topic}": line for topic, line in _TO_PORTAL.items()},
    **{f"{DESK}/{topic}": line for topic, line in _TO_DESK.items()},
    **{f"{ABSENCE}/{topic}": line for topic, line in OF_ABSENCES.items()},
    **{f"{secrecy_topics.GLASS}/{topic}": line for topic, line in secrecy_topics.OF_GLASS.items()},
    **{f"{asset_topics.REGISTER}/{topic}": line for topic, line in asset_topics.OF_REGISTER.items()},
    **{f"{article_topics.KNOWLEDGE}/{topic}": line for topic, line in article_topics.OF_ARTICLES.items()},
}
# A requester's own topics that the desk may read along, and the other way round, fall back to the other side's line.
_SIDES: dict[str, tuple[str, str]] = {PORTAL: (PORTAL, DESK), DESK: (DESK, PORTAL)}
TOPICS = frozenset(_TO_PORTAL) | frozenset(_TO_DESK)
# Told to those who work on a ticket, also where they have reported it for somebody.
FOR_DESK = frozenset(_TO_DESK) - frozenset(_TO_PORTAL)

ASKS_FOR_CONFIRMATION = frozenset({"resolved", "reminder"})
# What the desk reads on the incident's page rather than on the ticket's.
ABOUT_INCIDENTS = frozenset({"incident_declared", "incident_update", "incident_update_overdue"})
# These quote the task, so they are only for who may read it.
ABOUT_TASKS = frozenset({"task_added", "task_ended"})

GONE = _("This is no longer there, or you may no longer see it.")


def key_for(topic: str, *, side: str, recipient_id: int, changes: Mapping[str, Any]) -> str:
    """The key of a topic's line. `changes` are those of the event: an assignment to a team says so.

    Raises KeyError for a topic that nobody wrote a line for.
    """
    if topic == "assigned" and changes.get("assignee_id", [None, None])[1] != recipient_id:
        topic = "assigned_to_team"
    for of_side in _SIDES[side]:
        if f"{of_side}/{topic}" in LINES:
            return f"{of_side}/{topic}"
    raise KeyError(topic)


def facts_of(event: TicketEvent | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """The codes that a sentence may name: those of the act, and those that were told besides."""
    return {**(event.data if event is not None else {}), **told}


def names_for(
    *,
    number: str,
    subject: str,
    name: str,
    facts: Mapping[str, Any],
    moment: Callable[[datetime], str] = when_text,
) -> dict[str, str]:
    """What the line of a ticket's topic may name, in the active language and time zone.

    `facts` are the codes a notice carries; `moment` words a time.
    """
    due_at = facts.get("due_at")
    return {
        "number": number,
        "subject": subject,
        "name": name,
        "target": str(TARGET_LABELS.get(facts.get("target", ""), "")),
        "level": f"L{facts.get('level', 0) + 1}",
        "reason": str(REASON_LABELS.get(facts.get("reason", ""), "")),
        "due": moment(datetime.fromisoformat(due_at)) if due_at else "",
    }


def stand_in_names(
    *, name: str, facts: Mapping[str, Any], moment: Callable[[datetime], str] = when_text
) -> dict[str, str]:
    """What the line about an absence may name, in the active language and time zone."""
    begin, end = (moment(datetime.fromisoformat(facts[part])) for part in ("starts_at", "ends_at"))
    return {"name": name, "begin": begin, "end": end}
