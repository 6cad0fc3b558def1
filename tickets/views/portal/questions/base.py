"""The shape of a question to the requester."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.http import QueryDict
from django.utils.functional import Promise

from tickets.models import Ticket
from tickets.models.asking import Asking
from tickets.services.signed_links import Link

Text = str | Promise


@dataclass(frozen=True)
class Asked:
    """A question that waits for this person: its ticket, its row, and what its template names besides."""

    ticket: Ticket
    row: Any
    facts: Mapping[str, Any] = field(default_factory=dict)


class Question(Protocol):
    """One kind of question. `template` shows it with its fields and buttons, inside a form."""

    @property
    def kind(self) -> str: ...

    @property
    def title(self) -> Text: ...

    @property
    def template(self) -> str: ...

    @property
    def icon(self) -> str: ...

    def waiting(self, ticket: Ticket) -> Sequence[Any]:
        """The rows of this kind that wait for the requester's answer on the ticket's page."""
        ...

    def heading(self, row: Any) -> Text:
        """What stands above one of them there."""
        ...

    def find(self, link: Link) -> Asked:
        """What this link asks. Raises NotVisible where it is answered, out of date or not this person's."""
        ...

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        """Carry the answer out and say what comes of it. Raises what the service raises."""
        ...
