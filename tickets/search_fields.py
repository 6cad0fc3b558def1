"""The fields that a search for tickets knows (`status:open 负责人:我`), and the conditions they stand for.

Names and values are understood in both languages, whatever the reader's is. docs/search.md lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from assets.models import Asset
from helpdesk.accounts.models import Team, User
from helpdesk.accounts.models.user import UserQuerySet
from helpdesk.accounts.people import is_called, is_named
from helpdesk.common.periods import read_period
from helpdesk.common.search import normalise, parse_query
from helpdesk.common.search_query import Field
from helpdesk.common.search_table import SearchTable
from tickets import conditions
from tickets.choices import PRIORITY_LABELS, SLA_STATE_LABELS, STATUS_LABELS, Channel, WaitsFor
from tickets.models import Category, RequestKind, Ticket, TicketAsset, WaitingReason
from tickets.priority import Priority
from tickets.targets import State

TOKENS = SearchTable("tickets_ticketsearch", "ticket_id")
_WORDS = {
    "status": "status 状态",
    "assignee": "assignee 处理人",
    "requester": "requester from 申请人 提交人",
    "team": "team 团队 小组",
    "category": "category 分类 类别",
    "priority": "priority 优先级",
    "kind": "kind type 类型",
    "channel": "channel 渠道",
    "number": "number 编号 工单号",
    "created": "created 创建 提交时间",
    "updated": "updated changed 更新",
    "due": "due 到期 截止",
    "waiting": "waiting 等待",
    "device": "device host ip 设备 电脑",
    "is": "is 是",
}
FEW = 200
NAMES = {name: code for code, names in _WORDS.items() for name in names.split()}
ME, NOBODY = {"me", "我", "自己"}, {"none", "nobody", "无", "没有", "未分配"}
# Words for groups, beside the codes and labels of what they group.
_GROUPS = {
    "open": ("open", "未关闭", "未完成", "处理中的"),
    "workable": ("workable",),
    "done": ("done", "已完成", "完成"),
}


@dataclass(frozen=True)
class Asker:
    """Who searches, and when."""

    viewer: User
    at: datetime


@dataclass
class Reading:
    """The conditions of a query's fields, and sentences on what of them means nothing."""

    narrowed: list[Q]
    excluded: list[Q]
    problems: list[str]


def read_fields(fields: Iterable[Field], asker: Asker) -> Reading:
    """Alternatives of one field are joined, different fields narrow each other. A value that nobody has finds nothing."""
    reading = Reading([], [], [])
    alternatives: dict[str, list[Q]] = {}
    for field in fields:
        wanted = []
        if not field.values:
            reading.problems.append(_("Write a value behind “%(field)s:”.") % {"field": field.written})
        for value in field.values:
            condition, problem = _READERS[field.name](value, asker)
            reading.problems += [problem] if problem else []
            wanted.append(condition)
        either = reduce(or_, wanted, conditions.NOTHING)
        if field.is_excluded:
            reading.excluded.append(either)
        elif field.name in ("is", "created", "updated"):
            reading.narrowed.append(either)
        else:
            alternatives.setdefault(field.name, []).append(either)
    reading.narrowed += [reduce(or_, found) for found in alternatives.values()]
    return reading


Answer = tuple[Q, str]


def _nothing(problem: str) -> Answer:
    return conditions.NOTHING, problem


@lru_cache(maxsize=1)
def _labels() -> dict[str, dict[str, set[str]]]:
    """The codes of each list of choices by what they are called in both languages."""
    lists: dict[str, list[tuple[str, Any]]] = {
        "status": [(str(code), label) for code, label in STATUS_LABELS.items()],
        "priority": [(str(code), label) for code, label in PRIORITY_LABELS.items()],
        "channel": list(Channel.choices),
        "waits_for": list(WaitsFor.choices),
        "due": [(str(code), label) for code, label in SLA_STATE_LABELS.items()],
    }
    found: dict[str, dict[str, set[str]]] = {}
    for name, choices in lists.items():
        words = found.setdefault(name, {})
        for code, label in choices:
            words.setdefault(code.lower(), set()).add(code)
            for language in ("zh-hans", "en"):
                with override(language):
                    words.setdefault(normalise(str(label)), set()).add(code)
    for code, names in _GROUPS.items():
        for name in names:
            found["status"].setdefault(name, set()).add(code)
    return found


