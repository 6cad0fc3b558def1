"""New tickets: from a requester, for a colleague, solved at first contact, or following up a closed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.db import connection, transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from helpdesk.accounts.models import Team, User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.text import clean_text
from tickets.choices import Act as ActCode
from tickets.choices import Channel
from tickets.lifecycle import CLASSIFICATION, FINAL, RESOLUTION, Status
from tickets.models import Category, DeskSettings, NumberCounter, RequestKind, Ticket
from tickets.models.ticket import SUBJECT_LENGTH, TEXT_LENGTH
from tickets.numbering import format_number
from tickets.policies import can_submit_for, can_work_on
from tickets.priority import Impact, Urgency
from tickets.refusals import missing_field
from tickets.services import effects, workarounds
from tickets.services.asset_links import keep_link, refuse_unknown, take_address
from tickets.services.calls import Call, checked, facts_of, keep_call
from tickets.services.files import attach
from tickets.services.recording import Act, record_submission
from tickets.signals import ticket_submitting

TEXTS = {
    "subject": SUBJECT_LENGTH,
    "description": TEXT_LENGTH,
    "error_message": TEXT_LENGTH,
    "steps": TEXT_LENGTH,
    "device_hostname": 120,
    "device_ip": 45,
    "needed_by_reason": 300,
    "contact_name": 120,
    "contact_department": 250,
    "contact_phone": 40,
    "contact_email": 254,
    "contact_location": 120,
}
MULTILINE = {"description", "error_message", "steps"}


@dataclass
class Request:
    """What is submitted. Contact fields left None are taken from the requester's account (M3.1-2)."""

    subject: str
    description: str
    kind: RequestKind
    category: Category | None = None
    impact: str = ""
    urgency: str = ""
    error_message: str = ""
    occurred_at: datetime | None = None
    steps: str = ""
    device_hostname: str = ""
    device_ip: str = ""
    asset: Asset | None = None
    needed_by_at: datetime | None = None
    needed_by_reason: str = ""
    contact_name: str | None = None
    contact_department: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    contact_location: str | None = None
    attachments: list[str] = field(default_factory=list)


@transaction.atomic
def submit_ticket(
    *,
    request: Request,
    requester: User,
    actor: User,
    channel: Channel | str,
    at: datetime,
    resolution: dict[str, Any] | None = None,
    follow_up_of: Ticket | None = None,
    team: Team | None = None,
    assignee: User | None = None,
    facts: Mapping[str, Any] | None = None,
    call: Call | None = None,
) -> Ticket:
    """Create a ticket with number, contact snapshot, receipt and first event (M3.1, M3.2-3).

    `team` gets it where its category brings it to none, or `assignee` at once. `facts` are what else
    the first event tells, as codes.

    `resolution` (category, impact and urgency in `request`; outcome, cause, solution, advice, verification)
    makes it "solved at first contact" in the same act (M3.2-2); only desk people may, and only they report a `call`.
    Raises NotAllowed or InvalidInput.
    """
    if not can_submit_for(actor, requester):
        raise NotAllowed(_("You can report a problem only for yourself and for colleagues you can look up."))
    texts = _clean(request, requester)
    if call is not None:
        call = _taken(call, actor, at)
    ticket = Ticket(
        kind=request.kind,
        channel=channel,
        requester=requester,
        reported_by=actor,
        occurred_at=request.occurred_at,
        needed_by_at=request.needed_by_at,
        follow_up_of=follow_up_of,
        created_at=at,
        **texts,
    )
    _set_lay_classification(ticket, request, at)
    _give_to(ticket, team, assignee)
    told = {**(facts or {}), **facts_of(call), **_name_device(ticket, request.asset, actor)}
    if follow_up_of is not None:
        told["follow_up_of"] = follow_up_of.pk
    act = Act(code=ActCode.SUBMITTED, actor=actor, at=at, channel=channel, is_public=True, facts=told)
    if resolution is not None:
        _solve_now(ticket, request, resolution, actor=actor, at=at)
        act.code = ActCode.SOLVED_AT_FIRST_CONTACT
    prepared: list[tuple[Any, Any]] = ticket_submitting.send(sender=Ticket, ticket=ticket, at=at)
    ticket.number = next_number(at)
    event = record_submission(ticket, act)
    if call is not None:
        keep_call(call, ticket=ticket, event=event, taken_by=actor)
    for _receiver, finish in prepared:
        if finish is not None:
            finish()
    _keep_beside(ticket, request, actor, at)
    return ticket


def _keep_beside(ticket: Ticket, request: Request, actor: User, at: datetime) -> None:
    if ticket.outcome is not None and ticket.outcome.is_workaround:
        workarounds.plan_review(ticket, owner=actor, review_at=None, at=at)
    if request.asset is not None:
        keep_link(ticket, request.asset, actor, at)
    attach(request.attachments, ticket=ticket, message=None, actor=actor)


def _name_device(ticket: Ticket, asset: Asset | None, actor: User) -> dict[str, Any]:
    """Take over what the register knows of the device, and how the first event tells of it. Raises InvalidInput."""
    if asset is None:
        return {}
    refuse_unknown(asset, actor)
    take_address(ticket, asset)
    return {"asset": asset.pk, "tag": asset.tag}


def _give_to(ticket: Ticket, team: Team | None, assignee: User | None) -> None:
    if ticket.team is None:
        ticket.team = team
    if assignee is not None:
        effects.set_assignee(ticket, assignee)


