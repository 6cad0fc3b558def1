"""The ticket workspace (ux 2.7): header, properties, timeline with composer, requester."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.paging import beyond, neighbours
from tickets.choices import Channel
from tickets.forms.commands import CommandForm
from tickets.guard import guard_of
from tickets.incidents import incident_of
from tickets.lifecycle import FINAL, OPEN, WORKABLE, Command, Rule, Status
from tickets.models import (
    Attachment,
    Consent,
    DiagnosisStep,
    IncomingMail,
    LegalHold,
    RemoteSession,
    Ticket,
    TicketSeen,
    WaitingReason,
    WorkaroundReview,
)
from tickets.models.ticket import TicketQuerySet
from tickets.policies import (
    can_edit_details,
    can_hold,
    can_manage_watchers,
    can_work_on,
    can_write_notes,
    can_write_publicly,
    is_let_in,
)
from tickets.process import summary_of, verdicts_of
from tickets.queue import COUNTED_UP_TO, filter_of, order_of, parse, ranked
from tickets.selectors import Entry, get_ticket, has_deadlines, own_files, templates_for, timeline
from tickets.sentences import names_for
from tickets.services.drafts import drafts_for
from tickets.services.engine import allowed_rules, next_step
from tickets.services.files import unsent_files
from tickets.services.presence import others_present
from tickets.views.desk.actions import Action, actions_for
from tickets.views.desk.addresses import desk_url, view_of
from tickets.views.desk.assets import assets_of
from tickets.views.desk.matters import linked_matters
from tickets.views.desk.rail import queue_url
from tickets.views.desk.story import TABS, blocks_of, items_of, on_tab
from tickets.views.desk.vendors import panel_of
from tickets.views.portal.submit import file_limits

MODES = ("reply", "note", "solution")
STAGES = (
    gettext_lazy("New"),
    gettext_lazy("Acknowledged"),
    gettext_lazy("Classified"),
    gettext_lazy("Diagnosing"),
    gettext_lazy("Solution"),
    gettext_lazy("Confirmation"),
    gettext_lazy("Closed"),
)
RECENT = timedelta(days=90)


@dataclass
class Sent:
    """What was sent and could not be taken: shown again with the reason, and with what happened meanwhile."""

    mode: str
    values: dict[str, Any] = field(default_factory=dict)
    file_ids: Sequence[str] = ()
    form: Any = None
    problems: Sequence[str] = ()
    news: Sequence[Entry] = ()


@desk_page("GET")
def ticket(request: HttpRequest, number: str) -> HttpResponseBase:
    """The workspace of one ticket."""
    return workspace(request, get_ticket(number=number, viewer=viewer(request)))


def workspace(request: HttpRequest, ticket: Ticket, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    """The whole page; with `sent` above the composer what couldn't be sent and why."""
    me, at, view = viewer(request), timezone.now(), view_of(request)
    rules = allowed_rules(ticket, me, at)
    tab = request.GET.get("tab", "all")
    incident = incident_of(ticket)
    context = {
        "ticket": ticket,
        "now": at,
        "view": view,
        "view_query": desk_url("ticket", ticket.number, view=view).partition("?")[2],
        "back_url": queue_url(view or ""),
        "stage": stage_of(ticket),
        "stages": STAGES,
        "viewers": others_present(ticket_id=ticket.pk, user=me, at=at),
        "watchers": User.objects.filter(pk__in=ticket.watcher_rows.values("user_id")).order_by("full_name"),
        "follow_ups": list(Ticket.objects.visible_to(me).filter(follow_up_of=ticket).order_by("pk")),
        "can_edit": can_edit_details(me, ticket) and not ticket.is_archived and ticket.status not in FINAL,
        "can_manage_watchers": can_manage_watchers(me, ticket) and not ticket.is_archived,
        "is_polled": ticket.status not in FINAL,
        "review": _review(ticket),
        "incident": incident,
        "can_hold": can_hold(me, ticket),
        "holds": list(LegalHold.objects.on(ticket).select_related("set_by")),
        "can_link_incident": ticket.status not in FINAL
        and can_write_notes(me, ticket)
        and (incident is None or incident.ticket_id != ticket.pk),
        # The narrow rail shows neither.
        "desk_views": (),
        "contact": {},
        "me": me,
        "guard": guard_of(ticket, at) if ticket.status in WORKABLE else None,
        "matters": linked_matters(ticket),
        "can_work": can_work_on(me, ticket) and ticket.status in WORKABLE,
        **_neighbours(request, ticket, view, at),
        **_actions(ticket, rules, view, me),
        **_story(request, ticket, me, tab if tab in TABS else "all"),
        **_requester(ticket, me, at),
        **assets_of(ticket, me),
        **_mails(ticket, me),
        **panel_of(ticket, me),
        **_composer(request, ticket, rules, sent, at),
    }
    return render(request, "desk/ticket.html", context, status=status)


