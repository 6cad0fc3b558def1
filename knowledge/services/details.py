"""What an article is besides its words: who reads and owns it, what it is about, and when it is checked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.search import normalise
from helpdesk.common.text import clean_text
from knowledge.choices import Audience
from knowledge.models import AppliesTo, Article, Topic
from knowledge.policies import can_manage
from knowledge.services.reminders import next_review

# Who reads an article, who publishes it, and when it is looked at again is for those who answer for it to say.
FOR_MANAGERS = ("audience", "team", "owner", "review_on")
MOST_NAMES, NAME_LENGTH = 30, 120


class Details(TypedDict, total=False):
    """What an article is besides its words. What is left out stays as it is."""

    audience: str
    team: Team | None
    topics: Sequence[Topic]
    owner: User
    applies_to: Sequence[str]
    review_on: date | None


def refuse_foreign_details(article: Article, details: Details, actor: User) -> None:
    """Raise NotAllowed where those who answer for the article decide."""
    if can_manage(actor, article):
        return
    given: dict[str, Any] = {**details}
    if any(name in given and given[name] != getattr(article, name) for name in FOR_MANAGERS):
        raise NotAllowed(
            _(
                "Only the owner, a lead or an administrator changes who reads the article, who owns it, and when it is "
                "checked again."
            )
        )


def refuse_unseen(article: Article, actor: User) -> None:
    """Raise InvalidInput for a team and an owner that would take the article out of its writer's sight."""
    if not Article.objects.visible_to(actor).filter(pk=article.pk).exists():
        raise InvalidInput(
            fields={"team": [_("You would not see it yourself then. Choose a team of yours, or stay the owner.")]}
        )


def details_of(article: Article) -> dict[str, Any]:
    """What `Details` may change, as it is now."""
    return {
        **{name: getattr(article, name) for name in ("audience", "team_id", "owner_id", "review_on")},
        "topics": set(article.topics.values_list("pk", flat=True)),
        "applies_to": list(article.applies_to.values_list("name", flat=True)),
    }


def apply_details(article: Article, details: Details, at: datetime) -> dict[str, Any]:
    """Set the fields; what stands in other tables is given back, for `relate` when the article has a row.

    Raises InvalidInput.
    """
    errors = _apply_people(article, details)
    relations: dict[str, Any] = {}
    try:
        if "review_on" in details:
            article.review_on = _review_day(article, details["review_on"], at)
    except InvalidInput as error:
        errors.update(error.sentences())
    if "topics" in details:
        relations["topics"] = list(details["topics"])
    try:
        if "applies_to" in details:
            relations["applies_to"] = _clean_names(details["applies_to"])
    except InvalidInput as error:
        errors.update(error.sentences())
    if errors:
        raise InvalidInput(fields=errors)
    return relations


def _apply_people(article: Article, details: Details) -> dict[str, list[str]]:
    """Who reads and who owns it. Returns what is wrong, by field."""
    errors: dict[str, list[str]] = {}
    if "audience" in details:
        article.audience = details["audience"]
    if "team" in details:
        article.team = details["team"]
    if article.audience != Audience.TEAM:
        article.team = None
    elif article.team is None:
        errors["team"] = [_("Choose the team that may read it.")]
    # Who left the desk may stay the owner until somebody chooses another one.
    if "owner" in details and details["owner"].pk != article.owner_id:
        article.owner = details["owner"]
        if not (article.owner.is_active and article.owner.is_desk):
            errors["owner"] = [_("The owner has to be somebody of the desk.")]
    return errors


def _review_day(article: Article, wanted: date | None, at: datetime) -> date | None:
    """A day that has come may stay until somebody has looked. What is published always has one."""
    if wanted == article.review_on or (wanted is None and article.published_at is None):
        return wanted
    return next_review(wanted, at)


def relate(article: Article, relations: Mapping[str, Any]) -> None:
    """Store what `apply_details` gave back."""
    if "topics" in relations:
        article.topics.set(relations["topics"])
    if "applies_to" in relations and list(article.applies_to.values_list("name", flat=True)) != relations["applies_to"]:
        article.applies_to.all().delete()
        AppliesTo.objects.bulk_create(
            AppliesTo(article=article, name=name, key=_key(name)) for name in relations["applies_to"]
        )


def _key(name: str) -> str:
    return normalise(name)[:NAME_LENGTH]


def _clean_names(names: Sequence[str]) -> list[str]:
    """Names once each, in the order given. Raises InvalidInput."""
    found: dict[str, str] = {}
    for name in names:
        text = clean_text(name, field="applies_to", max_length=NAME_LENGTH, multiline=False)
        if text:
            found.setdefault(_key(text), text)
    if len(found) > MOST_NAMES:
        raise InvalidInput(fields={"applies_to": [_("Name at most %(count)d things.") % {"count": MOST_NAMES}]})
    return list(found.values())
