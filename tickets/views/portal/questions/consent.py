"""May we? Answering a request for consent, and taking a consent back (M3.3.2-2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.errors import InvalidInput, NotVisible
from tickets.models import Consent, Ticket
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.consents import answer_consent, withdraw_consent
from tickets.services.signed_links import Link
from tickets.views.portal.questions.base import Asked, AskingQuestion, Text


def _mine(link: Link) -> Consent:
    rows = Consent.objects.visible_to(link.person).filter(pk=link.pk, ticket__requester=link.person)
    row = rows.select_related("ticket", "asked_by", "recorded_by").prefetch_related("items").first()
    if row is None:
        raise NotVisible
    return row


class ConsentQuestion(AskingQuestion):
    model = Consent
    kind = "consent"
    title = gettext_lazy("Do you allow this?")
    template = "portal/questions/_consent.html"
    icon = "shield"
    parts = ("items",)

    def heading(self, row: Consent) -> Text:
        return _("%(name)s asks for your permission") % {"name": row.asked_by.get_full_name()}

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        is_nothing = typed.get("answer") != "allow"
        allowed = [] if is_nothing else typed.getlist("allowed")
        if not is_nothing and not allowed:
            raise InvalidInput(fields={"allowed": [_("Choose what you allow, or allow nothing.")]})
        answer = Answer(link.person, via, at, typed.get("words", ""))
        row = answer_consent(consent_id=asked.row.pk, allowed=allowed, answer=answer)
        if row.is_refused:
            return _("You allowed nothing. We go on with your ticket in another way.")
        return _(
            "Thank you. You can take this back at any time, on the page of the ticket or by the mail that you get now."
        )


class WithdrawalQuestion:
    kind = "withdraw"
    title = gettext_lazy("Take back what you allowed?")
    template = "portal/questions/_withdrawal.html"
    icon = "shield"

    def waiting(self, ticket: Ticket) -> Sequence[Consent]:
        return ()

    def heading(self, row: Consent) -> Text:
        return self.title

    def find(self, link: Link) -> Asked:
        row = _mine(link)
        if not row.is_in_force(timezone.now()) or row.is_refused:
            raise NotVisible
        return Asked(row.ticket, row)

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        withdraw_consent(consent_id=asked.row.pk, answer=Answer(link.person, via, at, typed.get("words", "")))
        return _("It is taken back. Nobody may do this any more; a remote session has ended.")
