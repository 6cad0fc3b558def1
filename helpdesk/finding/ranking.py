"""How well a text fits the words of a query, the same on both databases. Pure.

The databases' own ranks differ from each other, and both would have to read every match of a common word. So the newest
matches are taken and weighed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import log1p

from helpdesk.common.highlight import counter
from helpdesk.common.search import Term

_READ = 2_000  # characters of a long text that are weighed


def weighing(terms: Sequence[Term]) -> Callable[[Iterable[tuple[float, str]]], float]:
    """Weighs the texts of a thing: the sum over all words of how often each stands in each text, times what it counts."""
    count = counter(terms)

    def weight(texts: Iterable[tuple[float, str]]) -> float:
        return sum(importance * sum(map(log1p, count(text[:_READ]))) for importance, text in texts if text)

    return weight
