"""What looks like personal data in a version, with the names of our own people (M1.2-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from knowledge import personal_data
from knowledge.choices import FIELDS
from knowledge.models import ArticleVersion

KIND_LABELS: dict[str, str | Promise] = {
    personal_data.EMAIL: _("e-mail address"),
    personal_data.ID_CARD: _("number of an identity card"),
    personal_data.CARD: _("number of a bank card"),
    personal_data.MAC: _("hardware address of a device"),
    personal_data.IP: _("IP address"),
    personal_data.PHONE: _("phone number"),
    personal_data.NAME: _("name of a person"),
}


@dataclass(frozen=True)
class Found:
    """Something that looks like personal data, and where it stands. `around` is the text before and behind it."""

    language: str
    field: str
    kind: str
    text: str
    around: tuple[str, str]

    @property
    def kind_label(self) -> str:
        return str(KIND_LABELS[self.kind])


def names_of_people() -> list[str]:
    """The names that are looked for. Who looks at many texts reads them once."""
    return list(User.objects.exclude(full_name="").values_list("full_name", flat=True))


def findings_of(version: ArticleVersion, everybody: Sequence[str] | None = None) -> list[Found]:
    """All findings in a version's texts; `everybody` is `names_of_people` where that was read already."""
    return findings_in({text.language: text.words for text in version.texts.all()}, everybody)


def findings_in(texts: Mapping[str, Mapping[str, str]], everybody: Sequence[str] | None = None) -> list[Found]:
    """All findings in words by language and field."""
    if everybody is None:
        everybody = names_of_people()
    whole = "\n".join(value for words in texts.values() for value in words.values()).casefold()
    # One pass over the names; only those that stand there are looked for in detail.
    names = [name for name in everybody if name.casefold() in whole]
    found = []
    for language, words in texts.items():
        for field in ("title", *FIELDS):
            text = words.get(field, "")
            for finding in personal_data.find_personal_data(text, names):
                around = (text[max(finding.start - 20, 0) : finding.start], text[finding.end : finding.end + 20])
                found.append(Found(language, field, finding.kind, finding.text, around))
    return found
