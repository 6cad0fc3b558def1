"""What was said about the devices of a ticket, and what was consulted, in whole sentences for the desk (M3.1-3, M3.3.1-3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from tickets.choices import Act
from tickets.models import TicketEvent


def register_words(event: TicketEvent, titles: Mapping[int, str]) -> dict[str, str]:
    """The tag that such an event holds, and the source: an article with its title, where `titles` has it, or a ticket."""
    data = event.data
    article, other = data.get("article"), data.get("other")
    source = f"#{other}" if other else ""
    if article in titles:
        source = _("article %(number)s (%(title)s)") % {"number": article, "title": titles[article]}
    elif article:
        source = _("article %(number)s") % {"number": article}
    return {"tag": data.get("tag", ""), "source": source}


TELLERS: dict[str, Callable[[TicketEvent], str]] = {
    Act.ASSET_LINKED.value: lambda event: _("%(actor)s named the device: %(tag)s."),
    Act.SOURCE_LINKED.value: lambda event: _("%(actor)s consulted %(source)s."),
    Act.SOURCE_USED.value: lambda event: _("%(actor)s took over what solved it before: %(source)s."),
    Act.ARTICLE_DRAFTED.value: lambda event: _("%(actor)s drafted %(source)s from this ticket."),
    Act.ASSET_UNLINKED.value: lambda event: _("%(actor)s took the device %(tag)s off the ticket."),
}
