"""Major incidents (M3.4-4): declaring one, who answers for it, and the word that is owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import Channel, IncidentSeverity
from tickets.lifecycle import FINAL
from tickets.models import Category, IncidentLink, IncidentUpdate, MajorIncident, NumberCounter, Ticket
from tickets.models.incident import LONGEST_CADENCE, SHORTEST_CADENCE, UPDATE_LENGTH
from tickets.models.ticket import SUBJECT_LENGTH
from tickets.policies import can_run_incident, can_work_on
from tickets.priority import Priority
from tickets.services.effects import REASON_LENGTH
from tickets.services.recording import Act, open_for_change, record, snapshot

log = structlog.get_logger(__name__)
UPDATE_EVERY_MINUTES = 60
COUNTER = "incident"
SEVERITIES: dict[str, IncidentSeverity] = {
    Priority.P1: IncidentSeverity.CRITICAL,
    Priority.P2: IncidentSeverity.SEVERE,
}


@dataclass(frozen=True)
class Declaration:
    """What is said when a major incident is declared.

    Without a communication lead the commander is it. Without a severity it follows from the ticket's priority,
    without a service it is the ticket's category. The system may leave the titles out: the service's name stands in,
    because a ticket's own words may be nobody else's business. `text_*` are public at once; an incident without
    them shows in the portal from its first banner update on.
    """

    commander: User
    communication_lead: User | None = None
    reason: str = ""
    title_zh: str = ""
    title_en: str = ""
    service: Category | None = None
    severity: int | None = None
    update_every_minutes: int = UPDATE_EVERY_MINUTES
    expected_by_at: datetime | None = None
    text_zh: str = ""
    text_en: str = ""


@transaction.atomic
def declare(
    *,
    ticket_id: int,
    actor: User | None,
    declaration: Declaration,
    at: datetime,
    version: int | None = None,
    channel: Channel | str = "",
) -> MajorIncident:
    """Make a ticket the parent of a major incident. `actor` None is the system (an escalation rule).

    Raises NotVisible, NotAllowed, StaleVersion, InvalidInput, or Conflict: `archived`, `closed`, `confidential`,
    `already_declared` (with the incident's `number`), `already_linked`.
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=version)
    return declare_on(ticket, actor=actor, declaration=declaration, at=at, channel=channel)


def declare_on(
    ticket: Ticket, *, actor: User | None, declaration: Declaration, at: datetime, channel: Channel | str = ""
) -> MajorIncident:
    """The body of `declare` on a ticket that is open for change already."""
    _check_may_be_declared(ticket, actor)
    incident = MajorIncident(
        ticket=ticket,
        commander=declaration.commander,
        communication_lead=declaration.communication_lead or declaration.commander,
        service=declaration.service or ticket.category,
        severity=declaration.severity or severity_for(ticket.priority),
        update_every_minutes=declaration.update_every_minutes,
        expected_by_at=declaration.expected_by_at,
        declared_at=at,
        declared_by=actor,
    )
    _take_texts(incident, declaration, is_system=actor is None)
    _check(incident, at=at, changed=set(_CHECKS))
    incident.next_update_due_at = at + timedelta(minutes=incident.update_every_minutes)
    if incident.public_text_zh or incident.public_text_en:
        incident.announced_at = at
    incident.number = next_incident_number()
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_DECLARED, is_new=True)
    if incident.announced_at is not None:
        _keep_first_word(incident, at)
    people = sorted({incident.commander_id, incident.communication_lead_id})
    act = Act(
        code=ActCode.INCIDENT_DECLARED,
        actor=actor,
        at=at,
        channel=channel,
        reason=incident.reason,
        is_public=True,
        facts={"incident": incident.pk, "people": people, "leads": True},
    )
    record(ticket, act, before=snapshot(ticket))
    log.info("incident_declared", incident=incident.number, ticket=ticket.pk)
    return incident


def _keep_first_word(incident: MajorIncident, at: datetime) -> None:
    """What was made public with the declaration is the first of its updates. The declaration itself tells of it."""
    IncidentUpdate.objects.create(
        incident=incident,
        text_zh=incident.public_text_zh,
        text_en=incident.public_text_en,
        for_banner=True,
        for_requesters=False,
        for_leads=False,
        author=incident.declared_by or incident.communication_lead,
        created_at=at,
    )


def severity_for(priority: str) -> IncidentSeverity:
    """The severity that goes without saying: the worst priority is the worst incident."""
    return SEVERITIES.get(priority, IncidentSeverity.SIGNIFICANT)


