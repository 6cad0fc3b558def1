"""A made-up ticket for looking at a mail before anybody gets it. The words are ours, in the active language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from helpdesk.common.templatetags.hd import date_text
from notifications import topics
from notifications.services.mail import desk_facts
from tickets.choices import (
    CONSENT_ITEM_LABELS,
    PRIORITY_CHOICES,
    REASON_LABELS,
    TARGET_LABELS,
    Closure,
    IncidentSeverity,
)
from tickets.consent import REMOTE
from tickets.models import DeskSettings, TicketTask

NUMBER = "IT-0000042"
ITEMS = [CONSENT_ITEM_LABELS[item] for item in REMOTE]


def sample_names(at: datetime) -> dict[str, str]:
    """Something for each name that a line may use, as it would be told at this moment."""
    soon = date_text(at + timedelta(hours=4))
    return {
        "number": NUMBER,
        "subject": _("The printer on the third floor prints empty pages"),
        "name": _("Wang Lei"),
        "target": str(next(iter(TARGET_LABELS.values()))),
        "level": "L2",
        "reason": str(next(iter(REASON_LABELS.values()))),
        "due": soon,
        "begin": soon,
        "end": date_text(at + timedelta(days=3)),
    }


def sample_facts(key: str, *, at: datetime) -> dict[str, Any]:
    """What the templates may name, as `mail.facts_of` gives it for a real ticket."""
    line = topics.LINES[key]
    names = sample_names(at)
    later = at + timedelta(days=3)
    return {
        "headline": line.sentence(names),
        "next_step": str(line.next_step),
        "action": str(line.action),
        **desk_facts(DeskSettings.current()),
        **{name: names[name] for name in ("number", "subject", "name")},
        "link": settings.SITE_URL,
        "survey_link": settings.SITE_URL if key == "portal/closed" else "",
        "side": key.partition("/")[0],
        "ticket": {
            "cause": _("The toner cartridge was empty."),
            "solution": _("We put in a new one and printed a test page."),
            "advice": _("Call us when the printer shows the yellow light."),
            "contact_name": _("Li Na"),
            "priority": "P3",
            "get_priority_display": str(dict(PRIORITY_CHOICES)["P3"]),
        },
        "message": {"body": _("Could you tell us which room the printer stands in?")},
        "task": {
            "words": _("Please put a cartridge in the cupboard on the third floor."),
            "team": {"name": _("Field service")},
            "result": _("It is in.") if key == "desk/task_ended" else "",
            "get_state_display": str(TicketTask.State.DONE.label),
        },
        "agreement": {
            "items": {
                "all": [
                    {"is_allowed": key != "portal/consent_asked", "get_code_display": str(label)} for label in ITEMS
                ]
            },
            "purpose": _("We would like to see why the printer is not found."),
            "changes": _("Nothing is changed."),
            "answer_by_at": later,
            "valid_until_at": None if key == "portal/consent_asked" else later,
        },
        "update": {"text": _("The mail server answers again; we are watching it.")},
        "incident": {
            "number": "MI-0000007",
            "title": _("Mail can't be sent"),
            "is_open": True,
            "get_severity_display": str(IncidentSeverity.labels[0]),
            "commander": {"get_full_name": _("Wang Lei")},
            "communication_lead": {"get_full_name": _("Li Na")},
            "next_update_due_at": later,
            "expected_by_at": later,
        },
        "reason": _("It still prints empty pages."),
        "next_action_at": later,
        "due_at": later,
        "starts_at": at,
        "ends_at": later,
        "confirm_by_at": later,
        "reopen_until_at": later,
        "closure": str(Closure.CONFIRMED.label),
    }
