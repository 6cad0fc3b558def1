"""Who may open reports."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import NotAllowed
from tickets.policies import can_read_reports

View = Callable[..., HttpResponseBase]


def report_page(view: View) -> View:
    """A page for leads and administrators."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not can_read_reports(viewer(request)):
            raise NotAllowed(_("Reports are for leads and administrators."))
        return view(request, *args, **kwargs)

    return desk_page("GET")(inner)
