"""The form in which demo tickets are told: a request and the acts that follow, with their times."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKEND = (5, 6)
AGO = "ago "
LATELY = timedelta(hours=5)


@dataclass(frozen=True)
class Act:
    """One act of a story. `when` is "9:05" (same day as the act before) or "+2 9:05" (two working days on).

    "ago 0:25" counts back from the instant the data is seen from, for what would else be over by then; at most
    `LATELY`, so that it comes after everything told by the clock.
    """

    when: str
    what: str
    by: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A demo ticket. `day` counts working days back from the seeding day, `when` is the time of submission.

    `impact` and `urgency` are the requester's own words; `key` lets a later story follow this one up.
    """

    day: int
    when: str
    who: str
    subject: str
    description: str
    category: str
    impact: str = "person"
    urgency: str = "slowed"
    kind: str = "incident"
    channel: str = "portal"
    by: str = ""
    key: str = ""
    follows: str = ""
    error: str = ""
    steps: str = ""
    host: str = ""
    ip: str = ""
    files: tuple[str, ...] = ()
    solved: dict[str, str] | None = None
    unsorted: bool = False
    acts: tuple[Act, ...] = ()


def classify(when: str, by: str, **data: str) -> Act:
    """Staff confirm the requester's category, impact and urgency, or correct what `data` names; a `team` gets the ticket."""
    return Act(when, "classify", by, data)


def accept(when: str, by: str) -> Act:
    return Act(when, "accept", by)


def assign(when: str, by: str, *, team: str = "", to: str = "", reason: str = "") -> Act:
    return Act(when, "assign", by, {"team": team, "assignee": to, "reason": reason})


def say(when: str, by: str, text: str, *files: str) -> Act:
    """A public message."""
    return Act(when, "say", by, {"text": text, "files": files})


def note(when: str, by: str, text: str, *files: str) -> Act:
    """An internal note."""
    return Act(when, "note", by, {"text": text, "files": files})


def wait(when: str, by: str, reason: str, until: str, text: str = "") -> Act:
    """Wait for somebody until "+3 9:00" (working days from now); with `text` the requester is told."""
    return Act(when, "wait", by, {"waiting_reason": reason, "until": until, "text": text})


def resume(when: str, by: str) -> Act:
    return Act(when, "resume", by)


def resolve(
    when: str, by: str, cause: str, solution: str, advice: str, verification: str, outcome: str = "solved"
) -> Act:
    return Act(when, "resolve", by, fix(cause, solution, advice, verification, outcome))


def fix(cause: str, solution: str, advice: str, verification: str, outcome: str = "solved") -> dict[str, str]:
    """The five parts of a resolution (M3.3.4)."""
    return {"outcome": outcome, "cause": cause, "solution": solution, "advice": advice, "verification": verification}


def confirm(when: str, by: str, reason: str = "") -> Act:
    return Act(when, "confirm", by, {"reason": reason})


def reject(when: str, by: str, reason: str) -> Act:
    return Act(when, "reject", by, {"reason": reason})


def reopen(when: str, by: str, reason: str) -> Act:
    return Act(when, "reopen", by, {"reason": reason})


def withdraw(when: str, by: str, reason: str) -> Act:
    return Act(when, "withdraw", by, {"reason": reason})


def archive(when: str, by: str) -> Act:
    return Act(when, "archive", by)


def watch(when: str, by: str, who: str) -> Act:
    return Act(when, "watch", by, {"who": who})


def edit(when: str, by: str, **data: str) -> Act:
    return Act(when, "edit", by, data)


def escalate(when: str, by: str, reason_code: str, teams: tuple[str, ...] = (), **parts: str) -> Act:
    """Hand the ticket on with its six required parts, with `workaround` and `evidence` if there is more to say, and with
    all of its files. Each of the `teams` gets a task."""
    return Act(when, "escalate", by, {"reason_code": reason_code, "teams": teams, **parts})


def take_over(when: str, by: str) -> Act:
    """Accept what was offered."""
    return Act(when, "take_over", by)


def send_back(when: str, by: str, reason: str) -> Act:
    return Act(when, "send_back", by, {"reason": reason})


def end_task(when: str, by: str, result: str) -> Act:
    """The open task of the speaker's team is done."""
    return Act(when, "end_task", by, {"result": result})


def declare(when: str, by: str, *, commander: str, speaker: str, **said: str) -> Act:
    """The ticket becomes a major incident; `said` are its titles, its reason and the first public words."""
    return Act(when, "declare", by, {"commander": commander, "communication_lead": speaker, **said})


def link(when: str, by: str, *keys: str) -> Act:
    """The stories with these keys suffer from the incident."""
    return Act(when, "link", by, {"keys": keys})


def update(when: str, by: str, text_zh: str, text_en: str, expected: str = "") -> Act:
    """A word about the incident to everybody, with the hours and minutes until it is expected to be over."""
    return Act(when, "update", by, {"text_zh": text_zh, "text_en": text_en, "expected": expected})


