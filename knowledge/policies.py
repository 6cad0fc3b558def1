"""Who may do what with an article that they see. Whether it is visible at all says `Article.objects.visible_to`."""

from __future__ import annotations

from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from knowledge.choices import EventCode
from knowledge.models import Article, ArticleVersion


def can_write(person: User) -> bool:
    """The whole desk writes drafts."""
    return person.can(Ability.USE_DESK)


def can_manage(person: User, article: Article) -> bool:
    """The owner, leads and administrators answer for an article."""
    if person.can(Ability.WORK_EVERYWHERE) or person.can(Ability.CONFIGURE):
        return True
    return article.owner_id == person.pk and can_write(person)


def has_written(person: User, version: ArticleVersion) -> bool:
    """They put words into this version, started it, or added a file that comes with it."""
    if version.author_id == person.pk:
        return True
    if version.is_open and version.article.files.to_come().filter(uploaded_by=person).exists():
        return True
    return version.events.filter(code=EventCode.WRITTEN, actor=person).exists()


def can_review(person: User, article: Article, version: ArticleVersion) -> bool:
    """Publish it or send it back: never whoever wrote it (two people read what others act on)."""
    return can_manage(person, article) and not has_written(person, version)
