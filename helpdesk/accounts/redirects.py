"""Where a page may send the browser afterwards: to this site and nowhere else (C7)."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def is_own_address(request: HttpRequest, url: str) -> bool:
    """True for an address on this very site; `//evil`, `/\\evil`, `https:evil` and `javascript:` are not."""
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())


def next_address(request: HttpRequest, default: str) -> str:
    """The `next` of the form or the address if it is on this site, else `default`."""
    url = request.POST.get("next") or request.GET.get("next") or ""
    return url if is_own_address(request, url) else default