def settle(when: str, by: str) -> Act:
    """The incident is over; its solution is offered to all linked tickets."""
    return Act(when, "settle", by)


def review(when: str, by: str, *actions: tuple[str, str, int], **texts: str) -> Act:
    """What was learnt from the incident; each action with its owner and the days until it is due."""
    return Act(when, "review", by, {"actions": actions, **texts})


def rate(when: str, by: str, rating: int | None, *reasons: str, words: str = "") -> Act:
    """How the service was; None passes."""
    return Act(when, "rate", by, {"rating": rating, "reasons": reasons, "words": words})


def new_time(when: str, by: str, reason_code: str, proposed_at: str, words: str, meanwhile: str = "") -> Act:
    """Propose a new time instead of what was promised; like "+1 14:00", from the day of the act on."""
    told = {"reason_code": reason_code, "proposed_at": proposed_at, "words": words, "meanwhile": meanwhile}
    return Act(when, "new_time", by, told)


def work_window(when: str, by: str, starts_at: str, ends_at: str, words: str, affected: str = "") -> Act:
    """Propose a time to work on it."""
    return Act(
        when, "work_window", by, {"starts_at": starts_at, "ends_at": ends_at, "words": words, "affected": affected}
    )


def agree(when: str, by: str) -> Act:
    """The requester accepts the proposed work window."""
    return Act(when, "agree", by)


def ask_steps(when: str, by: str, until: str, words: str, *steps: str) -> Act:
    """Ask the requester to do something, step by step."""
    return Act(when, "ask_steps", by, {"until": until, "words": words, "steps": steps})


def confide(when: str, by: str, reason: str) -> Act:
    """From here on only the people on the ticket and its team may know of it."""
    return Act(when, "confide", by, {"reason": reason})


def alarm(when: str, by: str, suspicion: str) -> Act:
    """The ticket becomes a security incident."""
    return Act(when, "alarm", by, {"suspicion": suspicion})


def tick(when: str, by: str, code: str, words: str) -> Act:
    """A step of its checklist is done."""
    return Act(when, "tick", by, {"code": code, "words": words})


def secure(when: str, by: str, file: str, what: str, found_where: str) -> Act:
    """A file is kept as evidence."""
    return Act(when, "secure", by, {"file": file, "what": what, "found_where": found_where})


def pass_on(when: str, by: str, to: str, purpose: str) -> Act:
    """All evidence goes to somebody else."""
    return Act(when, "pass_on", by, {"to": to, "purpose": purpose})


def ask_vendor(when: str, by: str, vendor: str, subject: str, question: str, chase: str, reference: str = "") -> Act:
    """Open a case with a vendor, to be chased "+2 10:00"."""
    told = {"vendor": vendor, "subject": subject, "question": question, "chase": chase, "reference": reference}
    return Act(when, "ask_vendor", by, told)


def write_vendor(when: str, by: str, text: str, *fields: str) -> Act:
    """A mail to the vendor of the ticket's latest case; these fields of the ticket go along."""
    return Act(when, "write_vendor", by, {"text": text, "fields": fields})


def vendor_says(when: str, by: str, text: str) -> Act:
    """What the vendor said on the phone."""
    return Act(when, "vendor_says", by, {"text": text})


def vendor_promises(when: str, by: str, until: str) -> Act:
    return Act(when, "vendor_promises", by, {"until": until})


def close_vendor(when: str, by: str, words: str) -> Act:
    return Act(when, "close_vendor", by, {"words": words})


def working_day(start: datetime, count: int) -> datetime:
    """The midnight that lies `count` working days after `start` (before it, if negative)."""
    day, step = start, timedelta(days=1 if count > 0 else -1)
    for _number in range(abs(count)):
        day += step
        while day.weekday() in WEEKEND:
            day += step
    return day


def later(day: datetime, when: str) -> tuple[datetime, datetime]:
    """The (midnight, instant) that `when` means after an act on `day`."""
    plus, _space, clock = when.rpartition(" ")
    day = working_day(day, int(plus)) if plus else day
    hour, minute = clock.split(":")
    return day, datetime.combine(day.date(), time(int(hour), int(minute)), tzinfo=day.tzinfo)


def moment(day: datetime, when: str, *, today: datetime, at: datetime) -> tuple[datetime, datetime]:
    """As `later`, for data seen from `at`: by the clock until `today` begins, from then on only what is `ago`."""
    if when.startswith(AGO):
        back = span(when.removeprefix(AGO))
        if back > LATELY:
            raise ValueError(f"{when} is longer ago than {LATELY}")
        return day, (at - back).replace(second=0, microsecond=0)
    day, instant = later(day, when)
    if instant > today:
        raise ValueError(f"{when} is in the future")
    return day, instant


def span(text: str) -> timedelta:
    """Hours and minutes, as in "1:20"."""
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def midnight(at: datetime, zone: str) -> datetime:
    """The start of the local day of `at`."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
