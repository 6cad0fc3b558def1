"""What happened with a vendor, as the requester reads it: that we asked, and by when they answer; no names, no contents."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tickets.choices import Act

_ASKED = _("The vendor was asked for help.")
_PROMISED = _("The vendor's answer is due %(promised)s.")
_ANSWERED = _("The vendor has answered.")
_CLOSED = _("The vendor has nothing left to do for this.")
LINES: dict[str, tuple[Promise | str, Promise | str, str]] = {
    Act.VENDOR_CASE_OPENED: (_ASKED, _ASKED, "tool"),
    Act.VENDOR_PROMISED: (_PROMISED, _PROMISED, "clock"),
    Act.VENDOR_ANSWERED: (_ANSWERED, _ANSWERED, "tool"),
    Act.VENDOR_CASE_CLOSED: (_CLOSED, _CLOSED, "tool"),
}
BY_ITSELF: dict[str, tuple[Promise | str, str]] = {Act.VENDOR_ANSWERED: (_ANSWERED, "tool")}