def _review(ticket: Ticket) -> WorkaroundReview | None:
    """Who looks at the workaround again."""
    if ticket.outcome is None or not ticket.outcome.is_workaround:
        return None
    return ticket.workaround_reviews.select_related("owner", "follow_up").last()


def stage_of(ticket: Ticket) -> int:
    """The number of the current stage, 1 to 7."""
    if ticket.status in FINAL:
        return 7
    if ticket.status == Status.RESOLVED:
        return 6
    if ticket.status in (Status.IN_PROGRESS, Status.WAITING):
        return 4
    if ticket.status == Status.CLASSIFIED:
        return 3
    return 2 if ticket.accepted_at else 1


def _neighbours(request: HttpRequest, ticket: Ticket, view: str | None, at: datetime) -> dict[str, Any]:
    """The tickets before and behind this one in the view that one came from."""
    if view is None:
        return {}
    query = parse(view)
    visible = Ticket.objects.visible_to(viewer(request))
    order = order_of(query, at, has_deadlines=has_deadlines(visible))
    tickets = ranked(filter_of(query, request, visible).qs, order)
    values = order.values_of(ticket)
    before, behind = neighbours(tickets.only("pk", "number"), order.keys, values)
    return {
        **_place(tickets.order_by(), ticket, beyond(order.keys, values, is_backwards=True)),
        "previous_url": desk_url("ticket", before.number, view=view) if before else "",
        "next_url": desk_url("ticket", behind.number, view=view) if behind else "",
    }


def _place(tickets: TicketQuerySet, ticket: Ticket, is_before: Q) -> dict[str, Any]:
    """Which of how many the ticket is in its view; nothing where it stands in it no longer, or too far behind to count."""
    is_own = Q(pk=ticket.pk)
    up_to_it = tickets.filter(is_before | is_own)[: COUNTED_UP_TO + 1]
    found = up_to_it.aggregate(place=Count("pk"), own=Count("pk", filter=is_own))
    place = found["place"]
    if place > COUNTED_UP_TO or not found["own"]:
        return {}
    total = tickets[: COUNTED_UP_TO + 1].count()
    return {"place": place, "place_total": f"{COUNTED_UP_TO}+" if total > COUNTED_UP_TO else str(total)}


def _actions(ticket: Ticket, rules: tuple[Rule, ...], view: str | None, me: User) -> dict[str, Any]:
    """The primary button, the buttons beside it and the rest for the menu."""
    first = next_step(ticket, rules)
    actions = actions_for(ticket, rules, view=view)
    primary = next((action for action in actions if first and action.command == first.command), None)
    rest = [action for action in actions if action is not primary]
    beside = [
        action for action in rest if action.command in (Command.ESCALATE, Command.ASSIGN, Command.WAIT, Command.REJECT)
    ]
    by_command: dict[str, Action] = {action.command.value: action for action in actions}
    return {
        "primary": primary,
        "beside": beside,
        "menu": [action for action in rest if action not in beside],
        "by_command": by_command,
        "can_take": Command.ASSIGN in [rule.command for rule in rules] and me.is_agent and ticket.assignee_id != me.pk,
        "can_follow_up": ticket.status in FINAL and me.is_agent and can_work_on(me, ticket),
    }


