"""What happened on a ticket, as its requester reads it: messages and whole sentences, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.models import User
from helpdesk.common.templatetags.hd import when_text
from helpdesk.common.text import set_apart
from tickets.agreement_words import agreement_words
from tickets.choices import Act, Channel, WaitsFor
from tickets.incidents import told_text
from tickets.lifecycle import Command
from tickets.models import Attachment, IncidentUpdate, Message, Ticket, TicketEvent, WaitingReason
from tickets.policies import is_reason_open
from tickets.selectors import Entry, own_files, timeline
from tickets.views.portal import agreement_lines, promise_lines

# Per act: what is said of the reader, of somebody else, and the drawing before it.
_LINES: dict[str, tuple[Promise | str, Promise | str, str]] = {
    Act.SOLVED_AT_FIRST_CONTACT: (
        gettext_lazy("You solved it at first contact."),
        gettext_lazy("%(name)s solved it at first contact."),
        "checkc",
    ),
    Act.EDITED: (gettext_lazy("You changed the details."), gettext_lazy("%(name)s changed the details."), "edit"),
    Act.WATCHER_ADDED: (gettext_lazy("You added %(person)s."), gettext_lazy("%(name)s added %(person)s."), "users"),
    Act.WATCHER_REMOVED: (
        gettext_lazy("You removed %(person)s."),
        gettext_lazy("%(name)s removed %(person)s."),
        "users",
    ),
    Act.INCIDENT_DECLARED: (
        gettext_lazy("You declared it a major incident, because many people are affected."),
        gettext_lazy("%(name)s declared it a major incident, because many people are affected."),
        "flag",
    ),
    Act.INCIDENT_LINKED: (
        gettext_lazy("You said that a known problem affects you too. Its news comes here."),
        gettext_lazy("%(name)s found that it belongs to a known problem. Its news comes here."),
        "flag",
    ),
    Act.INCIDENT_UNLINKED: (
        gettext_lazy("You found that it is another problem than the known one."),
        gettext_lazy("%(name)s found that it is another problem than the known one."),
        "flag",
    ),
    Act.INCIDENT_UPDATE: (
        gettext_lazy("You told the news of the known problem."),
        gettext_lazy("News of the known problem:"),
        "flag",
    ),
    **agreement_lines.LINES,
    Command.CLASSIFY: (gettext_lazy("You sorted the report."), gettext_lazy("%(name)s sorted the report."), "tag"),
    Command.ACCEPT: (
        gettext_lazy("You received the report."),
        gettext_lazy("%(name)s received the report."),
        "user",
    ),
    Command.START: (
        gettext_lazy("You started to look for the cause."),
        gettext_lazy("%(name)s started to look for the cause."),
        "search",
    ),
    Command.RESUME: (
        gettext_lazy("You went on with the work."),
        gettext_lazy("%(name)s went on with the work."),
        "play",
    ),
    Command.RESOLVE: (gettext_lazy("You sent a solution."), gettext_lazy("%(name)s sent a solution."), "checkc"),
    Command.CONFIRM: (
        gettext_lazy("You confirmed that it is fixed."),
        gettext_lazy("%(name)s recorded the confirmation."),
        "check",
    ),
    Command.REJECT: (
        gettext_lazy("You said that it is not fixed yet."),
        gettext_lazy("%(name)s recorded that it is not fixed yet."),
        "undo",
    ),
    Command.CLOSE: (
        gettext_lazy("You closed it without an answer, as announced."),
        gettext_lazy("%(name)s closed it without an answer, as announced."),
        "archive",
    ),
    Command.REOPEN: (gettext_lazy("You reopened the ticket."), gettext_lazy("%(name)s reopened the ticket."), "undo"),
    Command.WITHDRAW: (gettext_lazy("You withdrew the report."), gettext_lazy("%(name)s withdrew the report."), "x"),
    Command.ESCALATE: (
        gettext_lazy("You passed it on to the next level."),
        gettext_lazy("%(name)s passed it on to the next level."),
        "up",
    ),
    Act.HANDOVER_ACCEPTED: (
        gettext_lazy("You took it over."),
        gettext_lazy("%(name)s has taken it over and looks after it now."),
        "user",
    ),
}
# What happens by itself.
_BY_ITSELF: dict[str, tuple[Promise | str, str]] = {
    **agreement_lines.BY_ITSELF,
    Act.REMINDED: (gettext_lazy("A reminder to confirm was sent."), "bell"),
    Act.INCIDENT_DECLARED: (
        gettext_lazy("It was declared a major incident, because many people are affected."),
        "flag",
    ),
    Command.RESUME: (gettext_lazy("The waiting time is over. Work goes on."), "play"),
    Command.CLOSE: (gettext_lazy("Closed by itself without an answer, as announced."), "archive"),
    Command.ESCALATE: (gettext_lazy("It was passed on to the next level."), "up"),
}
_WAITING = {
    WaitsFor.USER: gettext_lazy("%(name)s asked for an answer."),
    WaitsFor.VENDOR: gettext_lazy("%(name)s asked the vendor and goes on %(when)s at the latest."),
    WaitsFor.APPROVAL: gettext_lazy("%(name)s asked for an approval and goes on %(when)s at the latest."),
    WaitsFor.PARTS: gettext_lazy("%(name)s ordered parts and goes on %(when)s at the latest."),
    WaitsFor.SCHEDULED: gettext_lazy("%(name)s goes on %(when)s, as agreed."),
}


@dataclass(frozen=True)
class Line:
    """One thing that happened: a message (`body`), the request itself (`is_request`), or a sentence."""

    event: TicketEvent
    is_new: bool
    is_mine: bool
    author: User | None = None
    is_desk: bool = False
    body: str = ""
    sentence: str = ""
    note: str = ""
    reason: str = ""
    icon: str = "info"
    is_request: bool = False
    files: list[Attachment] = field(default_factory=list)

    @property
    def at(self) -> datetime:
        return self.event.created_at


def lines(ticket: Ticket, viewer: User, *, seen: int, after: int = 0) -> list[Line]:
    """What the requester's side may read since version `after`, newest first; new is what came after `seen`."""
    # A person of the desk on the requester's side reads here what a requester reads.
    entries = [
        entry
        for entry in timeline(ticket, viewer, after=after)
        if entry.event.is_public and not promise_lines.is_part_of_another(entry.event)
    ]
    words = _Words(ticket, viewer, entries)
    found: list[Line] = []
    for entry in entries:
        is_new = entry.event.sequence > seen and entry.event.actor_id != viewer.pk
        found += words.lines(entry, is_new=is_new)
    return found[::-1]


