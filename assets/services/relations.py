"""Which assets belong together: the monitor to the PC, the software to the server."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from assets.choices import EventCode, RelationKind
from assets.models import Asset, AssetRelation
from assets.policies import can_keep_register
from assets.services.recording import open_for_change, store
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_name, lock_row


@transaction.atomic
def relate(*, asset_id: int, other_id: int, kind: RelationKind, actor: User, at: datetime) -> AssetRelation:
    """`asset` is part of, connected to or installed on `other`. An asset is part of one other at most, never of itself.

    Raises NotVisible, NotAllowed or InvalidInput.
    """
    # Rows are always locked in the same order, or two people who connect the same two wait for each other.
    if asset_id == other_id:
        raise InvalidInput(fields={"other": [_("An asset can't belong to itself.")]})
    if kind == RelationKind.PART_OF:
        # A circle can be closed at any two places at once: one after the other.
        lock_name("assets.part_of")
    rows = {pk: open_for_change(asset_id=pk, actor=actor, version=None) for pk in sorted((asset_id, other_id))}
    asset, other = rows[asset_id], rows[other_id]
    is_open = AssetRelation.objects.open().filter(kind=kind)
    is_same = Q(source=asset, target=other)
    if kind == RelationKind.CONNECTED_TO:
        is_same |= Q(source=other, target=asset)
    if is_open.filter(is_same).exists():
        raise InvalidInput(fields={"other": [_("These two are connected so already.")]})
    if kind == RelationKind.PART_OF:
        _refuse_circle(asset, other)
    row = AssetRelation.objects.create(source=asset, target=other, kind=kind, since=at)
    store(asset, EventCode.RELATED, actor=actor, at=at, facts={"kind": kind, "other": other.tag})
    store(other, EventCode.RELATED, actor=actor, at=at, facts={"kind": kind, "other": asset.tag, "is_inward": True})
    return row


def _refuse_circle(asset: Asset, other: Asset) -> None:
    """Raise InvalidInput where the asset is part of something already, or `other` is itself a part of it."""
    parents = AssetRelation.objects.open().filter(kind=RelationKind.PART_OF)
    present = parents.filter(source=asset).select_related("target").first()
    if present is not None:
        message = _("It is part of %(tag)s already. End that first.") % {"tag": present.target.tag}
        raise InvalidInput(fields={"other": [message]})
    above: int | None = other.pk
    passed = set()
    while above is not None and above not in passed:
        passed.add(above)
        above = parents.filter(source=above).values_list("target_id", flat=True).first()
        if above == asset.pk:
            message = _("%(tag)s is itself a part of this asset.") % {"tag": other.tag}
            raise InvalidInput(fields={"other": [message]})


@transaction.atomic
def end_relation(*, relation_id: int, actor: User, at: datetime) -> AssetRelation:
    """The two no longer belong together. Ending it twice changes nothing. Raises NotVisible or NotAllowed."""
    found = AssetRelation.objects.visible_to(actor).filter(pk=relation_id).first()
    if found is None:
        raise NotVisible
    if not can_keep_register(actor):
        raise NotAllowed
    both = sorted((found.source_id, found.target_id))
    rows = {pk: open_for_change(asset_id=pk, actor=actor, version=None) for pk in both}
    row = lock_row(AssetRelation.objects.visible_to(actor), pk=relation_id)
    if row.until is not None:
        return row
    row.until = at
    row.save()
    source, target = rows[row.source_id], rows[row.target_id]
    store(source, EventCode.UNRELATED, actor=actor, at=at, facts={"kind": row.kind, "other": target.tag})
    facts = {"kind": row.kind, "other": source.tag, "is_inward": True}
    store(target, EventCode.UNRELATED, actor=actor, at=at, facts=facts)
    return row
