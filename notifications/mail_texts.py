"""Mails in the organisation's own words: which parts may be put so, and what the words may name.

Names stand in the text as `{{ number }}`. They are filled in once and never run, so a text can show only what its list
allows: what the product's own sentence of that mail names, who it goes to, and the desk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications import topics
from notifications.models import MailText

PARTS = ("subject", "opening", "next_step", "action")
# The language codes of the settings, and how the fields name them.
LANGUAGES = {"zh-hans": "zh", "en": "en"}
FIELDS = tuple(f"{part}_{suffix}" for suffix in LANGUAGES.values() for part in PARTS)

LABELS: dict[str, str | Promise] = {
    "number": _("the ticket's number"),
    "subject": _("the ticket's subject"),
    "name": _("the person it is about"),
    "target": _("the promise"),
    "due": _("when it is due"),
    "level": _("the level of support"),
    "reason": _("the reason"),
    "begin": _("from when"),
    "end": _("until when"),
    "asset": _("the asset or licence"),
    "title": _("the title of the article"),
    "day": _("the day"),
    "recipient": _("whom the mail goes to"),
    "desk": _("the desk's name"),
    "phone": _("the hotline's number"),
}
# Goes to an address that nobody has confirmed yet: nothing in it may come from whoever wrote there (E7).
_TO_STRANGERS = "portal/received_by_mail"

_NAME = re.compile(r"\{\{([^{}]*)\}\}")
_IN_SENTENCE = re.compile(r"%\((\w+)\)s")


def names_in(key: str) -> tuple[str, ...]:
    """What the texts of this mail may name, in the order of `LABELS`."""
    own = set(_IN_SENTENCE.findall(str(topics.LINES[key].headline)))
    own |= {"desk", "phone"} if key == _TO_STRANGERS else {"desk", "phone", "recipient"}
    return tuple(name for name in LABELS if name in own)


def template_of(key: str) -> str:
    """The folder of templates/emails/ that this mail is made from."""
    topic = key.partition("/")[2]
    return "assigned" if topic == "assigned_to_team" else topic


def unknown_names(text: str, key: str) -> list[str]:
    """What stands in double braces without being a name that this mail knows."""
    return [found for name in _NAME.findall(text) if (found := name.strip()) not in names_in(key)]


def fill(text: str, names: Mapping[str, str]) -> str:
    """The text with its names replaced, once: what a name brings along is text, whatever it looks like."""
    return _NAME.sub(lambda match: names.get(match[1].strip(), ""), text)


def own_words(row: MailText, language: str | None, names: Mapping[str, str]) -> dict[str, str]:
    """The parts that have words of the organisation's own in this language, filled in."""
    suffix = LANGUAGES.get(language or "", "en")
    texts = {part: getattr(row, f"{part}_{suffix}") for part in PARTS}
    return {part: fill(text, names) for part, text in texts.items() if text}
