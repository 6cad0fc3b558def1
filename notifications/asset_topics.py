"""What people are told of the register of assets: what they are to confirm, what is overdue, and what runs out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from assets.choices import CustodyState
from assets.models import Asset, CustodyAct, Licence
from assets.notices import CUSTODY_TOPICS, LOAN_TOPICS, SUBJECT_TYPE, Topic
from helpdesk.accounts.models import User
from notifications.lines import Line

REGISTER = SUBJECT_TYPE
_ANSWER = _("Answer now")
OF_REGISTER: dict[str, Line] = {
    Topic.RECEIPT_ASKED: Line(
        _("%(name)s noted that you were given this: %(asset)s."),
        _("Please confirm that you have it, or say what is not right."),
        _ANSWER,
    ),
    Topic.RETURN_ASKED: Line(
        _("%(name)s noted that you gave this back: %(asset)s."),
        _("Please confirm it, or say what is not right."),
        _ANSWER,
    ),
    Topic.DECLINED: Line(
        _("%(name)s says that this is not right: %(asset)s."),
        _("Read what was said, and clear it up. The asset stands where it was before."),
        _("Open the asset"),
    ),
    Topic.RELEASED: Line(
        _("This no longer stands in your name: %(asset)s."),
        _("It was retired. There is nothing left for you to do."),
        _("See what you have"),
    ),
    Topic.LOAN_EXTENDED: Line(
        _("You may keep this until %(day)s: %(asset)s."),
        _("The support team extended the loan."),
        _("See what was lent"),
    ),
    Topic.LENT_OVERDUE: Line(
        _("This was lent to %(name)s until %(day)s and is not back yet: %(asset)s."),
        _("Please see to it that it comes back, or agree another day with the support team."),
        _("See what was lent"),
    ),
    Topic.LICENCE_EXPIRES: Line(
        _("This licence ends on %(day)s: %(asset)s."),
        _("Renew it in time, or tell those who use it."),
        _("Open the licence"),
    ),
}


@dataclass(frozen=True)
class News:
    """What one notice may say to its reader, and where they read on. `person` is whom it is about."""

    person: User
    asset: str
    day: str
    path: str

    @property
    def names(self) -> dict[str, str]:
        return {"name": self.person.get_full_name(), "asset": self.asset, "day": self.day}


def news_of(told: Iterable[tuple[str, int]], reader: User) -> Mapping[tuple[str, int], News]:
    """The news of these topics and ids, through the reader's own eyes; what they may not see is left out, and questions
    that were answered meanwhile as well."""
    told = list(told)
    acts = CustodyAct.objects.visible_to(reader).select_related("asset__type", "person", "given_by")
    custody = acts.in_bulk([pk for topic, pk in told if topic in CUSTODY_TOPICS])
    lent = Asset.objects.visible_to(reader).select_related("type", "holder")
    assets = lent.in_bulk([pk for topic, pk in told if topic in LOAN_TOPICS])
    licences = Licence.objects.visible_to(reader).in_bulk([pk for topic, pk in told if topic == Topic.LICENCE_EXPIRES])
    found: dict[tuple[str, int], News] = {}
    for topic, pk in told:
        if topic in CUSTODY_TOPICS and pk in custody:
            found[topic, pk] = _of_custody(topic, custody[pk])
        elif topic in LOAN_TOPICS and pk in assets and assets[pk].holder is not None:
            found[topic, pk] = _of_loan(assets[pk], reader)
        elif topic == Topic.LICENCE_EXPIRES and pk in licences:
            row = licences[pk]
            path = reverse("assets:licence", args=[pk])
            found[topic, pk] = News(reader, str(row), _day(row.expires_on), path)
    return found


def is_answered(topic: str, act_id: int) -> bool:
    """Whether a question needs no answer any more."""
    is_question = topic in (Topic.RECEIPT_ASKED, Topic.RETURN_ASKED)
    return is_question and not CustodyAct.objects.filter(pk=act_id, state=CustodyState.OFFERED).exists()


def _of_custody(topic: str, act: CustodyAct) -> News:
    if topic == Topic.DECLINED:
        return News(act.person, str(act.asset), "", reverse("assets:asset", args=[act.asset.tag]))
    path = reverse("assets:mine") if topic == Topic.RELEASED else reverse("assets:custody", args=[act.pk])
    return News(act.given_by or act.person, str(act.asset), "", path)


def _of_loan(asset: Asset, reader: User) -> News:
    assert asset.holder is not None
    is_own = asset.holder_id == reader.pk
    path = reverse("assets:mine") if is_own else reverse("assets:asset", args=[asset.tag])
    return News(asset.holder, str(asset), _day(asset.lent_until_on), path)


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""