def _story(request: HttpRequest, ticket: Ticket, me: User, tab: str) -> dict[str, Any]:
    entries = timeline(ticket, me)
    for entry in entries:
        entry.event.ticket = ticket
    seen = TicketSeen.objects.filter(ticket=ticket, user=me).values_list("version", flat=True).first()
    items = items_of(
        ticket, entries, names_for([entry.event for entry in entries], me), files=own_files(ticket), seen=seen
    )
    files = [(item, file) for item in items for file in item.files]
    counts = {name: len(on_tab(items, name)) for name in TABS}
    counts |= {"files": len(files), "diagnosis": DiagnosisStep.objects.filter(ticket=ticket).count()}
    labels = {
        "all": _("All"),
        "user": _("With user"),
        "internal": _("Internal"),
        "system": _("System"),
        "files": _("Files"),
        "diagnosis": _("Diagnosis"),
    }
    return {
        "tab": tab,
        "tabs": [(name, labels[name], counts[name]) for name in TABS],
        "blocks": blocks_of(on_tab(items, tab), is_whole="all" in request.GET),
        **(_diagnosis(ticket, me) if tab == "diagnosis" else {}),
        "all_files": files,
        "calls": [entry.call for entry in reversed(entries) if entry.call is not None],
        "process": summary_of(verdicts_of(ticket, [entry.event for entry in entries])),
    }


def _diagnosis(ticket: Ticket, me: User) -> dict[str, Any]:
    """The steps with what allowed them, what may be asked and begun, and what must end before a solution."""
    steps = DiagnosisStep.objects.visible_to(me).filter(ticket=ticket).select_related("created_by", "ended_by")
    return {
        "diagnosis_steps": steps.prefetch_related("files", "consents"),
        "sessions": RemoteSession.objects.filter(ticket=ticket).select_related("started_by", "ended_by", "consent"),
        "consents": Consent.objects.filter(ticket=ticket).select_related("asked_by").prefetch_related("items"),
        "has_templates": templates_for(ticket).exists(),
        "minutes": sum(step.minutes or 0 for step in steps),
    }


def _requester(ticket: Ticket, me: User, at: datetime) -> dict[str, Any]:
    others = Ticket.objects.visible_to(me).filter(requester_id=ticket.requester_id).exclude(pk=ticket.pk)
    query = QueryDict(mutable=True)
    query["requester"] = ticket.requester.username
    all_query = query.copy()
    all_query["status"] = ""
    return {
        "others": others.aggregate(
            open=Count("pk", filter=Q(status__in=OPEN)), recent=Count("pk", filter=Q(created_at__gt=at - RECENT))
        ),
        "others_open_url": queue_url(query.urlencode()),
        "others_all_url": queue_url(all_query.urlencode()),
    }


def _mails(ticket: Ticket, me: User) -> dict[str, Any]:
    """Mails for this ticket that wait for a decision, and the one that its first mail named without proof."""
    visible = IncomingMail.objects.visible_to(me)
    guessed = None
    if ticket.channel == Channel.EMAIL:
        named = visible.filter(ticket=ticket, guessed_ticket__isnull=False).values("guessed_ticket")
        guessed = Ticket.objects.visible_to(me).filter(pk__in=named).first()
    return {"held_mails": list(visible.waiting_for_people().filter(ticket=ticket)), "guessed": guessed}


def modes_for(ticket: Ticket, me: User, rules: tuple[Rule, ...]) -> list[str]:
    """In which ways this person may write on the ticket now."""
    modes = []
    if not ticket.is_archived:
        if ticket.status not in FINAL and can_write_publicly(me, ticket):
            modes.append("reply")
        if can_write_notes(me, ticket):
            modes.append("note")
        if Command.RESOLVE in [rule.command for rule in rules]:
            modes.append("solution")
    return modes


