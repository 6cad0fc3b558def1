"""Speaking with a vendor: mails by its liaison, and contacts that somebody writes down (M3.4-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from helpdesk.common.idempotency import fingerprint, once
from helpdesk.common.outbox import Letter, enqueue_letter
from tickets.choices import Act as ActCode
from tickets.models import VendorCase, VendorMessage
from tickets.policies import can_write_to_vendor
from tickets.services.recording import snapshot
from tickets.services.vendors.case_rows import (
    date_problems,
    open_case_for_change,
    required_words,
    set_chase_at,
    tell,
)
from tickets.services.vendors.cases import wait_on
from tickets.services.vendors.disclosing import Chosen, disclose, found_files

# What outgoing mails to vendors are about, in the outbox.
SUBJECT_TYPE = TOPIC = "vendor_case"
Direction, Channel = VendorMessage.Direction, VendorMessage.Channel


@dataclass(frozen=True)
class Word:
    """What is said, what goes along with it, and when to look after it again (else as planned)."""

    body: str
    chosen: Chosen = Chosen()
    next_chase_at: datetime | None = None


@transaction.atomic
def send_to_vendor(*, case_id: int, word: Word, actor: User, at: datetime) -> VendorMessage:
    """Mail the vendor: the text and what was chosen to go along, nothing else of the ticket.

    Raises NotVisible, NotAllowed for anybody but liaison and deputy, Conflict (`case_closed`, `no_address`, `archived`)
    or InvalidInput.
    """
    case = open_case_for_change(case_id=case_id, actor=actor)
    if not can_write_to_vendor(actor, case.vendor):
        raise NotAllowed(_("Only the liaison of this vendor and the deputy write to it."))
    if not case.address:
        raise Conflict(
            _("We have no e-mail address of this vendor. Call, or use their portal, and write it down here."),
            code="no_address",
        )
    before = snapshot(case.ticket)
    message = _add(case, word, Direction.OUT, Channel.EMAIL, actor, at, address=case.address)
    letter = Letter(TOPIC, destination_of(case), {"message": message.pk})
    enqueue_letter(letter, event_key=event_key_of(message), subject_type=SUBJECT_TYPE, subject_id=case.pk, at=at)
    _tell(case, message, ActCode.VENDOR_WRITTEN, actor, at, before)
    return message


def send_to_vendor_once(*, key: str, case_id: int, word: Word, actor: User, at: datetime) -> int:
    """`send_to_vendor` from a form: sent twice under one key it goes out once. Returns the message's id.

    Raises what `send_to_vendor` raises, and Unprocessable when another text was sent under this key.
    """

    def act() -> tuple[int, int]:
        return 201, send_to_vendor(case_id=case_id, word=word, actor=actor, at=at).pk

    facts = {
        "case": case_id,
        "body": word.body,
        "fields": sorted(word.chosen.fields),
        "files": sorted(word.chosen.files),
    }
    answer = once(user_id=actor.pk, key=f"vendor-message:{key}", request_hash=fingerprint(facts), at=at, act=act)
    return int(answer.body)


@transaction.atomic
def log_contact(*, case_id: int, word: Word, direction: str, channel: str, actor: User, at: datetime) -> VendorMessage:
    """Write down what was said on the phone, in their portal, on a visit. By whoever follows the case.

    Raises NotVisible, NotAllowed, Conflict (`case_closed`, `archived`) or InvalidInput.
    """
    case = open_case_for_change(case_id=case_id, actor=actor)
    ways = (("direction", direction, Direction.values), ("channel", channel, Channel.values))
    errors = {name: [_("Choose one of the answers.")] for name, value, known in ways if value not in known}
    if direction == Direction.IN and (word.chosen.fields or word.chosen.files):
        errors["direction"] = [_("Something of the ticket goes along only with what we say.")]
    if errors:
        raise InvalidInput(fields=errors)
    before = snapshot(case.ticket)
    message = _add(case, word, direction, channel, actor, at)
    is_answer = direction == Direction.IN
    _tell(case, message, ActCode.VENDOR_ANSWERED if is_answer else ActCode.VENDOR_CONTACTED, actor, at, before)
    return message


def destination_of(case: VendorCase) -> str:
    """What stands in the outbox in place of a person."""
    return f"vendor-case/{case.pk}"


def event_key_of(message: VendorMessage) -> str:
    return f"vendor-message-{message.pk}"


def _add(
    case: VendorCase, word: Word, direction: str, channel: str, actor: User, at: datetime, *, address: str = ""
) -> VendorMessage:
    """The new row with what goes along. Whose turn it is, and when to look after it, follow from it."""
    errors: dict[str, list[str]] = date_problems("next_chase_at", word.next_chase_at, at)
    text, files = "", []
    try:
        text = required_words(word.body, field="body", problem=_("Write something first."))
    except InvalidInput as error:
        errors |= error.sentences()
    try:
        files = found_files(case.ticket, word.chosen, actor)
    except InvalidInput as error:
        errors |= error.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    message = VendorMessage.objects.create(
        case=case, direction=direction, channel=channel, author=actor, address=address, body=text, created_at=at
    )
    disclose(message, case.ticket, word.chosen, files)
    case.turn = VendorCase.Turn.VENDOR if direction == Direction.OUT else VendorCase.Turn.US
    set_chase_at(case, word.next_chase_at)
    return message


def _tell(
    case: VendorCase, message: VendorMessage, code: str, actor: User, at: datetime, before: dict[str, Any]
) -> None:
    items = list(message.disclosures.all())
    facts = {"way": message.channel, "disclosed": len(items), "has_personal": any(item.is_personal for item in items)}
    is_public = code == ActCode.VENDOR_ANSWERED
    tell(case, code, actor=actor, at=at, before=before, message=message, is_public=is_public, facts=facts)
    wait_on(case, actor, at)
