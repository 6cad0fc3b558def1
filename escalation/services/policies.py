"""Writes to policies and their rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from escalation.alarm import BREACH
from escalation.keeping import ESCALATING, PAUSABLE
from escalation.models import BusinessCalendar, SlaPolicy, SlaPolicyVersion, SlaRule
from escalation.policy_rules import never_reached
from escalation.selectors import sorts_of
from escalation.services.revision import begin_new_revision
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.locking import lock_row
from tickets.targets import Target

LONGEST_TARGET = 366 * 24 * 60  # minutes
MOST_THRESHOLDS = 8
HIGHEST_THRESHOLD = 1000  # per cent


@dataclass(frozen=True)
class Terms:
    """What a version promises: minutes by target, waiting reasons by target, and thresholds in per cent."""

    calendar: BusinessCalendar
    targets: dict[str, int]
    pauses: dict[str, list[str]] = field(default_factory=dict)
    thresholds: list[int] = field(default_factory=lambda: [50, 75, 90, BREACH])
    escalate_at: dict[str, int] = field(default_factory=dict)


def refuse_bad_terms(terms: Terms) -> None:
    """Raise InvalidInput naming what can't be: a target of nothing, a threshold that comes after a breach nobody notices."""
    problems: dict[str, list[str]] = {}
    for target, minutes in terms.targets.items():
        if target not in list(Target):
            problems[target] = [_("There is no such target.")]
        elif not 1 <= minutes <= LONGEST_TARGET:
            problems[target] = [_("A target is at least one minute and at most a year.")]
    if not terms.targets:
        problems["targets"] = [_("A policy promises at least one time.")]
    thresholds = terms.thresholds
    if len(set(thresholds)) > MOST_THRESHOLDS or not all(1 <= percent <= HIGHEST_THRESHOLD for percent in thresholds):
        problems["thresholds"] = [_("Give at most 8 thresholds between 1 and 1000 per cent.")]
    elif any(percent > BREACH for percent in thresholds) and BREACH not in thresholds:
        problems["thresholds"] = [_("A threshold over 100 needs 100 itself: first the breach, then what follows.")]
    problems.update(_escalation_problems(terms))
    if terms.calendar.is_retired:
        problems["calendar"] = [_("This calendar is no longer used. Choose another one.")]
    if problems:
        raise InvalidInput(fields=problems)


def _escalation_problems(terms: Terms) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    for target, percent in terms.escalate_at.items():
        if target not in ESCALATING:
            problems["escalate_at"] = [_("Only what support has to do escalates a ticket.")]
        elif not 1 <= percent <= HIGHEST_THRESHOLD:
            problems[f"escalate_{target}"] = [_("Give a part between 1 and 1000 per cent.")]
        elif target not in terms.targets:
            problems[f"escalate_{target}"] = [_("There is no such target that could be used up.")]
    return problems


@transaction.atomic
def publish(*, policy: SlaPolicy, terms: Terms, actor: User, at: datetime, reason: str = "") -> SlaPolicyVersion:
    """Store the policy with a new version in force; nothing new leaves the present one. Raises InvalidInput."""
    refuse_bad_terms(terms)
    policy._history_user = actor  # type: ignore[attr-defined]
    policy._change_reason = reason  # type: ignore[attr-defined]
    policy.save()
    lock_row(SlaPolicy.objects.all(), pk=policy.pk)
    facts = {
        "calendar": terms.calendar,
        "targets": {target.value: terms.targets[target] for target in Target if terms.targets.get(target)},
        "pauses": {target.value: sorted(terms.pauses[target]) for target in PAUSABLE if terms.pauses.get(target)},
        "thresholds": sorted(set(terms.thresholds)),
        "escalate_at": {
            target.value: terms.escalate_at[target] for target in ESCALATING if target in terms.escalate_at
        },
    }
    current = policy.current
    if current is not None and all(getattr(current, name) == value for name, value in facts.items()):
        return current
    number = current.number + 1 if current is not None else 1
    version = SlaPolicyVersion.objects.create(
        policy=policy, number=number, reason=reason, published_at=at, published_by=actor, **facts
    )
    begin_new_revision()
    return version


@transaction.atomic
def retire_policy(*, policy: SlaPolicy, is_retired: bool, actor: User, reason: str = "") -> None:
    """No longer offer a policy to rules, or offer it again. Raises InvalidInput while a rule gives it."""
    if is_retired and policy.rules.exists():
        raise InvalidInput(fields={"policy": [_("Rules still give this policy. Change them first.")]})
    policy.is_retired = is_retired
    policy._history_user = actor  # type: ignore[attr-defined]
    policy._change_reason = reason  # type: ignore[attr-defined]
    policy.save()


@transaction.atomic
def save_rule(*, rule: SlaRule, actor: User, reason: str = "") -> SlaRule:
    """Store a rule. Raises InvalidInput if it could never fit, or if another one no longer could."""
    refuse_unreachable(rule)
    rule._history_user = actor  # type: ignore[attr-defined]
    rule._change_reason = reason  # type: ignore[attr-defined]
    rule.save()
    begin_new_revision()
    return rule


@transaction.atomic
def delete_rule(*, rule: SlaRule, actor: User, reason: str = "") -> None:
    """Take a rule away; its tickets get what the rules behind it give."""
    rule._history_user = actor  # type: ignore[attr-defined]
    rule._change_reason = reason  # type: ignore[attr-defined]
    rule.delete()
    begin_new_revision()


def _place(rule: SlaRule) -> tuple[int, float]:
    """A rule that is new stands behind the others of its position, as it will once it has an id."""
    return rule.position, rule.pk or float("inf")


def refuse_unreachable(rule: SlaRule) -> None:
    """Raise InvalidInput if, with this rule as it stands now, some rule takes all tickets of a later one."""
    others = SlaRule.objects.select_related(*SlaRule.RELATED).exclude(pk=rule.pk)
    rules = sorted([*others, rule], key=_place)
    found = never_reached(sorts_of(rules))
    if not found:
        return
    later, before = found[0]
    message = _("“%(later)s” would never be reached: “%(before)s” stands before it and takes all of its tickets.")
    raise InvalidInput(fields={"position": [message % {"later": rules[later], "before": rules[before]}]})