def _codes(choices: str, value: str) -> set[str]:
    """The codes that a value may mean: by its whole name, else by how names begin."""
    words = _labels()[choices]
    if value in words:
        return words[value]
    return set().union(*(codes for word, codes in words.items() if word.startswith(value)))


def _status(value: str, _asker: Asker) -> Answer:
    codes = _codes("status", value)
    if not codes:
        return _nothing(_("No status is called “%(value)s”.") % {"value": value})
    return conditions.has_status(codes), ""


def _person(role: str) -> Callable[[str, Asker], Answer]:
    def read(value: str, asker: Asker) -> Answer:
        if value in ME:
            return Q(**{role: asker.viewer}), ""
        if value in NOBODY:
            return Q(**{f"{role}__isnull": True}), ""
        people = _meant(value, asker.viewer)
        few = _few(people.filter(Exists(Ticket.objects.filter(**{role: OuterRef("pk")}))))
        # Others learn of colleagues by their own tickets only, so they aren't told whether there is such a person.
        if few == [] and asker.viewer.is_desk and not people.exists():
            return _nothing(_("Nobody is called “%(value)s”.") % {"value": value})
        return Q(Exists(people.filter(pk=OuterRef(role)))) if few is None else Q(**{f"{role}__in": few}), ""

    return read


def _few(rows: QuerySet[Any]) -> list[int] | None:
    """Their keys, by which the tickets of a few people or assets are fetched; in no order, or all of them would be read.

    None where they are many. These have many tickets, and databases would fetch and sort them all: tickets are walked
    through instead, and asked whose they are.
    """
    keys = list(rows.order_by().values_list("pk", flat=True)[: FEW + 1])
    return keys if len(keys) <= FEW else None


def _meant(value: str, viewer: User) -> UserQuerySet:
    """The people whom a value may mean: the one with this user name, else all who are called so."""
    exact = User.objects.filter(conditions.has_username(value, viewer))
    called = is_called(value)
    if not viewer.is_desk:
        called = is_named(value) | (called & Q(is_agent=False, is_admin=False))
    return exact if exact.exists() else User.objects.filter(called)


def _named(value: str) -> Q:
    return Q(name_zh__normal__icontains=value) | Q(name_en__normal__icontains=value)


def _team(value: str, asker: Asker) -> Answer:
    if value in NOBODY:
        return Q(team__isnull=True), ""
    found = list(Team.objects.filter(_named(value)).values_list("pk", flat=True))
    if not found and asker.viewer.is_desk:
        return _nothing(_("No team is called “%(value)s”.") % {"value": value})
    return Q(team__in=found), ""


def _category(value: str, _asker: Asker) -> Answer:
    if value in NOBODY:
        return Q(category__isnull=True), ""
    found = list(Category.objects.filter(code=value)) or list(Category.objects.filter(_named(value)))
    if not found:
        return _nothing(_("No category is called “%(value)s”.") % {"value": value})
    return conditions.in_branches(found), ""


def _priority(value: str, _asker: Asker) -> Answer:
    codes = _codes("priority", value)
    if not codes:
        return _nothing(_("No priority is called “%(value)s”. Write P1 to P4.") % {"value": value})
    return Q(priority__in=[Priority(code).value for code in codes]), ""


def _kind(value: str, _asker: Asker) -> Answer:
    found = list(RequestKind.objects.filter(Q(code=value) | _named(value)).values_list("pk", flat=True))
    if not found:
        return _nothing(_("No kind of request is called “%(value)s”.") % {"value": value})
    return Q(kind__in=found), ""


def _channel(value: str, _asker: Asker) -> Answer:
    codes = _codes("channel", value)
    if not codes:
        return _nothing(_("No channel is called “%(value)s”.") % {"value": value})
    return Q(channel__in=sorted(codes)), ""


def _number(value: str, _asker: Asker) -> Answer:
    number = value.lstrip("#")
    if not number:
        return _nothing(_("“%(value)s” is no number of a ticket.") % {"value": value})
    return Q(number__in={number, number.upper()}), ""


