"""Licences: what is bought, who has a seat, and who looked at the key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.models import Asset, Licence, LicenceEvent, LicenceSeat
from assets.models.asset import TEXT_LENGTH
from assets.policies import can_keep_licences, can_keep_register
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible, StaleVersion
from helpdesk.common.locking import lock_row
from helpdesk.common.text import clean_text

TEXTS = {"name": 120, "edition": 80, "key": TEXT_LENGTH, "notes": TEXT_LENGTH}
FIELDS = (*TEXTS, "vendor", "contract", "seats", "expires_on", "remind_days", "is_retired")
MOST_SEATS, MOST_DAYS = 1_000_000, 365
Code = LicenceEvent.Code


@transaction.atomic
def add_licence(*, fields: Mapping[str, Any], actor: User, at: datetime) -> Licence:
    """A new licence. Raises NotAllowed or InvalidInput."""
    if not can_keep_licences(actor):
        raise NotAllowed
    licence = Licence()
    _take(licence, {"name": "", "seats": 1, **fields})
    _store(licence, Code.ADDED, actor=actor, at=at, facts={})
    return licence


@transaction.atomic
def change_licence(
    *, licence_id: int, version: int | None, fields: Mapping[str, Any], actor: User, at: datetime
) -> Licence:
    """Change the given fields. Fewer seats than are taken are refused. Raises NotVisible, NotAllowed, StaleVersion or
    InvalidInput."""
    licence = _locked(licence_id, actor)
    if not can_keep_licences(actor):
        raise NotAllowed
    if version is not None and version != licence.version:
        raise StaleVersion(
            _("Somebody changed this licence in the meantime. Look at what is new, then try again."),
            extra={"version": licence.version},
        )
    changed = _take(licence, fields)
    taken = licence.taken.open().count()
    if licence.seats < taken:
        message = _("%(count)d seats are taken. Free some of them first.") % {"count": taken}
        raise InvalidInput(fields={"seats": [message]})
    if changed:
        licence.version += 1
        _store(licence, Code.EDITED, actor=actor, at=at, facts={"fields": changed})
    return licence


@transaction.atomic
def show_key(*, licence_id: int, actor: User, at: datetime) -> str:
    """The key, noting who looked at it. Raises NotVisible or NotAllowed."""
    licence = _locked(licence_id, actor)
    if not can_keep_licences(actor):
        raise NotAllowed(_("Only leads and administrators may see licence keys."))
    _note(licence, Code.KEY_SHOWN, actor=actor, at=at, facts={})
    return licence.key


@transaction.atomic
def give_seat(
    *, licence_id: int, person: User | None = None, asset: Asset | None = None, actor: User, at: datetime
) -> LicenceSeat:
    """A seat for a person or an asset. Raises NotVisible, NotAllowed, Conflict (`no_seat_left`, `licence_retired`,
    `licence_ended`) or InvalidInput."""
    licence = _locked(licence_id, actor)
    if not can_keep_register(actor):
        raise NotAllowed
    if (person is None) == (asset is None):
        raise InvalidInput(fields={"person": [_("Say which person or which asset gets the seat.")]})
    if person is not None and not person.is_active:
        message = _("%(name)s no longer works here.") % {"name": person.get_full_name()}
        raise InvalidInput(fields={"person": [message]})
    if asset is not None:
        _refuse_given_up(asset, actor)
    if licence.is_retired:
        raise Conflict(_("This licence is retired."), code="licence_retired")
    if licence.expires_on is not None and licence.expires_on < timezone.localdate(at):
        message = _("This licence ended on %(day)s. Enter its new last day first.") % {"day": licence.expires_on}
        raise Conflict(message, code="licence_ended")
    taken = licence.taken.open()
    if taken.filter(person=person, asset=asset).exists():
        field = "person" if asset is None else "asset"
        raise InvalidInput(fields={field: [_("There is a seat for this one already.")]})
    if taken.count() >= licence.seats:
        message = _("All %(count)d seats are taken. Free one first, or buy more.") % {"count": licence.seats}
        raise Conflict(message, code="no_seat_left")
    seat = LicenceSeat.objects.create(licence=licence, person=person, asset=asset, since=at)
    _note(licence, Code.SEAT_GIVEN, actor=actor, at=at, facts=_owner(seat))
    return seat


def _refuse_given_up(asset: Asset, actor: User) -> None:
    """Raise InvalidInput for what is lost or retired; the asset stays as it is until the seat is given."""
    present = lock_row(Asset.objects.visible_to(actor), pk=asset.pk)
    if present.is_given_up:
        words = {"tag": present.tag, "state": present.get_state_display()}
        raise InvalidInput(fields={"asset": [_("%(tag)s can't get a seat: its state is “%(state)s”.") % words]})


@transaction.atomic
def free_seat(*, seat_id: int, actor: User, at: datetime) -> LicenceSeat:
    """The seat is free again; a second time changes nothing. Raises NotVisible or NotAllowed."""
    found = LicenceSeat.objects.visible_to(actor).filter(pk=seat_id).values_list("licence_id", flat=True).first()
    if found is None:
        raise NotVisible
    licence = _locked(found, actor)
    if not can_keep_register(actor):
        raise NotAllowed
    seat = lock_row(LicenceSeat.objects.visible_to(actor), pk=seat_id)
    if seat.until is None:
        seat.until = at
        seat.save()
        _note(licence, Code.SEAT_FREED, actor=actor, at=at, facts=_owner(seat))
    return seat


def _locked(licence_id: int, actor: User) -> Licence:
    try:
        return lock_row(Licence.objects.visible_to(actor), pk=licence_id)
    except Licence.DoesNotExist:
        raise NotVisible from None


def _take(licence: Licence, fields: Mapping[str, Any]) -> list[str]:
    """Put the checked answers on the licence; the names of those that changed. Raises InvalidInput."""
    errors: dict[str, list[str]] = {name: [_("There is no such field.")] for name in fields if name not in FIELDS}
    given = {name: value for name, value in fields.items() if name in FIELDS}
    for name in TEXTS.keys() & given.keys():
        try:
            given[name] = clean_text(
                str(given[name] or ""), field=name, max_length=TEXTS[name], multiline=name in ("key", "notes")
            )
        except InvalidInput as refusal:
            errors |= refusal.sentences()
    if given.get("name") == "":
        errors["name"] = [_("Give the licence a name.")]
    if not 1 <= given.get("seats", 1) <= MOST_SEATS:
        errors["seats"] = [_("Give a number of seats from 1 up.")]
    if not 0 <= given.get("remind_days", 0) <= MOST_DAYS:
        errors["remind_days"] = [_("Give a number of days from 0 to %(most)d.") % {"most": MOST_DAYS}]
    contract, vendor = given.get("contract", licence.contract), given.get("vendor", licence.vendor)
    if contract is not None and vendor is not None and contract.vendor_id != vendor.pk:
        errors["contract"] = [_("This contract is with another vendor.")]
    if errors:
        raise InvalidInput(fields=errors)
    changed = sorted(name for name, value in given.items() if getattr(licence, name) != value)
    for name in changed:
        setattr(licence, name, given[name])
    return changed


def _store(licence: Licence, code: Code, *, actor: User, at: datetime, facts: dict[str, Any]) -> None:
    licence._history_user = actor  # type: ignore[attr-defined]
    licence._history_date = at  # type: ignore[attr-defined]
    twin = Licence.objects.exclude(pk=licence.pk).filter(name__iexact=licence.name, edition__iexact=licence.edition)
    message = InvalidInput(fields={"name": [_("There is a licence of this name and edition already.")]})
    if twin.exists():
        raise message
    try:
        with transaction.atomic():
            licence.save()
    except IntegrityError:
        if twin.exists():
            raise message from None
        raise
    _note(licence, code, actor=actor, at=at, facts=facts)


def _note(licence: Licence, code: Code, *, actor: User, at: datetime, facts: dict[str, Any]) -> None:
    LicenceEvent.objects.create(licence=licence, code=code, actor=actor, at=at, facts=facts)


def _owner(seat: LicenceSeat) -> dict[str, Any]:
    return {"person": seat.person_id} if seat.person_id is not None else {"asset": seat.asset_id}
