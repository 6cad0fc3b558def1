"""Writes to the texts of mails, and how a mail would look with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.text import clean_text
from notifications import topics
from notifications.mail_texts import FIELDS, LANGUAGES, names_in, template_of, unknown_names
from notifications.models import MailText
from notifications.models.mail_text import LENGTHS
from notifications.policies import can_write_mail_texts
from notifications.services import mail
from notifications.services.mail_sample import sample_facts, sample_names
from notifications.services.threading import MailThread


@dataclass(frozen=True)
class Sample:
    """One mail as it would go out in one language, about a ticket that doesn't exist."""

    language: str
    subject: str
    text: str
    html: str


def list_every_mail() -> None:
    """Make a row for each mail that has none yet, with nothing changed about it."""
    known = set(MailText.objects.values_list("key", flat=True))
    missing = [MailText(key=key) for key in topics.LINES if key not in known]
    MailText.objects.bulk_create(missing, ignore_conflicts=True)


def refuse_bad_texts(row: MailText) -> None:
    """Tidy what was entered. Raises InvalidInput naming the fields."""
    problems: dict[str, Any] = {}
    for name in FIELDS:
        part = name.rpartition("_")[0]
        try:
            text = clean_text(getattr(row, name), field=name, max_length=LENGTHS[part], multiline=part == "next_step")
        except InvalidInput as error:
            problems |= error.fields
            continue
        setattr(row, name, text)
        unknown = unknown_names(text, row.key)
        if unknown:
            offered = " ".join(f"{{{{ {known} }}}}" for known in names_in(row.key))
            message = _("This mail doesn't know “%(name)s”. It knows: %(offered)s")
            problems[name] = [message % {"name": unknown[0][:40], "offered": offered}]
    if problems:
        raise InvalidInput(fields=problems)


def save_texts(*, row: MailText, actor: User, at: datetime, reason: str = "") -> None:
    """Put a mail in these words from now on. Raises NotAllowed, and InvalidInput naming the fields."""
    if not can_write_mail_texts(actor):
        raise NotAllowed
    refuse_bad_texts(row)
    row._history_user, row._history_date, row._change_reason = actor, at, reason[:100]  # type: ignore[attr-defined]
    row.save()


@transaction.atomic
def reset_texts(*, row: MailText, actor: User, at: datetime) -> None:
    """Go back to the product's own words; the history keeps the others. Raises NotAllowed."""
    for name in FIELDS:
        setattr(row, name, "")
    save_texts(row=row, actor=actor, at=at, reason="reset")


def samples_of(row: MailText, *, at: datetime) -> Iterable[Sample]:
    """How this mail looks with these texts, in each language, as the product's own words where a part has none.

    Raises InvalidInput naming the fields.
    """
    refuse_bad_texts(row)
    for language in LANGUAGES:
        with translation.override(language):
            person = User(full_name=_("Li Na"), email="li.na@example.com")
            facts = sample_facts(row.key, at=at)
            names = {**sample_names(at), **mail.names_of(person, facts)}
            facts |= mail.facts_from(row, names)
            message = mail.write(template_of(row.key), facts, person, MailThread({}, answer_to="x"))
            html = str(message.alternatives[0][0])
            yield Sample(language, str(message.subject), str(message.body), html)


def title_of(key: str) -> str:
    """What a list calls this mail: its subject without the ticket, in the active language."""
    names = {name: "" if name in ("number", "subject") else "…" for name in names_in(key)}
    return mail.subject_of(template_of(key), names).strip(" []:：\n")


def product_words(key: str, field: str) -> str:
    """What goes out where this field is empty, with its names in double braces."""
    part, _sep, suffix = field.rpartition("_")
    line = topics.LINES[key]
    braces = {name: f"{{{{ {name} }}}}" for name in names_in(key)}
    with translation.override(next(code for code, known in LANGUAGES.items() if known == suffix)):
        if part == "subject":
            facts = {**braces, "headline": line.sentence(braces)}
            return " ".join(mail.subject_of(template_of(key), facts).split())
        return {
            "opening": line.sentence(braces),
            "next_step": str(line.next_step),
            "action": str(line.action),
        }[part]
