"""Requester groups and who is in them."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from helpdesk.accounts.models import RequesterGroup, User
from helpdesk.accounts.signals import belonging_changed
from helpdesk.common.locking import lock_row


@transaction.atomic
def save_group(*, group: RequesterGroup, members: Collection[User], actor: User, reason: str = "") -> RequesterGroup:
    """Store a group with exactly these members."""
    group._history_user = actor  # type: ignore[attr-defined]
    group._change_reason = reason[:100]  # type: ignore[attr-defined]
    group.save()
    lock_row(RequesterGroup.objects.all(), pk=group.pk)
    known = set(group.members.values_list("pk", flat=True))
    wanted = {person.pk for person in members}
    group.members.set(wanted)
    if changed := known ^ wanted:
        belonging_changed.send(sender=RequesterGroup, people=changed)
    return group


@transaction.atomic
def set_groups(*, person: User, groups: Collection[RequesterGroup], actor: User, reason: str = "") -> None:
    """Put a person into exactly these groups."""
    known, wanted = set(person.requester_groups.all()), set(groups)
    for group in sorted(known ^ wanted, key=lambda group: group.pk):
        group._history_user = actor  # type: ignore[attr-defined]
        group._change_reason = reason[:100]  # type: ignore[attr-defined]
        if group in wanted:
            group.members.add(person)
        else:
            group.members.remove(person)
    if known != wanted:
        belonging_changed.send(sender=RequesterGroup, people={person.pk})
