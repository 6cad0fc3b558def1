"""How well a text fits the words of a query, the same on both databases. Pure.

The databases' own ranks differ from each other, and both would have to read every match of a common word. So the newest
matches are taken and weighed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log1p

from helpdesk.common.highlight import counts
from helpdesk.common.search import Term

_READ = 2_000  # characters of a long text that are weighed


def weight(terms: Sequence[Term], texts: Iterable[tuple[float, str]]) -> float:
    """The sum over all words: how often each stands in each text, times what that text counts."""
    found = 0.0
    for importance, text in texts:
        found += importance * sum(log1p(count) for count in counts(text[:_READ], terms))
    return found
