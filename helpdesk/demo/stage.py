"""What the acts of the demo stories work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.demo.cast import Cast
from helpdesk.demo.story import Act, Story
from tickets.models import Ticket


@dataclass
class Scene:
    """One act at its instant, ready to be played. `order` keeps acts of the same minute in their story's order."""

    at: datetime
    order: int
    story: Story
    act: Act | None


@dataclass
class Stage:
    """The cast and the tickets that exist so far."""

    cast: Cast
    zone_day: datetime
    tickets: dict[int, Ticket] = field(default_factory=dict)
    keys: dict[str, Ticket] = field(default_factory=dict)
    catalogue: dict[str, dict[str, Any]] = field(default_factory=dict)
    with_files: bool = True

    def person(self, username: str) -> User:
        return self.cast[username]
