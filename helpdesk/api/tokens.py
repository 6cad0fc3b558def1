"""Making, listing and revoking API tokens."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.api.models import ApiToken
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.text import clean_text

DAYS = 365
LONGEST_DAYS = 730
MOST_PER_PERSON = 50


def create_token(*, owner: User, name: str, scope: str, at: datetime, days: int = DAYS) -> tuple[ApiToken, str]:
    """A new token and its text, which can't be shown again. Raises InvalidInput naming `name`, `scope` or `days`."""
    name = clean_text(name, field="name", max_length=80, multiline=False)
    if not name:
        raise InvalidInput(fields={"name": [_("Say what the token is for.")]})
    if scope not in ApiToken.Scope.values:
        raise InvalidInput(fields={"scope": [_("Choose read or write.")]})
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(fields={"days": [_("Choose between 1 and %(limit)d days.") % {"limit": LONGEST_DAYS}]})
    if not owner.is_active:
        raise InvalidInput(fields={"owner": [_("This account is deactivated.")]})
    if tokens_of(owner=owner).count() >= MOST_PER_PERSON:
        raise InvalidInput(fields={"name": [_("At most %(limit)d tokens at once.") % {"limit": MOST_PER_PERSON}]})
    # knox counts the expiry from its own clock; the instant is set from ours.
    token, text = ApiToken.objects.create(user=owner, name=name, scope=scope, expiry=None)
    ApiToken.objects.filter(pk=token.pk).update(created=at, expiry=at + timedelta(days=days))
    token.refresh_from_db()
    return token, text


def tokens_of(*, owner: User) -> QuerySet[ApiToken]:
    """A person's tokens, newest first, expired ones included."""
    return ApiToken.objects.filter(user=owner).order_by("-created", "digest")


def revoke_token(*, owner: User, digest: str) -> None:
    """End one of the owner's tokens at once. Raises NotVisible for any other."""
    deleted, _by_model = ApiToken.objects.filter(user=owner, digest=digest).delete()
    if not deleted:
        raise NotVisible
