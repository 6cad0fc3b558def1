"""A ticket's timeline as the desk reads it: messages, and acts as folded system lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tickets.choices import Act, MessageKind
from tickets.lifecycle import Command
from tickets.models import Attachment, Consent, Ticket
from tickets.selectors import Entry
from tickets.sentences import Names, sentence

TABS = ("all", "user", "internal", "system", "files", "diagnosis")
# A run of more system lines than this is folded away; a timeline longer than this loses its middle.
RUN = 3
LONG = 200
HEAD, TAIL = 20, 100

_ICONS: dict[str, str] = {
    Act.SUBMITTED: "inbox",
    Act.SOLVED_AT_FIRST_CONTACT: "checkc",
    Act.EDITED: "edit",
    Act.REMINDED: "bell",
    Act.MAIL_KEPT: "mail",
    Act.TARGET_MISSED: "bang",
    Act.HANDOVER_OFFERED: "up",
    Act.HANDOVER_ACCEPTED: "checkc",
    Act.HANDOVER_RETURNED: "undo",
    Act.HANDOVER_COMPLETED: "note",
    Act.HANDOVER_LEFT: "bang",
    Act.PRIORITY_RAISED: "flag",
    Act.TASK_ADDED: "plus",
    Act.TASK_DONE: "check",
    Act.TASK_DROPPED: "x",
    Act.STEP_PLANNED: "search",
    Act.STEP_DONE: "check",
    Act.STEP_DROPPED: "x",
    Act.CONSENT_ASKED: "shield",
    Act.CONSENT_REMINDED: "bell",
    Act.CONSENT_ANSWERED: "shield",
    Act.CONSENT_LAPSED: "shield",
    Act.CONSENT_CANCELLED: "shield",
    Act.CONSENT_WITHDRAWN: "shield",
    Act.SESSION_STARTED: "laptop",
    Act.SESSION_ENDED: "laptop",
    Act.SURVEY_ANSWERED: "star",
    Act.LOW_RATING: "star",
    Act.WATCHER_ADDED: "users",
    Act.WATCHER_REMOVED: "users",
    Act.INCIDENT_DECLARED: "flag",
    Act.INCIDENT_CHANGED: "flag",
    Act.INCIDENT_LINKED: "flag",
    Act.INCIDENT_UNLINKED: "flag",
    Act.INCIDENT_UPDATE: "send",
    Act.INCIDENT_UPDATE_OVERDUE: "bang",
    Act.INCIDENT_RESOLVED: "flag",
    Act.INCIDENT_REVIEWED: "flag",
    Act.PROMISE_MADE: "cal",
    Act.PROMISE_PASSED: "bang",
    Act.NEW_TIME_PROPOSED: "cal",
    Act.NEW_TIME_ANSWERED: "cal",
    Act.NEW_TIME_LAPSED: "cal",
    Act.NEW_TIME_CANCELLED: "cal",
    Act.NEW_TIME_AGREED: "cal",
    Act.WINDOW_PROPOSED: "cal",
    Act.WINDOW_ANSWERED: "cal",
    Act.WINDOW_LAPSED: "cal",
    Act.WINDOW_CANCELLED: "cal",
    Act.ACTION_REQUESTED: "rows",
    Act.ACTION_ANSWERED: "check",
    Act.ACTION_REMINDED: "bell",
    Act.ACTION_LAPSED: "rows",
    Act.ACTION_CANCELLED: "x",
    Act.MADE_CONFIDENTIAL: "lock",
    Act.READERS_CHANGED: "users",
    Act.CONFIDENTIALITY_LIFTED: "eye",
    Act.GLASS_BROKEN: "bang",
    Act.SECURITY_RAISED: "bang",
    Act.SECURITY_STEP_ENDED: "check",
    Act.SECURITY_STEP_OVERDUE: "bang",
    Act.EVIDENCE_TAKEN: "archive",
    Act.EVIDENCE_PASSED: "send",
    Act.EVIDENCE_CHECKED: "search",
    Act.HOLD_SET: "lock",
    Act.HOLD_LIFTED: "lock",
    Act.ANONYMISED: "shield",
    Act.VENDOR_CASE_OPENED: "tool",
    Act.VENDOR_WRITTEN: "send",
    Act.VENDOR_CONTACTED: "phone",
    Act.VENDOR_ANSWERED: "reply",
    Act.VENDOR_MAIL_RETURNED: "bang",
    Act.VENDOR_PROMISED: "clock",
    Act.VENDOR_CHASE_SET: "cal",
    Act.VENDOR_CHASE_DUE: "bell",
    Act.VENDOR_CASE_CHANGED: "edit",
    Act.VENDOR_CASE_CLOSED: "checkc",
    Act.SOURCE_LINKED: "book",
    Act.SOURCE_USED: "book",
    Act.ARTICLE_DRAFTED: "book",
    Act.ASSET_LINKED: "laptop",
    Act.ASSET_UNLINKED: "laptop",
    Command.CLASSIFY: "tag",
    Command.ASSIGN: "user",
    Command.ACCEPT: "checkc",
    Command.START: "play",
    Command.WAIT: "pause",
    Command.RESUME: "play",
    Command.RESOLVE: "check",
    Command.CONFIRM: "checkc",
    Command.REJECT: "undo",
    Command.CLOSE: "x",
    Command.REOPEN: "undo",
    Command.WITHDRAW: "stop",
    Command.ESCALATE: "up",
    Command.ARCHIVE: "archive",
}


@dataclass
class Item:
    """One thing on the timeline. `kind` is request, public, internal, solution, consent or system."""

    kind: str
    entry: Entry
    text: str = ""
    icon: str = ""
    files: Sequence[Attachment] = ()
    is_new: bool = False
    consent: Consent | None = None

    @property
    def is_system(self) -> bool:
        return self.kind == "system"


@dataclass
class Block:
    """What stands together: one item, a fold of system lines, or the gap where the middle was left out."""

    items: list[Item] = field(default_factory=list)
    is_fold: bool = False
    hidden: int = 0
    is_first_new: bool = False


def items_of(
    ticket: Ticket, entries: Iterable[Entry], names: Names, *, files: Sequence[Attachment] = (), seen: int | None = None
) -> list[Item]:
    """The timeline's items, oldest first. `files` came with the request; newer than `seen` is new."""
    items: list[Item] = []
    last_solution = 0
    for entry in entries:
        event = entry.event
        is_new = seen is not None and event.sequence > seen
        if event.code in (Act.SUBMITTED, Act.SOLVED_AT_FIRST_CONTACT):
            items.append(Item("request", entry, files=files, is_new=is_new))
        if entry.message is not None:
            kind = "internal" if entry.message.kind == MessageKind.INTERNAL else "public"
            items.append(Item(kind, entry, files=entry.files, is_new=is_new))
        consent = names.consents.get(event.data.get("consent", 0))
        if event.code == Act.CONSENT_ASKED and consent is not None:
            items.append(Item("consent", entry, is_new=is_new, consent=consent))
        elif event.code not in (Act.REPLIED, Act.NOTED):
            text = sentence(event, names)
            items.append(Item("system", entry, text, _ICONS.get(event.code, "info"), is_new=is_new))
        if event.code in (Command.RESOLVE, Act.SOLVED_AT_FIRST_CONTACT):
            last_solution = len(items)
    if last_solution and ticket.solution:
        proposal = items[last_solution - 1]
        items.insert(last_solution, Item("solution", proposal.entry, is_new=proposal.is_new))
    return items


