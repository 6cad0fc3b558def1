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
from tickets.models import DeskSettings, TicketTask, VendorCase
from tickets.promise_choices import PROMISE_REASON_LABELS
from tickets.promises import Reason

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
        "asset": "PC-20417 · ThinkPad X1",
        "title": _("VPN does not connect"),
        "day": date_text(at),
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
        **{name: names[name] for name in ("number", "subject", "name", "asset", "title", "day")},
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
            "promised_at": later,
        },
        "message": {"body": _("Could you tell us which room the printer stands in?")},
        "task": {
            "words": _("Please put a cartridge in the cupboard on the third floor."),
            "team": {"name": _("Field service")},
            "result": _("It is in.") if key == "desk/task_ended" else "",
            "get_state_display": str(TicketTask.State.DONE.label),
        },
        "agreement": {**_agreement_facts(key, later), **_of_vendor()},
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
        "end": names["end"],
        "confirm_by_at": later,
        "reopen_until_at": later,
        "closure": str(Closure.CONFIRMED.label),
    }


def _agreement_facts(key: str, later: datetime) -> dict[str, Any]:
    """What was asked of the requester, with what their answer is where the mail tells of one."""
    is_asked = key in ("portal/consent_asked", "portal/consent_reminder")
    return {
        **_promise_facts(key, later),
        "items": {"all": [{"is_allowed": not is_asked, "get_code_display": str(label)} for label in ITEMS]},
        "purpose": _("We would like to see why the printer is not found."),
        "changes": _("Nothing is changed."),
        "answer_by_at": later,
        "valid_until_at": None if is_asked else later,
    }


def _promise_facts(key: str, later: datetime) -> dict[str, Any]:
    """What proposed times, work windows and requests for action have, each asked or answered as its mail tells."""
    is_answered = key.endswith(("_answered", "_recorded", "_agreed"))
    steps = (_("Switch the printer off and on."), _("Print a test page."))
    return {
        "KIND": "promise",
        "state": "answered" if is_answered else "asked",
        "promised_at": later - timedelta(days=1),
        "proposed_at": later,
        "get_reason_code_display": str(PROMISE_REASON_LABELS[Reason.PARTS]),
        "words": _("The cartridge comes tomorrow."),
        "meanwhile": _("You can use the printer on the second floor."),
        "is_accepted": is_answered,
        "counter_at": later if key == "portal/new_time_agreed" else None,
        "starts_at": later - timedelta(hours=1),
        "ends_at": later,
        "affected": _("Nobody can print in this time."),
        "is_done": is_answered,
        "steps": {
            "all": [
                {"position": position, "words": words, "is_done": is_answered}
                for position, words in enumerate(steps, 1)
            ]
        },
        "answer_words": _("That is fine.") if is_answered else "",
    }


def _of_vendor() -> dict[str, Any]:
    """A vendor case, and a word of the vendor on it."""
    vendor = {"name": _("Printer service")}
    return {
        "vendor": vendor,
        "case": {"vendor": vendor, "reference": "SR-2041"},
        "reference": "SR-2041",
        "subject": _("Empty pages since the last update"),
        "question": _("Please say whether the update can be undone."),
        "body": _("Our technician comes tomorrow morning."),
        "address": "support@vendor.example",
        "get_outcome_display": str(VendorCase.Outcome.SOLVED.label),
        "closing_words": _("They exchanged the drum."),
    }
