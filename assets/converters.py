"""What may stand in the addresses of the register. Anything else is no route at all, so no view sees control characters."""

from __future__ import annotations

from django.urls import register_converter

from assets.lifecycle import Command


class TagConverter:
    """A tag as it is stored. Small letters are words of this address book, so no tag hides a page."""

    regex = r"[^\sa-z/?#\x00-\x1f]{1,40}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


class ActConverter:
    """A command of the table."""

    regex = "|".join(Command)

    def to_python(self, value: str) -> Command:
        return Command(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(TagConverter, "tag")
register_converter(ActConverter, "asset_act")
