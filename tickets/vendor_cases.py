"""Reading vendor cases: one with all that its page shows, a person's list, and what may leave as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from helpdesk.accounts.models import User
from helpdesk.common.errors import NotVisible
from helpdesk.common.models import OutboxMessage
from tickets.disclosure import LABELS, filled_fields
from tickets.models import Attachment, VendorCase, VendorDisclosure, VendorMessage
from tickets.models.vendor_case import VendorCaseQuerySet
from tickets.services.vendors.speaking import event_key_of

SHOWN = ("vendor__liaison", "vendor__deputy", "contract", "contact", "ticket__requester", "ticket__assignee")


@dataclass(frozen=True)
class LogLine:
    """A message with what went along and, for a mail of ours, how far it has come (a state of the outbox)."""

    message: VendorMessage
    disclosures: Sequence[VendorDisclosure]
    files: Sequence[Attachment]
    sending: str = ""


def get_case(*, case_id: int, viewer: User) -> VendorCase:
    """Raises NotVisible."""
    rows = VendorCase.objects.visible_to(viewer).select_related(*SHOWN, "ticket__team", "ticket__waiting_reason")
    case = rows.filter(pk=case_id).first()
    if case is None:
        raise NotVisible
    return case


def log_of(case: VendorCase, viewer: User) -> list[LogLine]:
    """What was said, newest first."""
    messages = list(
        VendorMessage.objects.visible_to(viewer)
        .filter(case=case)
        .select_related("author", "mail")
        .prefetch_related(
            Prefetch("disclosures", VendorDisclosure.objects.select_related("attachment")),
            Prefetch("files", Attachment.objects.order_by("pk")),
        )
        .order_by("-pk")
    )
    keys = [event_key_of(message) for message in messages if message.is_sent_mail]
    states = dict(OutboxMessage.objects.filter(event_key__in=keys).values_list("event_key", "state"))
    return [
        LogLine(
            message,
            list(message.disclosures.all()),
            list(message.files.all()),
            states.get(event_key_of(message), ""),
        )
        for message in messages
    ]


def held_back(case: VendorCase, lines: Sequence[LogLine], viewer: User) -> list[str]:
    """What of the ticket the vendor doesn't have, in words: details first, then files."""
    gone = [item for line in lines for item in line.disclosures]
    fields = {item.field for item in gone}
    files = {item.attachment.pk for item in gone if item.attachment is not None}
    kept = [str(LABELS[field]) for field in filled_fields(case.ticket) if field not in fields]
    mine = Attachment.objects.visible_to(viewer).filter(ticket=case.ticket).exclude(pk__in=files)
    theirs = {file.pk for line in lines for file in line.files}
    return [*kept, *(file.name for file in mine.order_by("pk") if file.pk not in theirs)]


def cases_of(viewer: User, *, which: str) -> VendorCaseQuerySet:
    """`mine`: open ones with whose vendor the viewer speaks; `open`: all of them; `closed`. What is due first stands first."""
    rows = VendorCase.objects.visible_to(viewer).select_related("vendor__liaison", "ticket")
    if which == "closed":
        return rows.filter(state=VendorCase.State.CLOSED).order_by("-closed_at", "-pk")
    rows = rows.open().order_by("next_chase_at", "pk")
    return rows.spoken_by(viewer) if which == "mine" else rows


def overdue_count(viewer: User, at: datetime) -> int:
    """How many cases of the viewer's vendors are to be chased."""
    return VendorCase.objects.visible_to(viewer).open().spoken_by(viewer).filter(next_chase_at__lte=at).count()
