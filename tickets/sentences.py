"""What happened, in whole sentences for the desk: one per event code and case.

Events hold codes and ids only (M1.2-3); names and words are looked up when they are shown, in the reader's
language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.templatetags.hd import when_text
from helpdesk.common.text import set_apart
from knowledge.models import Article
from knowledge.selectors import rows_of
from tickets.agreement_words import TELLERS, agreement_words
from tickets.choices import REASON_LABELS, TARGET_LABELS, Act, Channel
from tickets.lifecycle import Command
from tickets.models import (
    Category,
    Consent,
    IncidentUpdate,
    MajorIncident,
    Outcome,
    RequestKind,
    Ticket,
    TicketEvent,
    WaitingReason,
)
from tickets.secrecy_words import mentioned_by, secrecy_words

# Words for the fields that an edit names.
_FIELDS = (
    "subject",
    "description",
    "error_message",
    "occurred_at",
    "steps",
    "device_hostname",
    "device_ip",
    "needed_by_at",
    "needed_by_reason",
    "contact_name",
    "contact_department",
    "contact_phone",
    "contact_email",
    "contact_location",
    "is_confidential",
)


@dataclass
class Names:
    """Words for the ids and codes that a ticket's events mention."""

    people: dict[int, str] = field(default_factory=dict)
    teams: dict[int, str] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    incidents: dict[int, str] = field(default_factory=dict)
    updates: dict[int, str] = field(default_factory=dict)
    consents: dict[int, Consent] = field(default_factory=dict)
    articles: dict[int, str] = field(default_factory=dict)


def names_for(events: Iterable[TicketEvent], viewer: User) -> Names:
    """Look up everything that these events mention: at most twelve queries, none for what isn't mentioned.

    Titles are those of articles that the viewer may read.
    """
    wanted = _mentioned(events)
    names = Names()
    if people := wanted.get("assignee_id"):
        names.people = {person.pk: person.get_full_name() for person in User.objects.filter(pk__in=people)}
    if teams := wanted.get("team_id"):
        names.teams = {team.pk: team.name for team in Team.objects.filter(pk__in=teams)}
    if categories := wanted.get("category_id"):
        names.categories = {category.pk: category.name for category in Category.objects.filter(pk__in=categories)}
    if incidents := wanted.get("incident"):
        names.incidents = dict(MajorIncident.objects.filter(pk__in=incidents).values_list("pk", "number"))
    if consents := wanted.get("consent"):
        rows = Consent.objects.filter(pk__in=consents).select_related("asked_by", "recorded_by")
        names.consents = {row.pk: row for row in rows.prefetch_related("items")}
    if articles := wanted.get("article"):
        readable = Article.objects.visible_to(viewer).filter(pk__in=articles)
        names.articles = {row.article.pk: row.title for row in rows_of(list(readable), viewer)}
    if updates := wanted.get("update"):
        names.updates = {update.pk: update.text for update in IncidentUpdate.objects.filter(pk__in=updates)}
    for model, column in ((WaitingReason, "waiting_reason_id"), (Outcome, "outcome_id"), (RequestKind, "kind_id")):
        if codes := wanted.get(column):
            names.codes |= {(column, item.pk): item.name for item in model.objects.filter(pk__in=codes)}
    return names


def _mentioned(events: Iterable[TicketEvent]) -> dict[str, set[Any]]:
    """The ids and codes in the events' data, by what they are of."""
    wanted: dict[str, set[Any]] = {}
    for event in events:
        for name, values in event.data.get("changes", {}).items():
            wanted.setdefault(name, set()).update(value for value in values if value)
        told = (
            ("person", "assignee_id"),
            ("team", "team_id"),
            ("incident", "incident"),
            ("update", "update"),
            ("consent", "consent"),
            ("article", "article"),
        )
        for fact, name in told:
            if event.data.get(fact):
                wanted.setdefault(name, set()).add(event.data[fact])
        for name, ids in mentioned_by(event):
            wanted.setdefault(name, set()).update(ids)
        offers = event.data.get("changes", {}).get("offered_to_id", ())
        wanted.setdefault("assignee_id", set()).update(person for person in offers if person)
    return wanted