def _check_may_be_declared(ticket: Ticket, actor: User | None) -> None:
    if actor is not None and not can_work_on(actor, ticket):
        raise NotAllowed(_("Only support staff who may work on this ticket can declare a major incident."))
    known = MajorIncident.objects.filter(ticket=ticket).values_list("number", flat=True).first()
    if known is not None:
        raise Conflict(
            _("This ticket was declared a major incident before: %(number)s.") % {"number": known},
            code="already_declared",
            extra={"number": known},
        )
    if ticket.status in FINAL:
        raise Conflict(_("This ticket is closed. Reopen it or create a follow-up ticket."), code="closed")
    if ticket.is_confidential:
        raise Conflict(
            _("This ticket is confidential. Declare the incident on another ticket that everybody may know of."),
            code="confidential",
        )
    linked = IncidentLink.objects.filter(ticket=ticket, is_open=True).select_related("incident").first()
    if linked is not None:
        raise Conflict(
            _("This ticket is linked to the major incident %(number)s already.") % {"number": linked.incident.number},
            code="already_linked",
        )


def _take_texts(incident: MajorIncident, said: Declaration, *, is_system: bool) -> None:
    values = {
        "title_zh": said.title_zh,
        "title_en": said.title_en,
        "public_text_zh": said.text_zh,
        "public_text_en": said.text_en,
        "reason": said.reason,
    }
    _set_texts(incident, values)
    problems: dict[str, list[Any]] = {}
    if is_system and not (incident.title_zh or incident.title_en) and incident.service is not None:
        incident.title_zh, incident.title_en = incident.service.name_zh, incident.service.name_en
    if not incident.title_zh and not incident.title_en and is_system:
        incident.title_zh, incident.title_en = "重大事件", "Major incident"
    if not incident.reason and not is_system:
        problems["reason"] = [_("Give the reason in a sentence.")]
    if incident.service is None and not is_system:
        problems["service"] = [_("Choose the service that is affected.")]
    if problems:
        raise InvalidInput(fields=problems)


_LENGTHS = {
    "title_zh": SUBJECT_LENGTH,
    "title_en": SUBJECT_LENGTH,
    "public_text_zh": UPDATE_LENGTH,
    "public_text_en": UPDATE_LENGTH,
    "reason": REASON_LENGTH,
}


def _set_texts(incident: MajorIncident, values: Mapping[str, str]) -> None:
    problems: dict[str, list[Any]] = {}
    for name, value in values.items():
        field = {"public_text_zh": "text_zh", "public_text_en": "text_en"}.get(name, name)
        is_title = name.startswith("title_")
        try:
            setattr(incident, name, clean_text(value, field=field, max_length=_LENGTHS[name], multiline=not is_title))
        except InvalidInput as error:
            problems.update(error.fields)
    if problems:
        raise InvalidInput(fields=problems)


def _is_desk_person(person: User) -> bool:
    return person.can(Ability.WORK)


def _check(incident: MajorIncident, *, at: datetime, changed: set[str]) -> None:
    """Refuse what no incident may be, as far as it was `changed`: who left since stays until somebody changes that."""
    problems = {
        name: [sentence] for name, find in _CHECKS.items() if name in changed and (sentence := find(incident, at))
    }
    if problems:
        raise InvalidInput(fields=problems)


def wrong_person(person: User) -> str:
    return "" if _is_desk_person(person) else _("This person doesn't work on tickets. Choose an agent.")


def _wrong_title(incident: MajorIncident, at: datetime) -> str:
    has_title = incident.title_zh or incident.title_en
    return "" if has_title else _("Say in a few words what doesn't work. Everybody reads this.")


def _wrong_severity(incident: MajorIncident, at: datetime) -> str:
    return "" if incident.severity in IncidentSeverity.values else _("Choose one of the answers.")


def _wrong_cadence(incident: MajorIncident, at: datetime) -> str:
    is_right = SHORTEST_CADENCE <= incident.update_every_minutes <= LONGEST_CADENCE
    return "" if is_right else _("Give a number of minutes between 1 and 10,080 (a week).")


def _wrong_expectation(incident: MajorIncident, at: datetime) -> str:
    is_past = incident.expected_by_at is not None and incident.expected_by_at <= at
    return _("Choose a time in the future.") if is_past else ""


def _wrong_service(incident: MajorIncident, at: datetime) -> str:
    service = incident.service
    is_retired = service is not None and service.is_retired and service.pk != incident.ticket.category_id
    return _("This category is no longer used. Choose another one.") if is_retired else ""


_CHECKS = {
    "commander": lambda incident, at: wrong_person(incident.commander),
    "communication_lead": lambda incident, at: wrong_person(incident.communication_lead),
    "title_zh": _wrong_title,
    "severity": _wrong_severity,
    "update_every_minutes": _wrong_cadence,
    "expected_by_at": _wrong_expectation,
    "service": _wrong_service,
}
EDITABLE = (*_CHECKS, "title_en")


def next_incident_number() -> str:
    """The next number. As for tickets the counter's row is locked until the transaction ends: no gap, none twice."""
    counter = NumberCounter.objects.filter(name=COUNTER)
    if not counter.update(value=F("value") + 1):
        NumberCounter.objects.get_or_create(name=COUNTER, defaults={"value": 0})
        counter.update(value=F("value") + 1)
    return f"MI-{counter.values_list('value', flat=True).get():03}"


