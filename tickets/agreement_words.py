"""What happened between the desk and the requester, in whole sentences for the desk, and the words they may name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from tickets.choices import CONSENT_ITEM_LABELS, FINDING_LABELS, STEP_KIND_LABELS, Act
from tickets.consent import Item
from tickets.diagnosis import Finding, StepKind
from tickets.keeping_words import TELLERS as KEEPING
from tickets.models import TicketEvent
from tickets.promise_words import TELLERS as PROMISE_TELLERS
from tickets.promise_words import promise_words
from tickets.register_words import TELLERS as REGISTER
from tickets.register_words import register_words
from tickets.secrecy_words import TELLERS as SECRECY_TELLERS
from tickets.survey_words import rating_text, reasons_text
from tickets.vendor_words import TELLERS as VENDOR_TELLERS
from tickets.vendor_words import vendor_words


def agreement_words(event: TicketEvent, titles: Mapping[int, str] | None = None) -> dict[str, str]:
    """Words for the codes that such an event holds, in the active language; empty for what it doesn't. `titles` are those
    of articles that the reader may read."""
    data = event.data
    kind, finding = data.get("kind", ""), data.get("finding", "")
    return {
        "items": _items(data.get("items", ())),
        "allowed": _items(data.get("allowed", ())),
        "refused": _items(data.get("refused", ())),
        "step": str(STEP_KIND_LABELS[StepKind(kind)]) if kind in set(StepKind) else "",
        "finding": str(FINDING_LABELS[Finding(finding)]) if finding else "",
        "scope": _items([data["scope"]]) if data.get("scope") in set(Item) else "",
        "rating": rating_text(data["rating"]) if event.code == Act.SURVEY_ANSWERED else "",
        "why_low": reasons_text(data["reasons"]) if event.code == Act.SURVEY_ANSWERED else "",
        **promise_words(event),
        **vendor_words(event),
        **register_words(event, titles or {}),
    }


def _items(codes: Iterable[str]) -> str:
    return _(", ").join(str(CONSENT_ITEM_LABELS[Item(code)]) for code in codes)


def _consent_answered(event: TicketEvent) -> str:
    if event.data.get("is_spoken"):
        if not event.data["allowed"]:
            return _("%(actor)s wrote down that the requester allows nothing.")
        return _("%(actor)s wrote down what the requester allowed by word of mouth: %(allowed)s.")
    if not event.data["allowed"]:
        return _("%(actor)s allowed nothing of it.")
    if event.data["refused"]:
        return _("%(actor)s allowed: %(allowed)s. Refused: %(refused)s.")
    return _("%(actor)s allowed: %(allowed)s.")


def _consent_withdrawn(event: TicketEvent) -> str:
    if event.data.get("is_objection"):
        return _("%(actor)s objects to the recorded consent; nothing of it is allowed any more: %(allowed)s.")
    return _("%(actor)s took the consent back: %(allowed)s.")


def _session_ended(event: TicketEvent) -> str:
    if event.actor_id is None:
        return _("The consent has run out; the remote session ended by itself.")
    return _("%(actor)s told what was done in the remote session.")


def _survey_answered(event: TicketEvent) -> str:
    if event.data["rating"] is None:
        return _("%(actor)s did not want to rate the service.")
    if event.data["reasons"]:
        return _("%(actor)s rated the service: %(rating)s. %(why_low)s")
    return _("%(actor)s rated the service: %(rating)s.")


def _low_rating(event: TicketEvent) -> str:
    if "assignee_id" in event.data.get("changes", {}):
        return _("It was opened because of a low rating and is with %(person)s, who leads the team.")
    return _("It was opened because of a low rating.")


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.STEP_PLANNED.value: lambda event: _("%(actor)s planned a diagnosis step (%(step)s)."),
    Act.STEP_DONE.value: lambda event: _("%(actor)s took a diagnosis step (%(step)s): %(finding)s."),
    Act.STEP_DROPPED.value: lambda event: _("%(actor)s dropped a diagnosis step (%(step)s)."),
    Act.CONSENT_ASKED.value: lambda event: _("%(actor)s asked for consent: %(items)s."),
    Act.CONSENT_REMINDED.value: lambda event: _("%(actor)s reminded the requester of the request for consent."),
    Act.CONSENT_ANSWERED.value: _consent_answered,
    Act.CONSENT_LAPSED.value: lambda event: _("Nobody answered the request for consent; it counts as refused."),
    Act.CONSENT_CANCELLED.value: lambda event: _("%(actor)s took the request for consent back."),
    Act.CONSENT_WITHDRAWN.value: _consent_withdrawn,
    Act.SESSION_STARTED.value: lambda event: _("%(actor)s started a remote session (%(scope)s)."),
    Act.SESSION_ENDED.value: _session_ended,
    Act.SURVEY_ANSWERED.value: _survey_answered,
    Act.LOW_RATING.value: _low_rating,
    **PROMISE_TELLERS,
    **SECRECY_TELLERS,
    **KEEPING,
    **REGISTER,
    **VENDOR_TELLERS,
}
