"""Every route of the site, so that a check can visit those that nobody remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# A view that declares nothing answers whatever comes.
EVERY_METHOD = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


@dataclass(frozen=True)
class Route:
    """`pattern` is the path as Django spells it, from the root; `name` includes its namespaces."""

    name: str
    pattern: str
    methods: list[str]
    view: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def all_routes() -> list[Route]:
    """All routes in the order in which Django tries them."""
    return list(_walk(get_resolver().url_patterns, "/", ()))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, namespaces: tuple[str, ...]) -> Iterator[Route]:
    for entry in patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry.url_patterns, path, inner)
        else:
            view = entry.callback
            yield Route(
                name=":".join((*namespaces, entry.name)) if entry.name else "",
                pattern=path,
                methods=methods_of(view),
                view=f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}",
            )


def methods_of(view: Callable[..., Any]) -> list[str]:
    """The methods a view answers: from its class, its API actions, or the decorator that restricts it."""
    actions = getattr(view, "actions", None)
    if actions:
        found = {method.upper() for method in actions} | {"OPTIONS"}
        return sorted(found | ({"HEAD"} if "GET" in found else set()))
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if view_class is not None:
        return sorted(name.upper() for name in view_class.http_method_names if hasattr(view_class, name))
    return sorted(_restricted_to(view) or EVERY_METHOD)


def _restricted_to(view: Callable[..., Any]) -> list[str] | None:
    """What `require_http_methods` was given, under however many decorators."""
    inner: Callable[..., Any] | None = view
    while inner is not None:
        code = getattr(inner, "__code__", None)
        if code is not None and "request_method_list" in code.co_freevars:
            cell = (inner.__closure__ or ())[code.co_freevars.index("request_method_list")]
            return list(cell.cell_contents)
        inner = getattr(inner, "__wrapped__", None)
    return None
