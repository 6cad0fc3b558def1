"""May we work on it then? The answer to a proposed work window (M3.3.2-3)."""

from __future__ import annotations

from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.common.templatetags.hd import when_text
from tickets.models import WorkWindow
from tickets.models.asking import Asking
from tickets.services.agreements.asking import Answer
from tickets.services.agreements.windows import answer_window
from tickets.services.signed_links import Link
from tickets.views.portal.questions.base import Asked, AskingQuestion, Text
from tickets.views.portal.questions.typed import moment


class WindowQuestion(AskingQuestion):
    model = WorkWindow
    kind = WorkWindow.KIND
    title = gettext_lazy("When may we work on it?")
    template = "portal/questions/_window.html"
    icon = "cal"

    def decide(self, asked: Asked, link: Link, typed: QueryDict, *, via: Asking.Via, at: datetime) -> Text:
        is_accepted = typed.get("answer") == "accept"
        answer = Answer(link.person, via, at, typed.get("words", ""))
        row = answer_window(
            window_id=asked.row.pk,
            is_accepted=is_accepted,
            wished_at=None if is_accepted else moment(typed, "wished_at"),
            answer=answer,
        )
        if row.is_accepted:
            return _("Thank you. We go on %(when)s, as agreed.") % {"when": when_text(row.starts_at)}
        return _("Thank you. We look for a time that suits you better.")
