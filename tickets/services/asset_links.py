"""Saying which assets a ticket is about (M3.1-3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Asset
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from tickets.choices import Act as ActCode
from tickets.lifecycle import FINAL
from tickets.models import Ticket, TicketAsset
from tickets.policies import can_edit_details, can_work_on
from tickets.services.recording import Act, open_for_change, record, snapshot

MOST = 20


@transaction.atomic
def link_asset(*, ticket_id: int, asset: Asset, actor: User, at: datetime) -> TicketAsset:
    """The ticket is about this asset. Where it names no device yet, it takes computer name and address from there.

    Raises NotVisible, NotAllowed, Conflict (`closed`, `archived`, `already_linked`, `too_many`), or InvalidInput for an asset
    that the actor may not see.
    """
    ticket = _open(ticket_id, actor)
    refuse_unknown(asset, actor)
    links = TicketAsset.objects.filter(ticket=ticket)
    if links.filter(asset=asset).exists():
        raise Conflict(_("%(tag)s is on this ticket already.") % {"tag": asset.tag}, code="already_linked")
    if links.count() >= MOST:
        raise Conflict(_("A ticket has at most %(count)d assets.") % {"count": MOST}, code="too_many")
    before = snapshot(ticket)
    take_address(ticket, asset)
    row = keep_link(ticket, asset, actor, at)
    record(ticket, _act(ActCode.ASSET_LINKED, asset, actor, at), before=before)
    return row


@transaction.atomic
def unlink_asset(*, ticket_id: int, asset: Asset, actor: User, at: datetime) -> None:
    """The ticket isn't about this asset after all. Raises NotVisible, NotAllowed, or Conflict (`closed`, `not_linked`)."""
    ticket = _open(ticket_id, actor)
    gone, _by_model = TicketAsset.objects.filter(ticket=ticket, asset=asset).delete()
    if not gone:
        raise Conflict(_("%(tag)s isn't on this ticket.") % {"tag": asset.tag}, code="not_linked")
    record(ticket, _act(ActCode.ASSET_UNLINKED, asset, actor, at), before=snapshot(ticket), is_untouched=True)


def refuse_unknown(asset: Asset, actor: User) -> None:
    """Raise InvalidInput for an asset that this person may not see."""
    if not Asset.objects.visible_to(actor).filter(pk=asset.pk).exists():
        raise InvalidInput(fields={"asset": [_("No asset has this tag, serial number or computer name.")]})


def take_address(ticket: Ticket, asset: Asset) -> None:
    """Say of the device what the register knows, where nothing was said."""
    if not ticket.device_hostname and not ticket.device_ip:
        ticket.device_hostname, ticket.device_ip = asset.hostname, asset.ip or ""


def keep_link(ticket: Ticket, asset: Asset, actor: User | None, at: datetime) -> TicketAsset:
    """The row alone: the caller records the act."""
    return TicketAsset.objects.create(ticket=ticket, asset=asset, linked_at=at, linked_by=actor)


def _act(code: ActCode, asset: Asset, actor: User, at: datetime) -> Act:
    return Act(code=code, actor=actor, at=at, is_public=True, facts={"asset": asset.pk, "tag": asset.tag})


def _open(ticket_id: int, actor: User) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not (can_work_on(actor, ticket) or can_edit_details(actor, ticket)):
        raise NotAllowed
    if ticket.status in FINAL:
        raise Conflict(_("This ticket is closed. Reopen it or create a follow-up ticket."), code="closed")
    return ticket
