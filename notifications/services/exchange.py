"""One attempt to reach another system: what passed, and what it means for the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from helpdesk.common.net import Answer, EgressError
from helpdesk.common.text import storable
from notifications.models.destination import ANSWER_LENGTH
from notifications.services.outcomes import Refused, Unanswered, Undelivered

LONGEST_PAUSE = timedelta(hours=24)
GONE, TOO_MANY, UNAVAILABLE = 410, 429, 503


@dataclass(frozen=True)
class Exchange:
    """`status` and `answer` are the other side's; without them `error` says why. What isn't text is shown as such."""

    seconds: float
    status: int | None = None
    answer: str = ""
    error: str = ""


def exchange_of(answer: Answer) -> Exchange:
    text = answer.body[:ANSWER_LENGTH].decode("utf-8", "replace")
    return Exchange(seconds=answer.seconds, status=answer.status, answer=storable(text))


def failed_exchange(error: EgressError) -> Exchange:
    return Exchange(seconds=error.seconds, error=storable(str(error))[:300])


def refuse_failure(answer: Answer, *, at: datetime) -> None:
    """Return only for a success. Raises Undelivered, or Refused where the address is gone for good."""
    if answer.is_success:
        return
    if answer.status == GONE:
        raise Refused("410")
    raise Undelivered(str(answer.status), retry_after=_retry_after(answer, at))


def failure_of(error: EgressError, *, is_shown_twice: bool) -> Undelivered:
    """`is_shown_twice`: repeating what has arrived already would be seen."""
    kind = Unanswered if is_shown_twice and error.may_have_arrived else Undelivered
    return kind(str(error))


def _retry_after(answer: Answer, at: datetime) -> timedelta | None:
    """How long the other side wants to be left alone; it says so in seconds, or as an instant."""
    if answer.status not in (TOO_MANY, UNAVAILABLE):
        return None
    said = answer.headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        wait = timedelta(seconds=int(said[:6]))
    else:
        try:
            until = parsedate_to_datetime(said)
        except (TypeError, ValueError):
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    return min(max(wait, timedelta(0)), LONGEST_PAUSE)