def save_incident(
    incident: MajorIncident, *, actor: User | None, at: datetime, reason: str, is_new: bool = False
) -> None:
    """Save a changed incident with its next version and its history row."""
    if not is_new:
        incident.version += 1
    incident._history_user = actor  # type: ignore[attr-defined]
    incident._history_date = at  # type: ignore[attr-defined]
    incident._change_reason = reason  # type: ignore[attr-defined]
    incident.save()


def open_incident(
    *, incident_id: int, actor: User, version: int | None = None, must_be_open: bool = True
) -> MajorIncident:
    """Lock an incident for this transaction. Before any ticket, so that two acts never wait for each other.

    Raises NotVisible, StaleVersion, or Conflict (`not_open`).
    """
    if not actor.can(Ability.USE_DESK):
        raise NotVisible
    incidents = MajorIncident.objects.visible_to(actor).select_related("ticket", "commander", "communication_lead")
    try:
        incident = lock_row(incidents, pk=incident_id)
    except MajorIncident.DoesNotExist:
        raise NotVisible from None
    if version is not None and version != incident.version:
        raise StaleVersion(
            _("Somebody changed this incident in the meantime. Look at what is new, then try again."),
            extra={"version": incident.version},
        )
    if must_be_open and not incident.is_open:
        raise Conflict(_("This incident is over."), code="not_open")
    return incident


def must_run(actor: User, incident: MajorIncident) -> None:
    """Raises NotAllowed."""
    if not can_run_incident(actor, incident):
        raise NotAllowed(_("Only the commander, the communication lead and who may work on its ticket can do this."))


def record_on_parent(incident: MajorIncident, act: Act) -> None:
    """The act on the parent ticket, unless its record is sealed meanwhile: then the incident's own history tells."""
    act.facts = {"incident": incident.pk, **act.facts}
    if not incident.ticket.is_archived:
        record(incident.ticket, act, before=snapshot(incident.ticket))


@transaction.atomic
def edit(
    *,
    incident_id: int,
    actor: User,
    version: int,
    changes: Mapping[str, Any],
    at: datetime,
    channel: Channel | str = "",
) -> MajorIncident:
    """Change roles, titles, service, severity, cadence or expectation. Nothing changed means no act.

    A new cadence counts from the last word: the next update is due that much later. Raises NotVisible, NotAllowed,
    StaleVersion, Conflict (`not_open`) or InvalidInput.
    """
    incident = open_incident(incident_id=incident_id, actor=actor, version=version)
    must_run(actor, incident)
    incident.ticket = lock_row(Ticket.objects.all(), pk=incident.ticket_id)
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise InvalidInput(fields={name: [_("This field can't be changed here.")] for name in sorted(unknown)})
    before = {name: getattr(incident, name) for name in changes}
    cadence = incident.update_every_minutes
    _set_texts(incident, {name: value for name, value in changes.items() if name.startswith("title_")})
    for name, value in changes.items():
        if not name.startswith("title_"):
            setattr(incident, name, value)
    changed = {name for name in changes if before[name] != getattr(incident, name)}
    if not changed:
        return incident
    _check(incident, at=at, changed=changed | ({"title_zh"} if "title_en" in changed else set()))
    if incident.update_every_minutes != cadence and incident.next_update_due_at is not None:
        incident.next_update_due_at += timedelta(minutes=incident.update_every_minutes - cadence)
    save_incident(incident, actor=actor, at=at, reason=ActCode.INCIDENT_CHANGED)
    record_on_parent(
        incident,
        Act(code=ActCode.INCIDENT_CHANGED, actor=actor, at=at, channel=channel, facts={"changed": sorted(changed)}),
    )
    return incident


# --- The word that is owed --------------------------------------------------------------------------------------


def tell_overdue(*, at: datetime) -> int:
    """Tell commander and communication lead, once for each due instant, that the next update is due. Returns how many.

    Any number of workers may ask at once: the due instant is claimed by a conditional update.
    """
    due = _overdue(at).order_by("next_update_due_at").values_list("pk", flat=True)
    told = 0
    for incident_id in list(due):
        try:
            told += _tell_one(incident_id, at)
        except Exception:
            # One broken incident must not keep the others' people from being told.
            log.exception("incident_overdue_failed", incident=incident_id)
    return told


def _overdue(at: datetime) -> Any:
    due = MajorIncident.objects.open().filter(next_update_due_at__lte=at)
    return due.filter(Q(overdue_told_for=None) | ~Q(overdue_told_for=F("next_update_due_at")))


@transaction.atomic
def _tell_one(incident_id: int, at: datetime) -> bool:
    if not _overdue(at).filter(pk=incident_id).update(overdue_told_for=F("next_update_due_at")):
        return False
    incident = MajorIncident.objects.get(pk=incident_id)
    incident.ticket = lock_row(Ticket.objects.all(), pk=incident.ticket_id)
    people = sorted({incident.commander_id, incident.communication_lead_id})
    assert incident.next_update_due_at is not None, "the database demands it of open incidents"
    facts = {"people": people, "due_at": incident.next_update_due_at.isoformat()}
    record_on_parent(incident, Act(code=ActCode.INCIDENT_UPDATE_OVERDUE, actor=None, at=at, facts=facts))
    return True