@dataclass(frozen=True)
class _Told:
    """An event with the words its sentence may need."""

    event: TicketEvent
    names: Names

    @property
    def actor(self) -> str:
        return self.event.actor.get_full_name() if self.event.actor else ""

    def new(self, name: str) -> Any:
        """The value that a field got by this event; None when it kept its own."""
        change = self.event.data.get("changes", {}).get(name)
        return change[1] if change else None

    def is_changed(self, name: str) -> bool:
        return name in self.event.data.get("changes", {})

    @property
    def fields(self) -> list[str]:
        """The words of the details that an edit changed."""
        names = [*self.event.data.get("edited", []), *self.event.data.get("changes", {})]
        return [str(Ticket._meta.get_field(name).verbose_name) for name in names if name in _FIELDS]  # type: ignore[union-attr]

    @property
    def values(self) -> dict[str, str]:
        """Everything that a sentence of any kind may name."""
        offered = self.new("offered_to_id")
        until, due = self.new("next_action_at"), self.event.data.get("due_at")
        return {
            "actor": self.actor,
            "person": self.names.people.get(
                self.new("assignee_id") or self.event.data.get("person") or offered or 0, "—"
            ),
            "team": self.names.teams.get(self.new("team_id") or self.event.data.get("team") or 0, "—"),
            "level": f"L{self.event.data.get('level', 0) + 1}",
            "why": str(REASON_LABELS.get(self.event.data.get("reason_code", ""), "")),
            "category": self.names.categories.get(self.new("category_id") or 0, "—"),
            "priority": str(self.new("priority") or ""),
            "reason": self.names.codes.get(("waiting_reason_id", str(self.new("waiting_reason_id"))), ""),
            "outcome": self.names.codes.get(("outcome_id", str(self.new("outcome_id"))), ""),
            "until": str(when_text(datetime.fromisoformat(until))) if until else "",
            "target": str(TARGET_LABELS.get(self.event.data.get("target", ""), "")),
            "due": str(when_text(datetime.fromisoformat(due))) if due else "",
            "fields": ", ".join(self.fields),
            "channel": str(dict(Channel.choices).get(self.event.channel, "")),
            "incident": self.names.incidents.get(self.event.data.get("incident") or 0, "—"),
            "update": self.names.updates.get(self.event.data.get("update") or 0, "—"),
            **agreement_words(self.event, self.names.articles),
            **secrecy_words(self.event, self.names.people, self.names.teams),
        }


def sentence(event: TicketEvent, names: Names) -> str:
    """One sentence, without its time and without the reason given, which stand beside it."""
    told = _Told(event, names)
    teller = _TELLERS.get(event.code)
    if teller is not None:
        text = teller(told)
    elif event.code in TELLERS:
        text = TELLERS[event.code](event)
    else:
        text = _PLAIN.get(event.code, lambda: _("%(actor)s changed the ticket."))()
    return set_apart(text % told.values)


def _submitted(told: _Told) -> str:
    ticket = told.event.ticket
    if ticket.requester_id != told.event.actor_id:
        return _("%(actor)s recorded the request on the requester's behalf (channel: %(channel)s).")
    return _("%(actor)s submitted the request (channel: %(channel)s).")


def _classified(told: _Told) -> str:
    if told.is_changed("category_id"):
        if told.is_changed("priority"):
            return _("%(actor)s classified the ticket as “%(category)s”, priority %(priority)s.")
        return _("%(actor)s classified the ticket as “%(category)s”.")
    if told.is_changed("priority"):
        return _("%(actor)s classified the ticket, priority %(priority)s.")
    return _("%(actor)s confirmed the classification.")


def _assigned(told: _Told) -> str:
    person, team = told.new("assignee_id"), told.new("team_id")
    if person and team:
        return _("%(actor)s assigned the ticket to %(person)s, team %(team)s.")
    if person:
        return _("%(actor)s assigned the ticket to %(person)s.")
    if team:
        return _("%(actor)s handed the ticket to the team %(team)s.")
    if told.is_changed("assignee_id"):
        return _("%(actor)s gave the ticket back to its team.")
    return _("%(actor)s confirmed the assignment.")


def _accepted(told: _Told) -> str:
    return _("%(actor)s acknowledged the ticket.")


def _waited(told: _Told) -> str:
    if not told.actor:
        return _("The ticket waits for the agreed time; work goes on %(until)s.")
    if told.is_changed("waiting_reason_id"):
        return _("%(actor)s set the ticket to “%(reason)s”; work goes on %(until)s.")
    if told.is_changed("next_action_at"):
        return _("%(actor)s moved the next action; work goes on %(until)s.")
    return _("%(actor)s keeps the ticket waiting.")


def _mail_kept(told: _Told) -> str:
    kept = told.event.data.get("kept")
    if kept == "bounce":
        return _("A mail to %(person)s came back.")
    if kept == "automatic":
        return _("An automatic mail was kept; it changes nothing.")
    return _("A mail was put on the ticket as a note; it changes nothing.")


def _resumed(told: _Told) -> str:
    return _("%(actor)s continued work.") if told.actor else _("The waiting time is over; work goes on.")


def _closed(told: _Told) -> str:
    if told.actor:
        return _("%(actor)s closed the ticket unconfirmed: the announced days passed without an answer.")
    return _("The announced days passed without an answer; the ticket was closed unconfirmed.")


def _archived(told: _Told) -> str:
    return _("%(actor)s archived the ticket.") if told.actor else _("The ticket was archived.")


def _resolved(told: _Told) -> str:
    if told.values["outcome"]:
        return _("%(actor)s proposed a solution (%(outcome)s).")
    return _("%(actor)s proposed a solution.")


