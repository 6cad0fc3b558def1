"""Codes that the knowledge base stores. Their words are for display only."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ZH, EN = "zh-hans", "en"
LANGUAGES = (ZH, EN)
LANGUAGE_CHOICES = [(ZH, "简体中文"), (EN, "English")]
# The Markdown fields of one text, in the order in which they are read.
FIELDS = ("symptom", "cause", "solution", "advice", "body")
FIELD_LABELS = {
    "title": _("Title"),
    "symptom": _("What you see"),
    "cause": _("Cause"),
    "solution": _("What to do"),
    "advice": _("Good to know"),
    "body": _("More"),
}
TITLE_LENGTH, TEXT_LENGTH, NOTE_LENGTH = 200, 20_000, 500


class Audience(models.TextChoices):
    PUBLIC = "public", _("Everybody who signs in")
    STAFF = "staff", _("The whole desk")
    TEAM = "team", _("One team")


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    PUBLISHED = "published", pgettext_lazy("article", "Published")
    SUPERSEDED = "superseded", _("Replaced by a newer version")
    DISCARDED = "discarded", _("Thrown away")


OPEN_STATES = (VersionState.DRAFT, VersionState.REVIEW)


class Translation(models.TextChoices):
    """How the two languages of a published article stand to each other."""

    CURRENT = "current", _("Both languages are current")
    ZH_OUTDATED = "zh_outdated", _("The Chinese text is older than the English one")
    EN_OUTDATED = "en_outdated", _("The English text is older than the Chinese one")
    ZH_MISSING = "zh_missing", _("There is no Chinese text")
    EN_MISSING = "en_missing", _("There is no English text")


class Reason(models.TextChoices):
    """Why an article didn't help."""

    NOT_MY_PROBLEM = "not_my_problem", _("It is about another problem")
    DID_NOT_WORK = "did_not_work", _("I did it, but it didn't work")
    UNCLEAR = "unclear", _("I don't understand it")
    OUTDATED = "outdated", _("It is out of date")
    OTHER = "other", pgettext_lazy("reason", "Something else")


class Place(models.TextChoices):
    """Where a problem was solved before there was a ticket."""

    PORTAL = "portal", _("Portal")
    CALL = "call", _("Call")
    WALK_IN = "walk_in", _("In person")


class EventCode(models.TextChoices):
    CREATED = "created", _("created the article")
    WRITTEN = "written", _("wrote on this version")
    DISCARDED = "discarded", _("threw the draft away")
    SENT = "sent", _("sent it for review")
    RETURNED = "returned", _("sent it back")
    PUBLISHED = "published", _("published it")
    IMPORTED = "imported", _("imported it from files, as published")
    RETIRED = "retired", _("retired the article")
    RESTORED = "restored", _("brought the article back")
    REVIEWED = "reviewed", _("checked it: still right")
    TRANSLATION_CHECKED = "translation_checked", _("said that the translation still fits")
    DETAILS = "details", _("changed who may read it, or other details")
    FILE_WITHDRAWN = "file_withdrawn", _("withdrew a file")


# Drawings that stand for a topic.
TOPIC_ICONS = (
    ("book", _("Book")),
    ("laptop", _("Computer")),
    ("print", _("Printer")),
    ("wifi", _("Network")),
    ("mail", _("Mail")),
    ("key", _("Key")),
    ("shield", _("Shield")),
    ("grid", _("Programs")),
    ("board", _("Business application")),
    ("phone", _("Telephone")),
    ("tool", _("Tool")),
    ("help", _("Question mark")),
)
