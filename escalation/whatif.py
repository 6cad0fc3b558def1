"""What other terms would have meant for tickets of the past: their steps played again, and counted. Pure.

Two sides are held against the same tickets, a draft and the terms in force. A ticket counts once for each target: as missed
if any of its rounds was over time. Lengths are counted in whole minutes, from a thousand on in three digits, so that a
tally stays small however many tickets it holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from escalation import segments
from escalation.business_time import MICROSECOND
from escalation.keeping import ASKED_ANEW, Clock, Step, advance
from escalation.ruler import Ruler
from escalation.segments import Segments
from tickets.targets import State, Target

WORST_KEPT = 60  # more than are shown, because not everybody may see every ticket
DIGITS = 1000
_A_MINUTE = 60_000_000
MET, MISSED, LATE, RUNNING = State.MET.value, State.MISSED.value, State.LATE.value, State.ON_TRACK.value
OVER_TIME = (MISSED, LATE)


@dataclass(frozen=True)
class Terms:
    """What a version promises, as far as it decides who was in time."""

    targets: Mapping[Target, timedelta]
    pauses: Mapping[Target, frozenset[str]]
    ruler: Ruler


@dataclass(frozen=True, order=True)
class Overrun:
    """A target that was missed: by how much working time, and what had been used of it, in microseconds."""

    over: int
    used: int
    ticket_id: int
    target: str


@dataclass
class Tally:
    """Tickets by target, priority and outcome; how often rounds that ended had used so many minutes; and how many
    tickets were over time with any target."""

    outcomes: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    used: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    breached: int = 0

    def add(self, target: str, priority: str, outcome: str, lengths: Iterable[int]) -> None:
        counts = self.outcomes.setdefault(target, {}).setdefault(priority, {})
        counts[outcome] = counts.get(outcome, 0) + 1
        used = self.used[target]
        for minutes in lengths:
            used[minutes] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "breached": self.breached,
            "outcomes": self.outcomes,
            "used": {target: sorted(counts.items()) for target, counts in self.used.items() if counts},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Tally:
        tally = cls(dict(told.get("outcomes", {})), breached=told.get("breached", 0))
        for target, counts in told.get("used", {}).items():
            tally.used[target] = Counter(dict(counts))
        return tally


class _Played(NamedTuple):
    """The rounds of a target; the working time used in each, in microseconds; and the minutes of those that ended."""

    rounds: list[Segments]
    used: list[int]
    lengths: list[int]


@dataclass(frozen=True)
class _Question:
    """A target as one pair of sides counts it, with what each of those asking promises."""

    target: Target
    pauses: frozenset[str]
    ruler: Ruler
    askers: list[tuple[int, timedelta]]


@dataclass
class Trial:
    """A draft and the terms in force (None where a policy has none yet), held against tickets until `at`."""

    draft: Terms
    in_force: Terms | None
    at: datetime
    tallies: tuple[Tally, Tally] = field(default_factory=lambda: (Tally(), Tally()))
    worst: list[Overrun] = field(default_factory=list)
    tickets: int = 0

    def __post_init__(self) -> None:
        self._questions = self._asked()

    def _asked(self) -> list[_Question]:
        """What is to be played for each ticket: where both sides count alike, once for both."""
        found: dict[Any, _Question] = {}
        for place, terms in enumerate((self.draft, self.in_force)):
            if terms is None:
                continue
            for target, promised in terms.targets.items():
                pauses = terms.pauses.get(target, frozenset())
                question = _Question(target, pauses, terms.ruler, [])
                found.setdefault((target, pauses, id(terms.ruler)), question).askers.append((place, promised))
        return list(found.values())

    def take(self, ticket_id: int, priority: str, steps: Sequence[Step]) -> None:
        """Count one more ticket."""
        self.tickets += 1
        breached = set()
        for question in self._questions:
            played = _play(steps, question, self.at)
            if not played.rounds:
                continue
            for place, promised in question.askers:
                outcome = _outcome(played, promised, question.ruler, self.at)
                self.tallies[place].add(question.target.value, priority, outcome, played.lengths)
                if outcome in OVER_TIME:
                    breached.add(place)
                    if place == 0:
                        self._remember(ticket_id, question.target, promised, max(played.used))
        for place in breached:
            self.tallies[place].breached += 1

    def _remember(self, ticket_id: int, target: Target, promised: timedelta, used: int) -> None:
        overrun = Overrun(used - promised // MICROSECOND, used, ticket_id, target.value)
        if len(self.worst) < WORST_KEPT:
            heappush(self.worst, overrun)
        else:
            heappushpop(self.worst, overrun)

    def as_json(self) -> dict[str, Any]:
        return {
            "tickets": self.tickets,
            "draft": self.tallies[0].as_json(),
            "in_force": self.tallies[1].as_json(),
            "worst": [[one.over, one.used, one.ticket_id, one.target] for one in sorted(self.worst, reverse=True)],
        }

    def go_on_from(self, told: Mapping[str, Any]) -> None:
        """Take up what another worker has counted."""
        self.tickets = told.get("tickets", 0)
        self.tallies = (Tally.from_json(told.get("draft", {})), Tally.from_json(told.get("in_force", {})))
        # In ascending order a list is a heap.
        self.worst = sorted(Overrun(*row) for row in told.get("worst", []))


def _play(steps: Iterable[Step], question: _Question, at: datetime) -> _Played:
    chains = rounds(steps, question.target, question.pauses)
    used = [_used(chain, question.ruler, at) for chain in chains]
    lengths = [
        rounded(amount // _A_MINUTE) for chain, amount in zip(chains, used, strict=True) if segments.is_stopped(chain)
    ]
    return _Played(chains, used, lengths)


def rounds(steps: Iterable[Step], target: Target, pauses: frozenset[str]) -> list[Segments]:
    """What the clock of a target had counted: one chain, and of what is asked for anew each time one more."""
    clock: Clock | None = None
    ended: list[Segments] = []
    is_asked_anew = target in ASKED_ANEW
    for step in steps:
        is_paused = step.standing.waiting_reason in pauses
        after = advance(clock, target, step.standing, step.at, is_paused=is_paused)
        if is_asked_anew and clock is not None and after is not None and after.round > clock.round:
            before = clock.segments
            ended.append(before if segments.is_stopped(before) else segments.stop(before, step.at))
        clock = after
    return [*ended, clock.segments] if clock is not None else []


def _used(chain: Segments, ruler: Ruler, at: datetime) -> int:
    return sum(ruler.between(one.begins, one.ends or at) for one in chain if one.is_running)


def _outcome(played: _Played, promised: timedelta, ruler: Ruler, at: datetime) -> str:
    over = [_is_over(chain, used, promised, ruler, at) for chain, used in zip(played.rounds, played.used, strict=True)]
    has_ended = segments.is_stopped(played.rounds[-1])
    if over[-1] and not has_ended:
        return LATE
    if any(over):
        return MISSED
    return MET if has_ended else RUNNING


def _is_over(chain: Segments, used: int, promised: timedelta, ruler: Ruler, at: datetime) -> bool:
    """True if the target was used up before the end. One that is used up exactly may have been so since closing time."""
    allowed = promised // MICROSECOND
    if used != allowed:
        return used > allowed
    due_at = segments.due(chain, ruler.calendar, promised)
    return due_at is not None and due_at < (chain[-1].ends or at)


def rounded(minutes: int) -> int:
    """The minutes in three digits, the rest dropped."""
    step = 1
    while minutes // step >= DIGITS:
        step *= 10
    return minutes // step * step


def percentile(lengths: Mapping[int, int], percent: int) -> int | None:
    """The minutes within which so many per cent ended; None where nothing has ended."""
    left = -(-sum(lengths.values()) * percent // 100)
    for minutes in sorted(lengths):
        left -= lengths[minutes]
        if left <= 0:
            return minutes
    return None
