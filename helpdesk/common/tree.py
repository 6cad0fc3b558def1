"""Trees of rows that know their parent. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def ancestors(parents: Mapping[K, K | None], node: K | None) -> Iterator[K]:
    """The node itself, its parent, and so on up to the root. Ends even if the data hold a ring."""
    seen: set[K] = set()
    while node is not None and node not in seen:
        yield node
        seen.add(node)
        node = parents.get(node)


def would_be_a_ring(parents: Mapping[K, K | None], *, node: K, parent: K | None) -> bool:
    """True if `node` under `parent` would stand below itself."""
    return node in ancestors(parents, parent)


def level_of(parents: Mapping[K, K | None], node: K | None) -> int:
    """1 for a root, 0 for None (above all roots)."""
    return sum(1 for _ in ancestors(parents, node))


def levels_below(parents: Mapping[K, K | None], node: K) -> int:
    """How many levels the branch of the node has under it; 0 for a leaf."""
    own = level_of(parents, node)
    return max((level_of(parents, other) - own for other in parents if node in ancestors(parents, other)), default=0)
