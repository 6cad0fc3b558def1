"""What a version of a policy says, and what it changed, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from escalation.keeping import ESCALATING, PAUSABLE
from escalation.models import SlaPolicyVersion
from tickets.choices import TARGET_LABELS
from tickets.targets import Target


def working_time_text(minutes: int) -> str:
    """A length of working time: `30m`, `8h`, `40h 30m`. Never in days, which have their own number of working hours."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)dm") % {"minutes": rest}
    return (_("%(hours)dh %(minutes)dm") if rest else _("%(hours)dh")) % {"hours": hours, "minutes": rest}


def changes_of(before: SlaPolicyVersion, after: SlaPolicyVersion, reasons: Mapping[str, str]) -> list[str]:
    """What is otherwise in the later of two versions, as sentences. `reasons` names waiting reasons by their codes."""
    return [
        *_calendar(before, after),
        *_targets(before, after),
        *_pauses(before, after, reasons),
        *_thresholds(before, after),
        *_escalation(before, after),
    ]


def _calendar(before: SlaPolicyVersion, after: SlaPolicyVersion) -> Iterator[str]:
    if before.calendar_id != after.calendar_id:
        yield _("Calendar: %(after)s instead of %(before)s.") % {"after": after.calendar, "before": before.calendar}


def _targets(before: SlaPolicyVersion, after: SlaPolicyVersion) -> Iterator[str]:
    yield from _numbers(
        Target,
        before.targets,
        after.targets,
        working_time_text,
        added=_("“%(target)s” is new: %(after)s."),
        changed=_("“%(target)s”: %(after)s instead of %(before)s."),
        removed=_("“%(target)s” is no longer promised; it was %(before)s."),
    )


def _pauses(before: SlaPolicyVersion, after: SlaPolicyVersion, reasons: Mapping[str, str]) -> Iterator[str]:
    def names(codes: Iterable[str]) -> str:
        return pgettext("between names", ", ").join(reasons.get(code, code) for code in sorted(codes))

    for target in PAUSABLE:
        was, now = set(before.pauses.get(target, ())), set(after.pauses.get(target, ()))
        if now - was:
            text = _("“%(target)s” now also stands still while waiting for: %(reasons)s.")
            yield text % {"target": TARGET_LABELS[target], "reasons": names(now - was)}
        if was - now:
            text = _("“%(target)s” no longer stands still while waiting for: %(reasons)s.")
            yield text % {"target": TARGET_LABELS[target], "reasons": names(was - now)}


def _thresholds(before: SlaPolicyVersion, after: SlaPolicyVersion) -> Iterator[str]:
    if before.thresholds != after.thresholds:
        text = _("Tells at per cent: %(after)s; before: %(before)s.")
        yield text % {"after": _list(after.thresholds), "before": _list(before.thresholds)}


def _escalation(before: SlaPolicyVersion, after: SlaPolicyVersion) -> Iterator[str]:
    yield from _numbers(
        ESCALATING,
        before.escalate_at,
        after.escalate_at,
        str,
        added=_("“%(target)s” now escalates at %(after)s per cent."),
        changed=_("“%(target)s” escalates at %(after)s per cent instead of %(before)s."),
        removed=_("“%(target)s” no longer escalates; it did at %(before)s per cent."),
    )


def _list(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "–"


def _numbers(
    targets: Iterable[Target],
    before: Mapping[str, int],
    after: Mapping[str, int],
    words: Callable[[int], str],
    *,
    added: str,
    changed: str,
    removed: str,
) -> Iterator[str]:
    """One sentence for each target whose number is otherwise."""
    for target in targets:
        was, now = before.get(target), after.get(target)
        if was == now:
            continue
        sentence = added if was is None else removed if now is None else changed
        yield sentence % {
            "target": TARGET_LABELS[target],
            "before": words(was) if was is not None else "",
            "after": words(now) if now is not None else "",
        }
