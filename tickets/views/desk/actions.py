"""A ticket's allowed commands as buttons: from the lifecycle table, never from conditions of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tickets.choices import COMMAND_LABELS
from tickets.lifecycle import Command, Rule
from tickets.models import Ticket
from tickets.views.desk.addresses import desk_url

# Done by one click: nothing has to be said.
_AT_ONCE = (Command.ACCEPT, Command.START, Command.RESUME, Command.ARCHIVE)
_ICONS = {
    Command.CLASSIFY: "tag",
    Command.ASSIGN: "user",
    Command.ACCEPT: "check",
    Command.START: "play",
    Command.WAIT: "pause",
    Command.RESUME: "play",
    Command.RESOLVE: "checkc",
    Command.CONFIRM: "checkc",
    Command.REJECT: "undo",
    Command.CLOSE: "x",
    Command.REOPEN: "undo",
    Command.WITHDRAW: "stop",
    Command.ESCALATE: "up",
    Command.ARCHIVE: "archive",
}
_KEYS = {Command.ESCALATE: "e", Command.ASSIGN: "a", Command.CLASSIFY: "l", Command.WAIT: "w"}


@dataclass(frozen=True)
class Action:
    """One command as a button or a link."""

    command: Command
    label: str
    url: str
    icon: str
    key: str = ""
    is_at_once: bool = False
    is_danger: bool = False
    is_dialog: bool = True


def label_of(rule: Rule) -> str:
    """The button's words. Staff don't confirm: they write down what the user said."""
    if rule.command == Command.CONFIRM and "reason" in rule.requires:
        return _("Record the user's answer")
    return str(COMMAND_LABELS[rule.command])


def actions_for(ticket: Ticket, rules: Sequence[Rule], *, view: str | None) -> list[Action]:
    """The allowed commands in the table's order."""
    return [_action(ticket, rule, view) for rule in rules]


def _action(ticket: Ticket, rule: Rule, view: str | None) -> Action:
    url = desk_url("ticket_command", ticket.number, rule.command.value, view=view)
    is_solution = rule.command == Command.RESOLVE
    if is_solution:
        url = desk_url("ticket", ticket.number, view=view, mode="solution") + "#composer"
    if rule.command == Command.ESCALATE:
        url = reverse("escalation:escalate", args=[ticket.number]) + (f"?{urlencode({'view': view})}" if view else "")
    return Action(
        rule.command,
        label_of(rule),
        url,
        _ICONS[rule.command],
        key=_KEYS.get(rule.command, ""),
        is_at_once=rule.command in _AT_ONCE,
        is_danger=rule.command == Command.WITHDRAW,
        is_dialog=not is_solution,
    )
