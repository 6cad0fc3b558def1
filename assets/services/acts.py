"""Everything that changes the state of an asset, by the table of `assets/lifecycle.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.choices import AssetState, CustodyKind, EventCode
from assets.lifecycle import RULES, Command, refusal, target_of
from assets.models import Asset, CustodyAct
from assets.notices import tell_extended
from assets.refusals import conflict_of, missing
from assets.services.custody import offer, person_of, release, withdraw
from assets.services.recording import open_for_change, store
from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput
from helpdesk.common.text import clean_text

REASON_LENGTH = 500
# What may be told with an act besides the data that it needs.
MORE: dict[Command, tuple[str, ...]] = {
    Command.HAND_OUT: ("condition", "accessories"),
    Command.LEND: ("condition", "accessories"),
    Command.TAKE_BACK: ("condition", "accessories"),
    Command.SEND_TO_REPAIR: ("reason",),
    Command.BACK_FROM_REPAIR: ("reason",),
    Command.FOUND: ("reason",),
}


def data_of(command: Command) -> tuple[str, ...]:
    """The names of the data of a command, those it needs first."""
    return (*RULES[command].needs, *MORE.get(command, ()))


@transaction.atomic
def act_on_asset(
    *, asset_id: int, command: Command, version: int | None, actor: User, at: datetime, data: Mapping[str, Any]
) -> Asset:
    """Carry out a command. `data`: person, lent_until_on, reason, condition, accessories, as `data_of` says.

    Hand-outs and returns ask the person to confirm; what is retired while somebody has it leaves their name. Raises NotVisible, NotAllowed, StaleVersion, Conflict (`wrong_state`,
    `waits_for_receipt`) or InvalidInput.
    """
    asset = open_for_change(asset_id=asset_id, actor=actor, version=version)
    waiting = CustodyAct.objects.filter(asset=asset).open().first()
    facts = asset.facts(waits_for_receipt=waiting is not None and waiting.kind == CustodyKind.HAND_OUT)
    if code := refusal(command, facts):
        raise conflict_of(code, asset, command)
    known = _checked(command, data, today=timezone.localdate(at))
    if command == Command.EXTEND_LOAN:
        _extend(asset, known["lent_until_on"], actor=actor, at=at)
        return asset
    former, was_asked = asset.holder, waiting is not None
    withdraw(asset, at=at)
    asset.state, asset.state_since = AssetState(target_of(command, facts)), at
    if not RULES[command].keeps_holder:
        asset.holder, asset.is_confirmed = known.get("person"), "person" not in known
    words = {name: known.get(name, "") for name in ("condition", "accessories")}
    # A return names the day until which it was lent, so that "I still have it" can put it back as it was.
    if command == Command.TAKE_BACK and former is not None and not was_asked:
        offer(asset, CustodyKind.RETURN, former, actor=actor, at=at, **words)
    if command == Command.RETIRE and former is not None:
        release(asset, former, actor=actor, at=at)
    if not RULES[command].keeps_holder:
        asset.lent_until_on = known.get("lent_until_on")
    if "person" in known:
        offer(asset, CustodyKind.HAND_OUT, known["person"], actor=actor, at=at, **words)
    holder = known.get("person") or former
    noted = {"person": holder.pk} if holder is not None else {}
    store(asset, EventCode(command), actor=actor, at=at, reason=known.get("reason", ""), facts=noted)
    return asset


def _extend(asset: Asset, until: date, *, actor: User, at: datetime) -> None:
    """Another day until which it is lent; nothing else changes, and who has it is told. Raises InvalidInput."""
    assert asset.lent_until_on is not None and asset.holder_id is not None  # what is lent has both
    if until <= asset.lent_until_on:
        message = _("It is lent until %(day)s already. Choose a later day.") % {"day": asset.lent_until_on.isoformat()}
        raise InvalidInput(fields={"lent_until_on": [message]})
    asset.lent_until_on = until
    store(asset, EventCode.EXTEND_LOAN, actor=actor, at=at, facts={"person": asset.holder_id})
    tell_extended(asset, at=at, actor=actor)


def _checked(command: Command, data: Mapping[str, Any], *, today: date) -> dict[str, Any]:
    """The data of the command as it is stored; what it doesn't take is refused. Raises InvalidInput."""
    takes = data_of(command)
    unknown = {name: [_("This act takes no such answer.")] for name in data if name not in takes}
    if unknown:
        raise InvalidInput(fields=unknown)
    found: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name in takes:
        try:
            value = _READERS[name](name, data.get(name), today)
            if value:
                found[name] = value
            elif name in RULES[command].needs:
                raise missing(name)
        except InvalidInput as wrong:
            errors |= wrong.sentences()
    if errors:
        raise InvalidInput(fields=errors)
    return found


def _person(name: str, value: Any, today: date) -> User | None:
    return None if value is None else person_of(value)


def _day(name: str, value: Any, today: date) -> date | None:
    if value is not None and value < today:
        raise InvalidInput(fields={name: [_("Choose today or a later day.")]})
    return value if isinstance(value, date) else None


def _words(name: str, value: Any, today: date) -> str:
    return clean_text(str(value or ""), field=name, max_length=REASON_LENGTH)


_READERS = {"person": _person, "lent_until_on": _day, "reason": _words, "condition": _words, "accessories": _words}