def _why_limited(ticket: Ticket, me: User, modes: Sequence[str]) -> str:
    """Why this person can't do everything here; empty when they can."""
    if ticket.is_archived:
        return _("This ticket is archived and can't be changed.")
    if not is_let_in(me, ticket):
        return _("You opened this ticket in an emergency: you can read it and do nothing else.")
    if not can_write_notes(me, ticket):
        return _("You can see this ticket, but only support staff work on it.")
    if ticket.status in FINAL:
        return _("This ticket is closed. Reopen it or create a follow-up; internal notes are still possible.")
    if not can_work_on(me, ticket) and ticket.team is not None:
        sentence = _("This ticket belongs to the team %(team)s. You can read it and leave an internal note.")
        return sentence % {"team": ticket.team.name}
    return ""


def _composer(
    request: HttpRequest, ticket: Ticket, rules: tuple[Rule, ...], sent: Sent | None, at: datetime
) -> dict[str, Any]:
    """What the composer shows. The mode is never remembered: it is a reply unless the address says otherwise."""
    me = viewer(request)
    modes = modes_for(ticket, me, rules)
    wanted = sent.mode if sent else request.GET.get("mode", "")
    mode = wanted if wanted in modes else (modes[0] if modes else "")
    drafts = drafts_for(user=me, ticket=ticket) if modes else {}
    texts = {name: drafts.get(name, {}).get("body", "") for name in ("reply", "note")}
    ids = {name: drafts.get(name, {}).get("attachments", "").split() for name in ("reply", "note")}
    if sent and sent.mode in texts:
        texts[sent.mode] = sent.values.get("body", "")
        ids[sent.mode] = list(sent.file_ids)
    by_command = {rule.command: rule for rule in rules}
    waiting = by_command.get(Command.WAIT) if "reply" in modes else None
    return {
        "modes": modes,
        "mode": mode,
        "texts": texts,
        "kept_files": _kept(ids, me),
        "draft_modes": {"solution" if name == "resolve" else name for name in drafts},
        "why_limited": _why_limited(ticket, me, modes),
        "sent": sent,
        "is_lost": bool(sent and sent.mode not in modes),
        "solution_form": _solution_form(by_command, ticket, mode, sent, drafts.get("resolve", {})),
        "waiting_reasons": _waiting_reasons() if waiting else [],
        "wait_until": timezone.localtime(at + timedelta(days=2)).strftime("%Y-%m-%dT09:00"),
        "wait_values": sent.values if sent else {},
        **file_limits(),
    }


def _solution_form(
    by_command: dict[Command, Rule], ticket: Ticket, mode: str, sent: Sent | None, draft: dict[str, Any]
) -> CommandForm | None:
    """The resolution's fields, only in its own mode: they need several catalogues."""
    if mode != "solution":
        return None
    if sent and sent.form is not None:
        return sent.form
    return CommandForm(
        by_command[Command.RESOLVE], ticket, initial={name: value for name, value in draft.items() if value}
    )


def _kept(ids: dict[str, list[str]], me: User) -> dict[str, list[Attachment]]:
    """Files that were uploaded and not sent yet, by mode."""
    wanted = [value for values in ids.values() for value in values]
    if not wanted:
        return {}
    try:
        found = {str(file.uuid): file for file in unsent_files(uuids=wanted, actor=me)}
    except InvalidInput:
        return {}
    return {mode: [found[value] for value in values if value in found] for mode, values in ids.items()}


def _waiting_reasons() -> list[WaitingReason]:
    """The reasons to wait, those for the user first: that is what the button says."""
    reasons = WaitingReason.objects.filter(is_retired=False).order_by("position", "code")
    return sorted(reasons, key=lambda reason: reason.waits_for != "user")
