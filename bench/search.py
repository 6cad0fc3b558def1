"""What a search costs at 100,000 tickets, with permissions, for an agent and for a requester.

Runs in a process of its own on a seeded database: `python -m bench.search`. Prints a JSON line per figure: name, value,
unit, limit (or null), note. Times are the whole question as the page of results asks it: ids, count, hits and snippets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from time import perf_counter, process_time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

ROUNDS = 10
LIMIT = 50.0  # ms at the 95th percentile
SIMILAR_LIMIT = 60.0
SUGGESTIONS_LIMIT = 150.0
QUERIES = {
    "a rare word": ("vpn", "白屏", "outlook 搜索"),
    "a common word": ("打印机", "财务", "print"),
    "one character": ("中", "的", "e"),
    "numbers and addresses": ("10482", "10.12.4.17", "pc-20417"),
    "phrases": ('"VPN 连接"', "“无法登录”"),
    "fields": ("status:open 打印机", "assignee:me", "created:7d", "device:pc-20417", "is:late", "team:一线 vpn"),
    "nothing there": ("不存在的词组", "team:nowhere", "-vpn -打印机"),
}

Figure = tuple[str, float, str, float | None, str]
Taken = tuple[float, float]  # milliseconds on the clock, and of this process's processor time


def figures() -> Iterator[Figure]:
    from helpdesk.accounts.models import User
    from helpdesk.finding.everything import search

    for username in ("agent", "requester"):
        person = User.objects.get(username=username)
        everything: list[Taken] = []
        for name, texts in QUERIES.items():
            taken: list[Taken] = []
            for text in texts:
                for order in ("newest", "best"):
                    taken += _times(partial(search, text, person, kind="", order=order, page=1))
            everything += taken
            note = f"{_note(taken)}; {', '.join(texts)}"
            yield f"search for {name}, {username}, p95", round(_p95(taken), 1), "ms", None, note
        yield f"all searches, {username}, p95", round(_p95(everything), 1), "ms", LIMIT, _note(everything)
    yield _similar()
    yield from _suggestions()


def _similar() -> Figure:
    from helpdesk.common.similar import similar
    from tickets.models import Ticket
    from tickets.search_fields import TOKENS

    taken: list[Taken] = []
    last = Ticket.objects.latest("pk").pk
    for part in range(1, 20):
        ticket = Ticket.objects.filter(pk__gte=last * part // 20).order_by("pk")[0]
        text = f"{ticket.subject} {ticket.description}"
        taken += _times(partial(similar, TOKENS, text, limit=10))
    return "texts like a ticket's, p95", round(_p95(taken), 1), "ms", SIMILAR_LIMIT, _note(taken)


def _suggestions() -> Iterator[Figure]:
    """What the portal asks while somebody types, and the desk's panel beside a ticket."""
    from helpdesk.accounts.models import User
    from tickets.models import Ticket
    from tickets.suggestions import KnownAbout, articles_for, open_like, words_of

    agent, requester = (User.objects.get(username=name) for name in ("agent", "requester"))
    last = Ticket.objects.latest("pk").pk
    beside: list[Taken] = []
    typed: list[Taken] = []
    for part in range(1, 20):
        ticket = Ticket.objects.filter(pk__gte=last * part // 20).order_by("pk")[0]
        text = words_of(ticket)
        beside += _times(lambda ticket=ticket: _all_of(KnownAbout(ticket, agent)))
        typed += _times(lambda text=text: (articles_for(text, requester), open_like(text, requester)))
    yield "suggestions while typing, p95", round(_p95(typed), 1), "ms", SUGGESTIONS_LIMIT, _note(typed)
    yield "articles and similar tickets, p95", round(_p95(beside), 1), "ms", SUGGESTIONS_LIMIT, _note(beside)


def _all_of(known: Any) -> object:
    """Everything that the panel shows."""
    return known.articles, known.solved, known.open, known.incidents


def _times(ask: Callable[[], object]) -> list[Taken]:
    """Each round; the first one, which fills caches, doesn't count."""
    ask()
    taken = []
    for _round in range(ROUNDS):
        begun, used = perf_counter(), process_time()
        ask()
        taken.append(((perf_counter() - begun) * 1_000, (process_time() - used) * 1_000))
    return taken


def _p95(taken: list[Taken]) -> float:
    return sorted(wall for wall, _used in taken)[int(len(taken) * 0.95)]


def _note(taken: list[Taken]) -> str:
    """The median, and this process's own processor time, which on SQLite is all there is to it."""
    used = sorted(used for _wall, used in taken)
    middle = median(wall for wall, _used in taken)
    return f"p50 {middle:.1f} ms; processor p50 {median(used):.1f}, p95 {used[int(len(used) * 0.95)]:.1f} ms"


if __name__ == "__main__":
    django.setup()
    for found in figures():
        print(json.dumps(found, ensure_ascii=False), flush=True)  # noqa: T201