def _confirmed(told: _Told) -> str:
    if told.event.actor_id == told.event.ticket.requester_id:
        return _("%(actor)s confirmed the solution; the ticket is closed.")
    return _("%(actor)s recorded the requester's confirmation; the ticket is closed.")


def _rejected(told: _Told) -> str:
    if told.event.actor_id == told.event.ticket.requester_id:
        return _("%(actor)s says it is not solved; work goes on.")
    return _("%(actor)s recorded that it is not solved; work goes on.")


def _missed(told: _Told) -> str:
    return _("“%(target)s” was due %(due)s and did not happen in time.")


def _escalated(told: _Told) -> str:
    if told.actor:
        return _("%(actor)s escalated the ticket: %(why)s.")
    return _("The ticket was escalated by the clock: %(why)s.")


def _offered(told: _Told) -> str:
    if told.new("offered_to_id") is None:
        return _("Level %(level)s was told.")
    if told.event.data.get("is_deputy"):
        return _("Nobody has accepted yet; now %(person)s is asked as deputy on level %(level)s.")
    return _("%(person)s is asked to take it over on level %(level)s.")


def _incident_declared(told: _Told) -> str:
    if told.actor:
        return _("%(actor)s declared the major incident %(incident)s.")
    return _("The major incident %(incident)s was declared by a rule.")


def _edited(told: _Told) -> str:
    return _("%(actor)s changed these details: %(fields)s.") if told.fields else _("%(actor)s changed details.")


_TELLERS = {
    Act.SUBMITTED.value: _submitted,
    Act.EDITED.value: _edited,
    Act.TARGET_MISSED.value: _missed,
    Act.HANDOVER_OFFERED.value: _offered,
    Command.ESCALATE.value: _escalated,
    Act.INCIDENT_DECLARED.value: _incident_declared,
    Act.MAIL_KEPT.value: _mail_kept,
    Command.CLASSIFY.value: _classified,
    Command.ASSIGN.value: _assigned,
    Command.ACCEPT.value: _accepted,
    Command.WAIT.value: _waited,
    Command.RESUME.value: _resumed,
    Command.RESOLVE.value: _resolved,
    Command.CONFIRM.value: _confirmed,
    Command.REJECT.value: _rejected,
    Command.CLOSE.value: _closed,
    Command.ARCHIVE.value: _archived,
}
_PLAIN = {
    Act.SOLVED_AT_FIRST_CONTACT.value: lambda: _(
        "%(actor)s solved the request at first contact (channel: %(channel)s)."
    ),
    Act.REPLIED.value: lambda: _("%(actor)s wrote to the requester's side."),
    Act.NOTED.value: lambda: _("%(actor)s left an internal note."),
    Act.REMINDED.value: lambda: _("The requester was reminded to confirm the solution."),
    Act.WATCHER_ADDED.value: lambda: _("%(actor)s let %(person)s read along."),
    Act.WATCHER_REMOVED.value: lambda: _("%(actor)s removed %(person)s from the readers."),
    Act.HANDOVER_ACCEPTED.value: lambda: _("%(actor)s took the ticket over for the team %(team)s, level %(level)s."),
    Act.HANDOVER_RETURNED.value: lambda: _("%(actor)s sent the hand-over back."),
    Act.HANDOVER_COMPLETED.value: lambda: _("%(actor)s completed the hand-over package."),
    Act.HANDOVER_LEFT.value: lambda: _("Nobody has accepted, and nobody is above: it stays with %(person)s."),
    Act.PRIORITY_RAISED.value: lambda: _("The priority was raised to %(priority)s by the escalation path."),
    Act.TASK_ADDED.value: lambda: _("The team %(team)s got a task."),
    Act.TASK_DONE.value: lambda: _("%(actor)s finished the task of the team %(team)s."),
    Act.TASK_DROPPED.value: lambda: _("%(actor)s dropped the task of the team %(team)s."),
    Act.INCIDENT_CHANGED.value: lambda: _("%(actor)s changed the major incident %(incident)s."),
    Act.INCIDENT_LINKED.value: lambda: _("%(actor)s linked the ticket to the major incident %(incident)s."),
    Act.INCIDENT_UNLINKED.value: lambda: _("%(actor)s took the ticket off the major incident %(incident)s."),
    Act.INCIDENT_UPDATE.value: lambda: _("Update on the major incident %(incident)s by %(actor)s: “%(update)s”"),
    Act.INCIDENT_UPDATE_OVERDUE.value: lambda: _("The next update on the major incident %(incident)s is overdue."),
    Act.INCIDENT_RESOLVED.value: lambda: _("%(actor)s resolved the major incident %(incident)s."),
    Act.INCIDENT_REVIEWED.value: lambda: _("%(actor)s closed the major incident %(incident)s with a review."),
    Command.START.value: lambda: _("%(actor)s started the diagnosis."),
    Command.REOPEN.value: lambda: _("%(actor)s reopened the ticket."),
    Command.WITHDRAW.value: lambda: _("%(actor)s withdrew the request."),
}