def _period(name: str) -> Callable[[str, Asker], Answer]:
    def read(value: str, asker: Asker) -> Answer:
        zone = timezone.get_current_timezone()
        period = read_period(value, asker.at.astimezone(zone).date())
        if period is None:
            problem = _("“%(value)s” is no date. Write 2026-11, 2026-11-01, >2026-11-01, today or 7d.")
            return _nothing(problem % {"value": value})
        start, end = (datetime.combine(day, time(), zone) for day in period)
        return Q(**{f"{name}__gte": start, f"{name}__lt": end}), ""

    return read


def _due(value: str, asker: Asker) -> Answer:
    states = _codes("due", value)
    if value == "soon":
        states = {State.SOON, State.CRITICAL}
    if not states:
        return _period("next_due_at")(value, asker)
    return conditions.stands_on_clock(states, asker.at), ""


def _waiting(value: str, _asker: Asker) -> Answer:
    reasons = Q(code=value) | _named(value) | Q(waits_for__in=sorted(_codes("waits_for", value)))
    found = list(WaitingReason.objects.filter(reasons).values_list("pk", flat=True))
    if not found:
        return _nothing(_("No reason to wait is called “%(value)s”.") % {"value": value})
    return Q(status="waiting", waiting_reason__in=found), ""


def _device(value: str, asker: Asker) -> Answer:
    """What was said, and which assets are named. The index finds the few tickets that mention it."""
    terms = parse_query(value)
    if not terms:
        return _nothing(_("“%(value)s” is no computer name, address or asset tag.") % {"value": value})
    said = Q(device_hostname__normal__istartswith=value) | Q(device_ip__istartswith=value)
    # Tags are shown to whoever reads a ticket, all else of other people's devices to the desk alone.
    columns = ("tag", "hostname__normal", "serial__normal", "ip") if asker.viewer.is_desk else ("tag",)
    assets = Asset.objects.filter(reduce(or_, (Q(**{f"{column}__istartswith": value}) for column in columns)))
    linked = TicketAsset.objects.order_by()
    few = _few(assets.filter(Exists(linked.filter(asset=OuterRef("pk")))))
    if few is None:
        return said | Q(Exists(assets.filter(ticket_links__ticket=OuterRef("pk")))), ""
    heard = Ticket.objects.filter(said, pk__in=TOKENS.matching(terms, with_internal=False, using="default"))
    # One list of keys: with `OR` PostgreSQL looks at every ticket.
    return Q(pk__in=heard.values("pk").union(linked.filter(asset__in=few).values("ticket"))), ""


def _is(value: str, asker: Asker) -> Answer:
    facts = {
        "mine": Q(assignee=asker.viewer),
        "unassigned": Q(assignee__isnull=True),
        "escalated": conditions.IS_ESCALATED,
        "offered": conditions.IS_OFFERED,
        "confidential": Q(is_confidential=True),
        "late": conditions.is_late(asker.at),
        "open": conditions.has_status(["open"]),
        "done": conditions.has_status(["done"]),
        "reopened": Q(reopen_count__gt=0),
        "archived": Q(archived_at__isnull=False),
    }
    code = _IS_IN_CHINESE.get(value, value)
    if code not in facts:
        known = "、".join(_IS_IN_CHINESE) if (get_language() or "").startswith("zh") else ", ".join(facts)
        return _nothing(
            _("“is:%(value)s” means nothing here. Known are: %(known)s.") % {"value": value, "known": known}
        )
    return facts[code], ""


_IS_IN_CHINESE = {
    "我的": "mine",
    "未分配": "unassigned",
    "已升级": "escalated",
    "待接手": "offered",
    "保密": "confidential",
    "超时": "late",
    "未关闭": "open",
    "已完成": "done",
    "重新打开": "reopened",
    "已归档": "archived",
}
_READERS: dict[str, Callable[[str, Asker], Answer]] = {
    "status": _status,
    "assignee": _person("assignee"),
    "requester": _person("requester"),
    "team": _team,
    "category": _category,
    "priority": _priority,
    "kind": _kind,
    "channel": _channel,
    "number": _number,
    "created": _period("created_at"),
    "updated": _period("updated_at"),
    "due": _due,
    "waiting": _waiting,
    "device": _device,
    "is": _is,
}
