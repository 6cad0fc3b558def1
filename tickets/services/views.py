"""Saved views of the queue: a name for a query string, for oneself or for a team one works in."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.text import clean_text
from tickets.models import QueueView

NAME_LENGTH = 60
QUERY_LENGTH = 1000
MOST_VIEWS = 50


def save_view(*, actor: User, name: str, query: str, team: Team | None) -> QueueView:
    """Keep a query string under a name. Raises InvalidInput."""
    if len(query) > QUERY_LENGTH:
        raise InvalidInput(_("These filters are too long to be kept as a view."))
    if QueueView.objects.filter(owner=actor).count() >= MOST_VIEWS:
        raise InvalidInput(_("You have %(limit)d views, which is the limit. Delete one first.") % {"limit": MOST_VIEWS})
    return _write(QueueView(owner=actor, query=query), name=name, team=team, actor=actor)


def change_view(*, view_id: int, actor: User, name: str, team: Team | None) -> QueueView:
    """Rename an own view, or share it. Raises NotVisible or InvalidInput."""
    return _write(_own(view_id, actor), name=name, team=team, actor=actor)


def delete_view(*, view_id: int, actor: User) -> None:
    """Remove an own view. The tickets in it stay as they are. Raises NotVisible."""
    _own(view_id, actor).delete()


def _own(view_id: int, actor: User) -> QueueView:
    view = QueueView.objects.filter(owner=actor, pk=view_id).first()
    if view is None:
        raise NotVisible
    return view


def _write(view: QueueView, *, name: str, team: Team | None, actor: User) -> QueueView:
    view.name = clean_text(name, field="name", max_length=NAME_LENGTH, multiline=False)
    if not view.name:
        raise InvalidInput(fields={"name": [_("Give the view a name.")]})
    if team is not None and team.pk not in actor.team_ids:
        raise InvalidInput(fields={"team": [_("You can share a view only with a team you work in.")]})
    view.team = team
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise InvalidInput(fields={"name": [_("You have a view of this name already.")]}) from None
    return view
