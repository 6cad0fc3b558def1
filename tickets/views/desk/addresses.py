"""Addresses inside the workspace, which carry the view one came from (`?view=`), so that back and next lead on."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tickets.queue import canonical, parse


def view_of(request: HttpRequest) -> str | None:
    """The canonical query of the queue one came from; None when one came from elsewhere."""
    given = request.GET.get("view")
    return None if given is None else canonical(parse(given))


def desk_url(name: str, *args: object, view: str | None = None, **params: str) -> str:
    """The address of a desk page with the view and these parameters."""
    query = QueryDict(mutable=True)
    if view is not None:
        query["view"] = view
    for key, value in params.items():
        if value:
            query[key] = value
    path = reverse(f"desk:{name}", args=args)
    return f"{path}?{query.urlencode()}" if query else path
