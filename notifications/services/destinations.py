"""Writes to webhooks and chat channels: administrators only. What is secret is shown once, by who made it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from helpdesk.accounts.models import User
from helpdesk.common import net
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.models import OutboxMessage
from helpdesk.common.net import EgressError
from helpdesk.common.outbox import Parcel, enqueue_parcels
from helpdesk.common.text import clean_text
from notifications import chat_programs
from notifications.chat_programs import UnknownAddress
from notifications.models import ChatChannel, Delivery, Destination, WebhookEndpoint
from notifications.models.destination import NAME_LENGTH, URL_LENGTH
from notifications.policies import can_set_destinations
from notifications.services.settling import TRIED_FOR
from notifications.services.webhooks import TEST
from tickets.choices import EVENT_CODES

State = OutboxMessage.State

SUBJECT_TYPE = "destination"  # of tests, which tell of no ticket
SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)
SETTLED = (State.SENT, State.SKIPPED, State.DEAD, State.UNCERTAIN)
NAME_TAKEN = gettext_noop("Another one has this name already.")
_REFUSALS: dict[str, Any] = {
    "bad_url": gettext_lazy("This is no address of a web server."),
    "scheme": gettext_lazy("The address has to begin with https:// or http://."),
    "user_info": gettext_lazy("There may be no user name or password in the address."),
    "host": gettext_lazy("Write the host as a name or a plain IP address."),
    "port": gettext_lazy("Only the ports 80, 443, 8080 and 8443 may be used, and those that EGRESS_ALLOW names."),
    "not_public": gettext_lazy("This address isn't public. What is inside the house has to be named by EGRESS_ALLOW."),
    "unresolvable": gettext_lazy("This host can't be found."),
    "timeout": gettext_lazy("This host can't be found in time."),
}


def refuse_bad_webhook(endpoint: WebhookEndpoint) -> None:
    """Tidy what was entered. Raises InvalidInput naming the fields; the address is looked at where it is new."""
    _clean(endpoint)
    endpoint.url = clean_text(endpoint.url, field="url", max_length=URL_LENGTH, multiline=False)
    if _is_new_url(endpoint):
        _refuse_address(endpoint.url)


def save_webhook(*, endpoint: WebhookEndpoint, actor: User, at: datetime, reason: str = "") -> str:
    """Store a webhook. Returns the key of a new one, to be shown this once; else nothing.

    Raises NotAllowed, and InvalidInput naming the fields.
    """
    _refuse_others(actor)
    refuse_bad_webhook(endpoint)
    is_new_url = _is_new_url(endpoint)
    secret = ""
    if not endpoint.secret:
        secret = endpoint.secret = _new_secret()
    _save(endpoint, actor, at, reason)
    if is_new_url:
        _close_circuit(endpoint)
    return secret


def _is_new_url(endpoint: WebhookEndpoint) -> bool:
    return not WebhookEndpoint.objects.filter(pk=endpoint.pk, url=endpoint.url).exists()


def rotate_secret(*, endpoint: WebhookEndpoint, actor: User, at: datetime) -> str:
    """Give a webhook a new key, to be shown this once. Both keys sign for a day. Raises NotAllowed."""
    _refuse_others(actor)
    with transaction.atomic():
        row = lock_row(WebhookEndpoint.objects.all(), pk=endpoint.pk)
        row.previous_secret, row.previous_secret_until = row.secret, at + OVERLAP
        row.secret = _new_secret()
        _save(row, actor, at, "new key")
    return row.secret


def refuse_bad_channel(channel: ChatChannel, address: str) -> None:
    """Take an address over into the form that is kept; an empty one leaves the present. Raises InvalidInput."""
    _clean(channel)
    if (channel.team is None) == (channel.person is None):
        raise InvalidInput(fields={"team": [_("Choose a team or a person, one of the two.")]})
    address = clean_text(address, field="address", max_length=URL_LENGTH, multiline=False)
    if not address:
        if not channel.url:
            raise InvalidInput(fields={"address": [_("Paste the address that the chat program gives for its bot.")]})
        return
    try:
        program, channel.url = chat_programs.read_address(address)
        chat_programs.check_address(address)
    except UnknownAddress:
        names = ", ".join(program.label for program in chat_programs.PROGRAMS)
        text = _("This is no address of a bot of: %(names)s.") % {"names": names}
        raise InvalidInput(fields={"address": [text]}) from None
    except EgressError as error:
        raise _refusal("address", error) from error
    channel.service = program.code


def save_channel(*, channel: ChatChannel, address: str, actor: User, at: datetime, reason: str = "") -> None:
    """Store a chat channel; an empty address leaves the one it has. Raises NotAllowed, InvalidInput."""
    _refuse_others(actor)
    refuse_bad_channel(channel, address)
    _save(channel, actor, at, reason)
    if address:
        _close_circuit(channel)


@transaction.atomic
def set_retired(*, destination: Destination, is_retired: bool, actor: User, at: datetime) -> None:
    """Tell it nothing more, or of everything from now on. Raises NotAllowed."""
    _refuse_others(actor)
    row = lock_row(type(destination)._default_manager.all(), pk=destination.pk)
    row.is_retired = is_retired
    _save(row, actor, at, "")


@transaction.atomic
def send_test(*, destination: Destination, actor: User, at: datetime) -> UUID:
    """Send a message that tells of nothing, at once, even where the circuit is open. Returns its id. Raises NotAllowed."""
    _refuse_others(actor)
    _close_circuit(destination)
    key = f"test-{uuid4()}"
    parcel = Parcel(TEST, destination.channel, destination.key, give_up_at=at)
    enqueue_parcels([parcel], event_key=key, subject_type=SUBJECT_TYPE, subject_id=destination.pk, at=at)
    return OutboxMessage.objects.values_list("uuid", flat=True).get(event_key=key)


@transaction.atomic
def replay(*, destination: Destination, event_id: UUID, actor: User, at: datetime) -> None:
    """Send a settled message of this destination again, under the same id. Raises NotAllowed, NotVisible, Conflict."""
    _refuse_others(actor)
    message = OutboxMessage.objects.filter(uuid=event_id, destination=destination.key).first()
    if message is None:
        raise NotVisible
    if destination.is_retired:
        raise Conflict(_("It is retired. Restore it first."), code="retired")
    settled = OutboxMessage.objects.filter(pk=message.pk, state__in=SETTLED, next_attempt_at=None)
    if not settled.update(
        state=State.PENDING, attempts=0, doubts=0, next_attempt_at=at, give_up_at=at + TRIED_FOR, last_error=""
    ):
        raise Conflict(_("It is still being tried."), code="not_settled")


def forget_deliveries(*, before: datetime) -> int:
    """Drop the lines of the log that are older. Returns how many."""
    count, _by_model = Delivery.objects.filter(tried_at__lt=before).delete()
    return count


def _refuse_others(actor: User) -> None:
    if not can_set_destinations(actor):
        raise NotAllowed


def _clean(destination: Destination) -> None:
    destination.name = clean_text(destination.name, field="name", max_length=NAME_LENGTH, multiline=False)
    problems: dict[str, list[str]] = {}
    if not destination.name:
        problems["name"] = [_("Give it a name.")]
    elif type(destination)._default_manager.filter(name=destination.name).exclude(pk=destination.pk).exists():
        problems["name"] = [_(NAME_TAKEN)]
    if not isinstance(destination.codes, list) or not set(destination.codes) <= set(EVENT_CODES):
        problems["codes"] = [_("There is no such act.")]
    if problems:
        raise InvalidInput(fields=problems)
    destination.codes = sorted(set(destination.codes), key=EVENT_CODES.index)


def _refuse_address(url: str) -> None:
    try:
        net.check_url(url)
    except EgressError as error:
        raise _refusal("url", error) from error


def _refusal(field: str, error: EgressError) -> InvalidInput:
    return InvalidInput(fields={field: [_REFUSALS.get(error.code, _REFUSALS["bad_url"])]})


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def _save(row: Any, actor: User, at: datetime, reason: str) -> None:
    row._history_user, row._history_date, row._change_reason = actor, at, reason[:100]
    fields = {field.name for field in row._meta.concrete_fields} - {"id", "failures", "blocked_until", "last_error"}
    try:
        with transaction.atomic():
            row.save(update_fields=None if row.pk is None else fields)
    except IntegrityError:
        # Somebody else was faster.
        raise InvalidInput(fields={"name": [_(NAME_TAKEN)]}) from None


def _close_circuit(destination: Destination) -> None:
    """Whoever mended something wants to see whether it works now."""
    closed: Mapping[str, Any] = {"failures": 0, "blocked_until": None, "last_error": ""}
    type(destination)._default_manager.filter(pk=destination.pk).update(**closed)
