"""What was agreed and with whom, in a dossier: promised times, work windows, requests for action, vendors, ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.models import User
from tickets.dossier_shapes import Line, Part, person, told
from tickets.models import (
    ActionRequest,
    PromisedTime,
    Survey,
    Ticket,
    TimeProposal,
    VendorCase,
    WorkaroundReview,
    WorkWindow,
)
from tickets.models.asking import Asking

_ASKED = ("state", "asked_at", "answer_by_at", "ended_at", "via", "answer_words")


def _values(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {"id": row.pk, **{name: getattr(row, name) for name in names}}


def _asked(row: Asking, *names: str) -> dict[str, Any]:
    """A question with its answer, as data."""
    people = {name: person(getattr(row, name)) for name in ("asked_by", "answered_by", "recorded_by")}
    return {**_values(row, (*_ASKED, *names)), **people}


def _answered(row: Asking) -> list[tuple[Any, Any]]:
    """The same of it in words, for every kind."""
    return [
        (_("Asked by"), row.asked_by),
        (_("Asked at"), row.asked_at),
        (_("State"), row.get_state_display()),
        (_("Answered by"), row.answered_by),
        (_("Answered at"), row.ended_at),
        (_("Words of the answer"), row.answer_words),
    ]


def _promises(ticket: Ticket, viewer: User) -> Iterator[Line]:
    for row in PromisedTime.objects.visible_to(viewer).filter(ticket=ticket).select_related("made_by").order_by("pk"):
        yield Line(
            str(row.get_origin_display()),
            {**_values(row, ("promised_at", "made_at", "origin", "passed_at")), "made_by": person(row.made_by)},
            told((_("Promised time"), row.promised_at), (_("Promised on"), row.made_at), (_("By"), row.made_by)),
        )


def _proposals(ticket: Ticket, viewer: User) -> Iterator[Line]:
    for row in _questions(TimeProposal, ticket, viewer):
        yield Line(
            str(row.get_reason_code_display()),
            _asked(row, "promised_at", "proposed_at", "reason_code", "words", "meanwhile", "is_accepted", "counter_at"),
            told(
                (_("Promised so far"), row.promised_at),
                (_("Proposed time"), row.proposed_at),
                (_("In words"), row.words),
                (_("Meanwhile"), row.meanwhile),
                *_answered(row),
                (_("The user's own suggestion"), row.counter_at),
            ),
        )


def _windows(ticket: Ticket, viewer: User) -> Iterator[Line]:
    for row in _questions(WorkWindow, ticket, viewer):
        yield Line(
            str(row.get_state_display()),
            _asked(row, "starts_at", "ends_at", "words", "affected", "is_accepted", "wished_at"),
            told(
                (_("From"), row.starts_at),
                (_("Until"), row.ends_at),
                (_("What happens"), row.words),
                (_("What is affected"), row.affected),
                *_answered(row),
                (_("Better time"), row.wished_at),
            ),
        )


def _actions(ticket: Ticket, viewer: User) -> Iterator[Line]:
    for row in _questions(ActionRequest, ticket, viewer).prefetch_related("steps"):
        steps = [_values(step, ("position", "words", "is_done")) for step in row.steps.all()]
        yield Line(
            str(row.get_state_display()),
            {**_asked(row, "words", "is_done", "reminders_sent"), "steps": steps},
            told(
                (_("What it is for"), row.words),
                (_("Steps"), [step["words"] for step in steps]),
                *_answered(row),
            ),
        )


def _questions(model: Any, ticket: Ticket, viewer: User) -> Any:
    people = ("asked_by", "answered_by", "recorded_by")
    return model.objects.visible_to(viewer).filter(ticket=ticket).select_related(*people).order_by("pk")


_CASE = (
    *("subject", "question", "severity", "reference", "state", "opened_at", "promised_at", "next_chase_at"),
    *("visit_from_at", "visit_until_at", "cost_amount", "cost_note", "outcome", "closing_words", "closed_at"),
)


def _vendor_cases(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = (
        VendorCase.objects.visible_to(viewer).filter(ticket=ticket).select_related("vendor", "opened_by", "closed_by")
    )
    for row in rows.prefetch_related("messages__author", "messages__disclosures").order_by("pk"):
        messages = [_vendor_message(message) for message in row.messages.all()]
        yield Line(
            row.vendor.name,
            {
                **_values(row, _CASE),
                "vendor": {"id": row.vendor_id, "name_zh": row.vendor.name_zh, "name_en": row.vendor.name_en},
                "opened_by": person(row.opened_by),
                "closed_by": person(row.closed_by),
                "messages": messages,
            },
            told(
                (_("Subject"), row.subject),
                (_("What the vendor is asked"), row.question),
                (_("Their number"), row.reference),
                (_("Opened by"), row.opened_by),
                (_("Opened at"), row.opened_at),
                (_("Promised by the vendor"), row.promised_at),
                (_("Messages"), [message["body"] for message in messages]),
                (_("What came of it"), row.closing_words),
                (_("Closed"), row.closed_at),
            ),
        )


def _vendor_message(message: Any) -> dict[str, Any]:
    disclosed = [_values(row, ("field", "is_personal", "attachment_id")) for row in message.disclosures.all()]
    return {
        **_values(message, ("direction", "channel", "address", "body", "is_automatic", "created_at")),
        "author": person(message.author),
        "disclosed": disclosed,
    }


def _surveys(ticket: Ticket, viewer: User) -> Iterator[Line]:
    for row in Survey.objects.visible_to(viewer).filter(ticket=ticket).select_related("answered_by", "follow_up"):
        follow_up = row.follow_up.number if row.follow_up is not None else None
        yield Line(
            str(row.get_state_display()),
            {**_asked(row, "rating", "reasons"), "follow_up": follow_up},
            told(
                (_("Rating"), row.rating),
                (_("Words of the answer"), row.answer_words),
                (_("Answered at"), row.ended_at),
                (_("Follow-up"), follow_up),
            ),
        )


def _reviews(ticket: Ticket, viewer: User) -> Iterator[Line]:
    rows = WorkaroundReview.objects.visible_to(viewer).filter(ticket=ticket).select_related("owner", "follow_up")
    for row in rows:
        follow_up = row.follow_up.number if row.follow_up is not None else None
        yield Line(
            row.owner.get_full_name(),
            {**_values(row, ("review_at", "due_at")), "owner": person(row.owner), "follow_up": follow_up},
            told((_("Looked at again"), row.review_at), (_("Follow-up"), follow_up)),
        )


PARTS = (
    Part("promises", gettext_lazy("Promised times to the requester"), _promises),
    Part("new_times", gettext_lazy("Proposed times"), _proposals),
    Part("windows", gettext_lazy("Work windows"), _windows),
    Part("actions", gettext_lazy("Requests for action"), _actions),
    Part("vendor_cases", gettext_lazy("Vendor cases"), _vendor_cases),
    Part("surveys", gettext_lazy("Ratings"), _surveys),
    Part("workarounds", gettext_lazy("Reviews of workarounds"), _reviews),
)