class _Words:
    """Turns entries into lines, with the people and waiting reasons they mention read at once."""

    def __init__(self, ticket: Ticket, viewer: User, entries: list[Entry]) -> None:
        self.ticket = ticket
        self.viewer = viewer
        self.people = _people(entries)
        self.waits = _waits(entries)
        self.updates = _updates(entries)

    def lines(self, entry: Entry, *, is_new: bool) -> Iterable[Line]:
        event = entry.event
        is_mine = event.actor_id == self.viewer.pk
        if event.code in (Act.SUBMITTED, Act.SOLVED_AT_FIRST_CONTACT):
            yield self._request(event, is_new=is_new)
        sentence, icon = self._sentence(event)
        if sentence:
            reason = event.reason if is_reason_open(event) else self.updates.get(event.data.get("update", 0), "")
            yield Line(
                event, is_new and entry.message is None, is_mine, sentence=set_apart(sentence), icon=icon, reason=reason
            )
        if entry.message is not None:
            yield self._message(entry, entry.message, is_new=is_new)

    def _message(self, entry: Entry, message: Message, *, is_new: bool) -> Line:
        return Line(
            entry.event,
            is_new,
            message.author_id == self.viewer.pk,
            author=message.author,
            is_desk=message.is_from_desk,
            body=message.body,
            files=entry.files,
        )

    def _request(self, event: TicketEvent, *, is_new: bool) -> Line:
        ticket = self.ticket
        note = ""
        if ticket.reported_by_id != ticket.requester_id:
            names = {"name": ticket.reported_by.get_full_name()}
            note = (
                _("Reported by you.")
                if ticket.reported_by_id == self.viewer.pk
                else _("Taken down by %(name)s on the phone.") % names
                if ticket.channel == Channel.PHONE
                else _("Reported by %(name)s.") % names
            )
        return Line(
            event,
            is_new,
            ticket.requester_id == self.viewer.pk,
            author=ticket.requester,
            body=ticket.description,
            note=note,
            is_request=True,
            files=own_files(ticket),
        )

    def _sentence(self, event: TicketEvent) -> tuple[str, str]:
        if event.actor is None:
            text, icon = _BY_ITSELF.get(event.code, ("", "info"))
            return str(text) % agreement_words(event), icon
        facts: dict[str, Any] = {
            "name": event.actor.get_full_name(),
            "person": self._person(event),
            **agreement_words(event),
        }
        if event.code == Command.WAIT:
            return self._waiting(event, facts), "pause"
        if event.code not in _LINES:
            return "", "info"
        mine, others, icon = agreement_lines.LINES_BY_CASE.get(
            (event.code, agreement_lines.case_of(event)), _LINES[event.code]
        )
        if event.code == Command.CONFIRM and event.actor_id == self.ticket.requester_id != self.viewer.pk:
            others = _("%(name)s confirmed that it is fixed.")
        if event.code == Command.REJECT and event.actor_id == self.ticket.requester_id != self.viewer.pk:
            others = _("%(name)s said that it is not fixed yet.")
        return str(mine if event.actor_id == self.viewer.pk else others) % facts, icon

    def _person(self, event: TicketEvent) -> str:
        person = self.people.get(event.data.get("person", 0))
        return person.get_full_name() if person else _("a person")

    def _waiting(self, event: TicketEvent, facts: dict[str, Any]) -> str:
        changes = event.data.get("changes", {})
        until = changes.get("next_action_at", [None, None])[1]
        facts["when"] = when_text(datetime.fromisoformat(until)) if until else ""
        code = changes.get("waiting_reason_id", [None, None])[1]
        text = _WAITING.get(self.waits.get(code, ""))  # type: ignore[call-overload]
        if text is None or (not until and "%(when)s" in str(text)):
            if not until:
                return _("%(name)s goes on waiting.") % facts
            text = _("%(name)s goes on %(when)s at the latest.")
        return str(text) % facts


def _people(entries: list[Entry]) -> dict[int, User]:
    """Watchers who were added or removed; everybody on the ticket may know their names."""
    wanted = {entry.event.data["person"] for entry in entries if "person" in entry.event.data}
    return User.objects.in_bulk(wanted) if wanted else {}


def _updates(entries: list[Entry]) -> dict[int, str]:
    """What updates on major incidents say, in the reader's language."""
    wanted = {entry.event.data["update"] for entry in entries if "update" in entry.event.data}
    if not wanted:
        return {}
    return {update.pk: told_text(update) for update in IncidentUpdate.objects.filter(pk__in=wanted)}


def _waits(entries: list[Entry]) -> dict[str, str]:
    if not any(entry.event.code == Command.WAIT for entry in entries):
        return {}
    return dict(WaitingReason.objects.values_list("code", "waits_for"))
