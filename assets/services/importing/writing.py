"""Writing what was planned: rows, history, search tokens, events and custody, in a few statements per batch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from assets.choices import CustodyKind, CustodyState, CustodyVia, EventCode
from assets.exchange.planning import Plan
from assets.models import Asset, AssetEvent, AssetSearch, CustodyAct, ImportJob
from assets.services.importing.batches import BATCH
from assets.services.indexing import tokens_of
from helpdesk.accounts.models import User

TOKENS = ["public_tokens", "internal_tokens"]


def write_plans(plans: list[Plan], *, job: ImportJob, actor: User, at: datetime) -> None:
    """Store new and changed assets of one batch, in the caller's transaction. Their rows are locked already."""
    new = [plan for plan in plans if plan.is_new]
    changed = [plan for plan in plans if not plan.is_new and plan.changed]
    about: dict[str, Any] = {
        "batch_size": BATCH,
        "default_user": actor,
        "default_date": at,
        "default_change_reason": EventCode.IMPORTED.value,
    }
    if new:
        bulk_create_with_history([plan.asset for plan in new], Asset, **about)
    if changed:
        for plan in changed:
            plan.asset.version += 1
            plan.asset.updated_at = at
        names = {name for plan in changed for name in plan.changed}
        # Also the serial number, which may have been set aside for another row.
        always = {"version", "updated_at", "state_since", "is_confirmed", "serial"}
        fields = sorted({name.removesuffix("_id") for name in names} | always)
        bulk_update_with_history([plan.asset for plan in changed], Asset, fields, **about)
    _write_tokens(new + changed)
    AssetEvent.objects.bulk_create([_event(plan, job, actor, at) for plan in new + changed], batch_size=BATCH)
    _withdraw_returns([plan.asset for plan in changed if plan.moves], at)
    CustodyAct.objects.bulk_create(
        [act for plan in new + changed for act in _custody(plan, actor, at)], batch_size=BATCH
    )


def _write_tokens(plans: list[Plan]) -> None:
    people = User.objects.in_bulk({plan.asset.holder_id for plan in plans if plan.asset.holder_id is not None})
    for plan in plans:
        plan.asset.holder = people.get(plan.asset.holder_id or 0)
    rows = [tokens_of(plan.asset) for plan in plans]
    AssetSearch.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["asset"], update_fields=TOKENS
    )


def _event(plan: Plan, job: ImportJob, actor: User, at: datetime) -> AssetEvent:
    facts: dict[str, Any] = {"import": job.pk}
    if not plan.is_new:
        facts["fields"] = sorted(name.removesuffix("_id") for name in plan.changed)
    if plan.former("state") != plan.asset.state:
        facts["state"] = [plan.former("state"), plan.asset.state]
    if plan.former("holder_id") != plan.asset.holder_id:
        facts["holder"] = [plan.former("holder_id"), plan.asset.holder_id]
        if plan.asset.holder_id is not None:
            facts["person"] = plan.asset.holder_id
    code = EventCode.REGISTERED if plan.is_new else EventCode.IMPORTED
    return AssetEvent(asset=plan.asset, code=code, actor=actor, at=at, reason=job.file_name, facts=facts)


def _withdraw_returns(assets: list[Asset], at: datetime) -> None:
    """What is given to somebody else no longer waits for a word on its return, as with every other act."""
    waiting = CustodyAct.objects.open().filter(kind=CustodyKind.RETURN, asset__in=assets)
    waiting.update(state=CustodyState.CANCELLED, answered_at=at)


def _custody(plan: Plan, actor: User, at: datetime) -> Iterable[CustodyAct]:
    """Who had it and who has it, as taken over: nobody was asked, and the record says so."""
    before, now = plan.former("holder_id"), plan.asset.holder_id
    if before == now:
        return
    taken_over: dict[str, Any] = {
        "asset": plan.asset,
        "given_by": actor,
        "at": at,
        "state": CustodyState.ACCEPTED,
        "answered_at": at,
        "via": CustodyVia.IMPORT,
    }
    if before is not None:
        yield CustodyAct(kind=CustodyKind.RETURN, person_id=before, **taken_over)
    if now is not None:
        lent = plan.asset.lent_until_on
        yield CustodyAct(kind=CustodyKind.HAND_OUT, person_id=now, lent_until_on=lent, **taken_over)
