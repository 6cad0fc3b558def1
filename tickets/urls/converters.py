"""What may stand in a ticket's address. Anything else is no route at all, so no view sees NUL or control characters."""

from __future__ import annotations

from django.urls import register_converter

from tickets.lifecycle import Command


class NumberConverter:
    """A ticket number in any format an administrator can choose."""

    regex = r"[A-Za-z0-9-]{1,32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


class CommandConverter:
    """A command of the lifecycle table."""

    regex = "|".join(Command)

    def to_python(self, value: str) -> Command:
        return Command(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(NumberConverter, "number")
register_converter(CommandConverter, "command")
