"""What a kind of thing must offer to be found, and the list of the kinds there are.

A new kind is one `Kind` in `KINDS`. Everything a kind gives comes from a queryset that is limited to what the reader may see,
counts included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpdesk.accounts.models import User
from helpdesk.common.highlight import Segment

MOST = 200  # hits of one kind that can be paged through and are counted
NEWEST, BEST = "newest", "best"
ORDERS = (BEST, NEWEST)

Segments = Sequence[Segment]


@dataclass(frozen=True)
class Hit:
    """One thing found, as it is shown: in pieces, so that the page marks the hits and escapes the rest.

    `key` is how the API names it (a ticket's number, a user name); `facts` are short words beside the title.
    `is_internal`: the snippet is from a note that only the desk reads.
    """

    key: str
    title: Segments
    url: str
    snippet: Segments = ()
    facts: Sequence[str] = ()
    is_internal: bool = False

    @property
    def plain_title(self) -> str:
        return "".join(segment.text for segment in self.title)


@dataclass(frozen=True)
class Matches:
    """The ids of what fits, in order, at most 201; and sentences on what in the query means nothing."""

    ids: Sequence[int]
    problems: Sequence[str] = field(default_factory=tuple)

    @property
    def count(self) -> int:
        return min(len(self.ids), MOST)

    @property
    def is_more(self) -> bool:
        return len(self.ids) > MOST


@dataclass(frozen=True)
class Kind:
    """A kind of thing: `find(text, viewer, order)` gives ids, `show(ids, text, viewer)` the hits for some of them in order.

    `quick(text, viewer, most)` gives the few first hits for the palette, by title alone.
    """

    code: str
    label: Any
    is_for: Callable[[User], bool]
    find: Callable[[str, User, str], Matches]
    show: Callable[[Sequence[int], str, User], list[Hit]]
    quick: Callable[[str, User, int], list[Hit]]
