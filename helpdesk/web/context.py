"""What every page's shell shows: appearance, contact data, unread notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from helpdesk.accounts.models import User
from helpdesk.accounts.second_factor import ASK_FOR_FACTOR, lacks_second_factor
from helpdesk.common.bilingual import in_language
from notifications.selectors import unread_count
from tickets.models import DeskSettings


def shell(request: HttpRequest) -> dict[str, Any]:
    """`theme`, `contact`, `unread_count`, `asks_second_factor`; each is only read where a template asks for it."""
    user = request.user
    if not isinstance(user, User):
        return {"theme": "system", "contact": SimpleLazyObject(_contact), "unread_count": 0}
    return {
        "theme": user.theme,
        "contact": SimpleLazyObject(_contact),
        "unread_count": SimpleLazyObject(lambda: unread_count(user)),
        "asks_second_factor": ASK_FOR_FACTOR in getattr(request, "session", {}) and lacks_second_factor(user),
    }


def _contact() -> dict[str, str]:
    desk = DeskSettings.current()
    language = get_language()
    return {
        "name": in_language(desk.name_zh, desk.name_en, language),
        "phone": desk.phone,
        "emergency_phone": desk.emergency_phone,
        "hours": in_language(desk.hours_zh, desk.hours_en, language),
    }
