"""What the desk may touch on a ticket right now, in one sentence: the strip above the composer (ux decision 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import when_text
from helpdesk.common.text import set_apart
from tickets.chain import text_digest
from tickets.choices import CONSENT_ITEM_LABELS
from tickets.consent import Item, not_covered
from tickets.models import Consent, DiagnosisStep, Ticket


@dataclass(frozen=True)
class Guard:
    """`state` is none, pending, allowed, partly, refused or over; it and `text` change with the requester's word.

    `asked` is the question that waits for an answer, where that is what keeps the desk from going on.
    """

    state: str
    text: str
    asked: int | None = None

    @property
    def key(self) -> str:
        """Tells one strip from another, so that an open page can ask whether it has changed."""
        return text_digest(self.text)[:12]


def guard_of(ticket: Ticket, at: datetime) -> Guard:
    """What may be touched now. At most three queries: consents, their items, and the planned steps."""
    consents = list(Consent.objects.filter(ticket=ticket).prefetch_related("items"))
    state, text = _said(ticket, consents, at)
    waiting = [consent.pk for consent in consents if consent.is_open] if state == "pending" else []
    return Guard(state, set_apart(text), max(waiting, default=None))


def _said(ticket: Ticket, consents: list[Consent], at: datetime) -> tuple[str, str]:
    planned = DiagnosisStep.objects.filter(ticket=ticket, state=DiagnosisStep.State.PLANNED, touch_count__gt=0)
    touched = {code for touches in planned.values_list("touches", flat=True) for code in touches}
    in_force = [consent for consent in consents if consent.is_in_force(at)]
    allowed = {code for consent in in_force for code in consent.allowed}
    pending = {item.code for consent in consents if consent.is_open for item in consent.items.all()}
    wanted = not_covered(touched | pending, allowed)
    name = ticket.requester.get_full_name()
    if wanted:
        if set(wanted) & pending:
            text = _("Waiting for %(name)s's answer, so do not touch yet: %(items)s.")
            return "pending", text % {"name": name, "items": words(wanted)}
        text = _("Not allowed by %(name)s, so do not touch: %(items)s.")
        return _last_state(consents), text % {"name": name, "items": words(wanted)}
    if allowed:
        until = min(consent.valid_until_at for consent in in_force if consent.allowed and consent.valid_until_at)
        text = _("%(name)s allows: %(items)s. It ends by itself %(until)s.")
        return "allowed", text % {"name": name, "items": words(allowed), "until": when_text(until)}
    state = _last_state(consents)
    return state, _NOTHING[state]() % {"name": name}


def _last_state(consents: Iterable[Consent]) -> str:
    """What became of the latest request; `none` where nobody has asked."""
    latest = max(consents, key=lambda consent: consent.pk, default=None)
    if latest is None or latest.state == Consent.State.CANCELLED:
        return "none"
    if latest.state == Consent.State.LAPSED or latest.is_refused or latest.withdrawn_at is not None:
        return "refused"
    return "over"


_NOTHING = {
    "none": lambda: _("Nothing is allowed yet: do not touch the files, mail, settings or device of %(name)s."),
    "refused": lambda: _("%(name)s has not allowed it: do not touch their files, mail, settings or device."),
    "over": lambda: _("What %(name)s allowed has run out: do not touch their files, mail, settings or device."),
}


def words(codes: Iterable[str]) -> str:
    """The items in words, in their usual order."""
    chosen = set(codes)
    return _(", ").join(str(CONSENT_ITEM_LABELS[item]) for item in Item if item in chosen)
