"""The register of vendors: who they are and who speaks with them (M3.4-7)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from assets.models import Vendor
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import InvalidInput, NotAllowed


@transaction.atomic
def save_vendor(*, vendor: Vendor, actor: User, reason: str = "") -> Vendor:
    """Store a vendor. Raises NotAllowed, and InvalidInput unless those who speak with it are liaisons who may sign in."""
    _check_may(actor)
    refuse_speakers(vendor)
    return _store(vendor, actor, reason)


def refuse_speakers(vendor: Vendor) -> None:
    """Raise InvalidInput naming who isn't a vendor liaison."""
    errors = {
        name: [_("%(name)s isn't a vendor liaison. Give them the role first.") % {"name": person.get_full_name()}]
        for name, person in (("liaison", vendor.liaison), ("deputy", vendor.deputy))
        if person is not None and not person.can(Ability.SPEAK_WITH_VENDORS)
    }
    if errors:
        raise InvalidInput(fields=errors)


@transaction.atomic
def retire_vendor(*, vendor: Vendor, actor: User) -> Vendor:
    """Offer it no more. Its open cases go on."""
    _check_may(actor)
    vendor.is_retired = True
    return _store(vendor, actor, "retired")


@transaction.atomic
def restore_vendor(*, vendor: Vendor, actor: User) -> Vendor:
    """Offer it again. Raises InvalidInput where nobody could speak with it."""
    _check_may(actor)
    refuse_speakers(vendor)
    vendor.is_retired = False
    return _store(vendor, actor, "restored")


def _check_may(actor: User) -> None:
    if not actor.can(Ability.CONFIGURE):
        raise NotAllowed


def _store(vendor: Vendor, actor: User, reason: str) -> Vendor:
    vendor._history_user = actor  # type: ignore[attr-defined]
    vendor._change_reason = reason[:100]  # type: ignore[attr-defined]
    vendor.save()
    return vendor
