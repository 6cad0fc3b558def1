"""The shape of what people are told about one topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Line:
    """`headline` is one whole sentence with %(number)s, %(subject)s and, for the desk, %(name)s.

    Where a promised time is told of, also with %(target)s and %(due)s. Those about absences have %(name)s, %(begin)s and
    %(end)s instead.
    """

    headline: Text
    next_step: Text
    action: Text

    def sentence(self, names: Mapping[str, str]) -> str:
        """The headline with what it names, in the active language."""
        return str(self.headline) % names
