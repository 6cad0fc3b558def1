"""The shape of a question to the requester."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import Promise

from helpdesk.common.errors import NotVisible
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


class AskingQuestion:
    """What questions have in common that are rows of their own (`Asking`)."""

    model: ClassVar[type[Asking]]
    kind: str
    title: Text
    template: str
    icon: str
    # What the template reads besides the row.
    parts: ClassVar[tuple[str, ...]] = ()

    def waiting(self, ticket: Ticket) -> Sequence[Any]:
        return list(self._rows().filter(ticket=ticket).open())

    def heading(self, row: Any) -> Text:
        return self.title

    def find(self, link: Link) -> Asked:
        row = self._rows().visible_to(link.person).filter(pk=link.pk, ticket__requester=link.person).first()
        if row is None or not row.is_open or row.answer_by_at <= timezone.now():
            raise NotVisible
        return Asked(row.ticket, row)

    def _rows(self) -> Any:
        rows = self.model._default_manager.select_related("ticket", "asked_by")
        return rows.prefetch_related(*self.parts)
