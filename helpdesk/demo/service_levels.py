"""What the demo organisation promises, and the way up when it can't keep that: calendars, policies, rules, paths."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from escalation.actions import Action
from escalation.alarm import BREACH
from escalation.models import BusinessCalendar, EscalationLevel, EscalationPath, SlaPolicy, SlaRule
from escalation.services.calendars import save_calendar
from escalation.services.paths import save_path
from escalation.services.policies import Terms, publish, save_rule
from helpdesk.accounts.models import RequesterGroup, User
from helpdesk.accounts.services.groups import save_group
from helpdesk.demo.cast import Cast
from tickets.models import Category
from tickets.targets import Target

LONG_AGO = timedelta(days=730)  # before the oldest demo ticket
HOUR = 60  # minutes
OFFICE, ALWAYS = "office", "always"
CALENDARS = {
    OFFICE: ("工作时间（9:00–18:00）", "Office hours (9:00–18:00)", "CN", [["09:00-18:00"]] * 5 + [[], []]),
    ALWAYS: ("全天候", "Around the clock", "", [["00:00-24:00"]] * 7),
}
# While somebody else has to move, the time to solve stands still. Urgent tickets wait for nobody but the user.
USUAL_PAUSES = ["approval", "parts", "scheduled", "user", "vendor"]


@dataclass(frozen=True)
class Promise:
    """A policy for one priority; targets in minutes of working time."""

    priority: str
    name_zh: str
    name_en: str
    calendar: str
    targets: dict[Target, int]
    pauses: list[str]
    escalating: tuple[str, ...] = ()


PROMISES = (
    Promise(
        "P1",
        "紧急服务",
        "Urgent service",
        ALWAYS,
        {
            Target.RESPONSE: 15,
            Target.UPDATE: HOUR,
            Target.RESOLUTION: 4 * HOUR,
            Target.CONFIRMATION: 72 * HOUR,
        },
        ["user"],
        (Target.RESPONSE.value, Target.RESOLUTION.value),
    ),
    Promise(
        "P2",
        "优先服务",
        "Priority service",
        OFFICE,
        {Target.RESPONSE: HOUR, Target.RESOLUTION: 18 * HOUR},
        USUAL_PAUSES,
    ),
    Promise(
        "P3",
        "标准服务",
        "Standard service",
        OFFICE,
        {Target.RESPONSE: 9 * HOUR, Target.RESOLUTION: 45 * HOUR},
        USUAL_PAUSES,
    ),
    Promise(
        "P4",
        "一般服务",
        "Basic service",
        OFFICE,
        {Target.RESPONSE: 18 * HOUR, Target.RESOLUTION: 90 * HOUR},
        USUAL_PAUSES,
    ),
)

EXECUTIVES = ("fangwei", "linke")
EXECUTIVES_GET = "P2"


@dataclass(frozen=True)
class Stage:
    """One level of a demo path: team, responsible person, deputy, minutes to accept."""

    team: str
    responsible: str
    deputy: str
    minutes: int
    calendar: str = OFFICE
    actions: tuple[Action, ...] = (Action.NOTIFY, Action.OFFER)
    handling: int | None = None


@dataclass(frozen=True)
class Way:
    name_zh: str
    name_en: str
    stages: tuple[Stage, ...]
    priority: str = ""
    category: str = ""


WAYS = (
    Way(
        "紧急工单",
        "Urgent tickets",
        (
            Stage("applications", "agent2", "liaison", 15, ALWAYS, handling=2 * HOUR),
            Stage("first_line", "lead", "luoyi", 15, ALWAYS),
        ),
        priority="P1",
    ),
    Way(
        "网络问题",
        "Network problems",
        (
            Stage("network", "luoyi", "tangbo", HOUR),
            Stage("first_line", "lead", "agent2", 2 * HOUR),
        ),
        category="network",
    ),
    Way(
        "其他工单",
        "All other tickets",
        (
            Stage("applications", "agent2", "liaison", 2 * HOUR),
            Stage("first_line", "lead", "luoyi", 4 * HOUR),
        ),
    ),
)


@transaction.atomic
def establish(*, cast: Cast, at: datetime) -> None:
    """Set up what is promised and the way up, each only where nothing of it is there yet."""
    since, admin = at - LONG_AGO, cast["admin"]
    calendars = _calendars(admin)
    if not SlaPolicy.objects.exists():
        _policies(cast, calendars, since)
    if not EscalationPath.objects.exists():
        _paths(cast, calendars, admin, since)


def _calendars(admin: User) -> dict[str, BusinessCalendar]:
    """The two calendars; where there are some already, the first of them stands for both."""
    present = BusinessCalendar.objects.filter(is_retired=False).first()
    if present is not None:
        return dict.fromkeys(CALENDARS, present)
    made = {}
    for code, (name_zh, name_en, country, hours) in CALENDARS.items():
        calendar = BusinessCalendar(
            name_zh=name_zh, name_en=name_en, timezone="Asia/Shanghai", country=country, hours=hours
        )
        made[code] = save_calendar(calendar=calendar, actor=admin)
    return made


def _policies(cast: Cast, calendars: dict[str, BusinessCalendar], since: datetime) -> None:
    admin = cast["admin"]
    for place, told in enumerate(PROMISES, 1):
        policy = SlaPolicy(name_zh=told.name_zh, name_en=told.name_en)
        terms = Terms(
            calendar=calendars[told.calendar],
            targets={target.value: minutes for target, minutes in told.targets.items()},
            pauses={Target.RESOLUTION.value: told.pauses},
            escalate_at=dict.fromkeys(told.escalating, BREACH),
        )
        publish(policy=policy, terms=terms, actor=admin, at=since)
        if not SlaRule.objects.filter(priority=told.priority).exists():
            save_rule(rule=SlaRule(position=place * 10, priority=told.priority, policy=policy), actor=admin)
        if told.priority == EXECUTIVES_GET:
            board = _executives(cast)
            save_rule(rule=SlaRule(position=place * 10 - 5, requester_group=board, policy=policy), actor=admin)


def _executives(cast: Cast) -> RequesterGroup:
    """Whatever they report is treated with some priority."""
    group = RequesterGroup(name_zh="管理层", name_en="Executives")
    return save_group(group=group, members=[cast[name] for name in EXECUTIVES], actor=cast["admin"])


def _paths(cast: Cast, calendars: dict[str, BusinessCalendar], admin: User, since: datetime) -> None:
    for place, way in enumerate(WAYS, 1):
        path = EscalationPath(
            name_zh=way.name_zh,
            name_en=way.name_en,
            position=place * 10,
            priority=way.priority,
            category=Category.objects.get(code=way.category) if way.category else None,
        )
        levels = [
            EscalationLevel(
                number=number,
                team=cast.teams[stage.team],
                responsible=cast[stage.responsible],
                deputy=cast[stage.deputy],
                acceptance_minutes=stage.minutes,
                handling_minutes=stage.handling,
                calendar=calendars[stage.calendar],
                actions=[action.value for action in stage.actions],
            )
            for number, stage in enumerate(way.stages, 1)
        ]
        save_path(path=path, levels=levels, actor=admin, at=since)