def follow_up(
    *,
    ticket_id: int,
    request: Request,
    actor: User,
    at: datetime,
    channel: Channel | str,
    facts: Mapping[str, Any] | None = None,
) -> Ticket:
    """A new ticket linked to one that is closed for good (M3.5).

    Raises NotVisible, NotAllowed, or Conflict while the old one is still open.
    """
    old = Ticket.objects.visible_to(actor).select_related("requester").filter(pk=ticket_id).first()
    if old is None:
        raise NotVisible
    if old.status not in FINAL:
        raise Conflict(_("This ticket is still open; write there instead."), code="still_open")
    if actor.pk != old.requester_id and not can_work_on(actor, old):
        raise NotAllowed
    return submit_ticket(
        request=request,
        requester=old.requester,
        actor=actor,
        channel=channel,
        at=at,
        follow_up_of=old,
        team=old.team if old.team is not None and not old.team.is_retired else None,
        facts=facts,
    )


def _taken(call: Call, actor: User, at: datetime) -> Call:
    if not actor.can(Ability.WORK):
        raise NotAllowed(_("Only support staff write down requests for others."))
    return checked(call, at=at)


# The settings are read in the statement that counts: what comes after it keeps the others waiting.
_COUNT_ON = """
    UPDATE tickets_numbercounter
    SET value = (
        SELECT CASE WHEN value + 1 > first_number THEN value + 1 ELSE first_number END
        FROM tickets_desksettings WHERE id = 1
    )
    WHERE name = 'ticket' AND EXISTS (SELECT 1 FROM tickets_desksettings WHERE id = 1)
    RETURNING value, (SELECT number_format FROM tickets_desksettings WHERE id = 1)
"""


def next_number(at: datetime) -> str:
    """The next ticket number. The counter row stays locked until the transaction ends, so no two are equal
    and a submission that fails leaves no gap."""
    counted = _count_on()
    if counted is None:
        # The very first ticket of a new desk.
        DeskSettings.objects.get_or_create(id=1)
        NumberCounter.objects.get_or_create(name="ticket", defaults={"value": 0})
        counted = _count_on()
    assert counted is not None, "counter and settings were made just now"
    n, number_format = counted
    return format_number(number_format, n=n, year=at.astimezone(ZoneInfo(settings.TIME_ZONE)).year)


def _count_on() -> tuple[int, str] | None:
    """The counter's next value, at least the first number, and how numbers look; None while either row is missing."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ON)
        row: tuple[int, str] | None = cursor.fetchone()
    return row


def clean_ticket_text(name: str, value: str) -> str:
    """One text field of a ticket as it is stored. Raises InvalidInput naming it."""
    text = clean_text(value, field=name, max_length=TEXTS[name], multiline=name in MULTILINE)
    if name == "device_ip" and text:
        try:
            validate_ipv46_address(text)
        except ValidationError:
            raise InvalidInput(fields={name: [_("This is not an IP address, for instance 10.2.0.4.")]}) from None
    return text


def _clean(request: Request, requester: User) -> dict[str, str]:
    department = requester.department
    defaults = {
        "contact_name": requester.get_full_name(),
        "contact_department": department.name if department else "",
        "contact_phone": requester.phone,
        "contact_email": requester.email or "",
        "contact_location": requester.location,
    }
    texts: dict[str, str] = {}
    problems: dict[str, list[Any]] = {}
    for name in TEXTS:
        value = getattr(request, name)
        try:
            texts[name] = clean_ticket_text(name, defaults[name] if value is None else value)
        except InvalidInput as error:
            problems.update(error.fields)
    if "subject" not in problems and not texts["subject"]:
        problems["subject"] = [_("Say in a few words what is wrong.")]
    if "description" not in problems and not texts["description"]:
        problems["description"] = [_("Describe what happens.")]
    if problems:
        raise InvalidInput(fields=problems)
    texts["contact_name"] = texts["contact_name"] or defaults["contact_name"]
    return texts


def _set_lay_classification(ticket: Ticket, request: Request, at: datetime) -> None:
    """The requester's own words on category, impact and urgency; staff confirm or correct them (M3.1-5)."""
    if request.impact and request.impact not in list(Impact):
        raise InvalidInput(fields={"impact": [_("Choose one of the answers.")]})
    if request.urgency and request.urgency not in list(Urgency):
        raise InvalidInput(fields={"urgency": [_("Choose one of the answers.")]})
    if request.category is not None and request.category.is_retired:
        raise InvalidInput(fields={"category": [_("This category is no longer used. Choose another one.")]})
    ticket.category = request.category
    ticket.impact, ticket.urgency = request.impact, request.urgency
    if ticket.impact and ticket.urgency:
        ticket.priority = effects.priority_for(ticket.impact, ticket.urgency)
    if request.category is not None:
        ticket.team = effects.route(request.category)
    if request.occurred_at is not None and request.occurred_at > at:
        raise InvalidInput(fields={"occurred_at": [_("This time is still to come.")]})


def _solve_now(ticket: Ticket, request: Request, resolution: dict[str, Any], *, actor: User, at: datetime) -> None:
    if not actor.can(Ability.WORK):
        raise NotAllowed(_("Only support staff can record a solution."))
    data = {**resolution, "category": request.category, "impact": request.impact, "urgency": request.urgency}
    missing = [name for name in (*CLASSIFICATION, *RESOLUTION) if not data.get(name)]
    if missing:
        raise InvalidInput(fields={name: [missing_field(name)] for name in missing})
    change = effects.Change(ticket=ticket, actor=actor, at=at, data=data)
    effects.set_classification(ticket, data)
    effects.set_acceptance(change)
    effects.set_resolution(change)
    ticket.is_first_contact_fix = True
    ticket.first_response_at = at
    ticket.status = Status.RESOLVED
