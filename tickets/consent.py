"""What a requester can be asked to allow, and whether it is allowed now. Pure (M3.3.1-1, M3.3.2-2)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import StrEnum

LONGEST_VALIDITY = timedelta(days=7)


class Item(StrEnum):
    """What may be touched, from looking to stopping somebody's work. Each is allowed or refused by itself."""

    VIEW_SCREEN = "view_screen"
    CONTROL = "control"
    READ_DATA = "read_data"
    CHANGE_DATA = "change_data"
    TAKE_DEVICE = "take_device"
    INTERRUPT_WORK = "interrupt_work"


# These name the data that is meant.
ABOUT_DATA = frozenset({Item.READ_DATA, Item.CHANGE_DATA})
# What a remote session can rest on.
REMOTE = (Item.VIEW_SCREEN, Item.CONTROL)
# Before these somebody says whether there is a backup.
NEEDS_BACKUP = frozenset({Item.CHANGE_DATA, Item.TAKE_DEVICE})


class Backup(StrEnum):
    """What is known about a backup before anything is changed."""

    TAKEN = "taken"
    DECLINED = "declined"
    NOT_NEEDED = "not_needed"


def not_covered(touched: Collection[str], allowed: Collection[str]) -> list[str]:
    """Which of the touched items nobody has allowed, in the order of `Item`."""
    return [item.value for item in Item if item in touched and item not in allowed]