def on_tab(items: Sequence[Item], tab: str) -> list[Item]:
    if tab == "user":
        return [item for item in items if item.kind in ("request", "public", "solution")]
    if tab in ("internal", "system"):
        return [item for item in items if item.kind == tab]
    return list(items)


def blocks_of(items: Sequence[Item], *, is_whole: bool = False) -> list[Block]:
    """Items with runs of system lines folded, and without the middle of a very long timeline."""
    if len(items) > LONG and not is_whole:
        gap = Block(hidden=len(items) - HEAD - TAIL)
        return [*_folded(items[:HEAD]), gap, *_folded(items[-TAIL:])]
    return _folded(items)


def _folded(items: Sequence[Item]) -> list[Block]:
    blocks: list[Block] = []
    run: list[Item] = []
    has_marked = False

    def close() -> None:
        if len(run) > RUN:
            blocks.append(Block(list(run[:-1]), is_fold=True))
            blocks.append(Block([run[-1]]))
        else:
            blocks.extend(Block([item]) for item in run)
        run.clear()

    for item in items:
        starts_new = item.is_new and not has_marked
        if not item.is_system or starts_new:
            close()
        if item.is_system and not starts_new:
            run.append(item)
        else:
            blocks.append(Block([item], is_first_new=starts_new))
        has_marked = has_marked or item.is_new
    close()
    return blocks
