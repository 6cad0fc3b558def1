"""Cursor pages: `helpdesk/common/paging.py` with the API's parameters, links and refusals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.utils.urls import remove_query_param, replace_query_param

from helpdesk.common.errors import InvalidInput
from helpdesk.common.paging import Key, paginate, read_cursor

PAGE_SIZE = 50
MAX_PAGE_SIZE = 100
PARAMETERS = frozenset({"cursor", "page_size"})
FORWARDS, BACKWARDS = "after", "before"
_signer = Signer(salt="api.cursor")


def answer_page(
    request: Request,
    rows: QuerySet[Any],
    keys: Sequence[Key],
    write: Callable[[Any], dict[str, Any]],
    *,
    details: QuerySet[Any] | None = None,
) -> dict[str, Any]:
    """The page that `cursor` and `page_size` ask for, its rows read from `details`. Raises InvalidInput naming either."""
    order = ",".join(f"{'-' if key.is_descending else ''}{key.name}" for key in keys)
    page = paginate(rows, keys, size=_page_size(request), details=details, **_read(request, keys, order))
    return {
        "next": _link(request, FORWARDS, order, page.after),
        "previous": _link(request, BACKWARDS, order, page.before),
        "results": [write(row) for row in page.rows],
    }


def _page_size(request: Request) -> int:
    given = request.query_params.get("page_size")
    if given is None:
        return PAGE_SIZE
    if not (given.isascii() and given.isdigit() and given.strip("0")):
        raise InvalidInput(fields={"page_size": [_("Give a whole number from 1 up.")]})
    return MAX_PAGE_SIZE if len(given) > 6 else min(int(given), MAX_PAGE_SIZE)


def _link(request: Request, side: str, order: str, cursor: str) -> str | None:
    if not cursor:
        return None
    url = remove_query_param(request.build_absolute_uri(), "cursor")
    return str(replace_query_param(url, "cursor", _signer.sign(f"{side}.{order}.{cursor}")))


def _read(request: Request, keys: Sequence[Key], order: str) -> dict[str, str]:
    """Cursors are signed, so they hold what we wrote into them, and belong to one order."""
    given = request.query_params.get("cursor")
    if given is None:
        return {}
    try:
        side, written_for, cursor = _signer.unsign(given).split(".")
    except (BadSignature, ValueError):
        side = written_for = cursor = ""
    if written_for != order or read_cursor(cursor, keys) is None:
        raise InvalidInput(fields={"cursor": [_("This cursor is not one of this list. Start again without it.")]})
    return {side: cursor}
