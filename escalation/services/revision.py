"""Saying that policies, rules or calendars have changed, so that open tickets are judged anew."""

from __future__ import annotations

import uuid

from django.db.models import F

from escalation.models import ConfigurationRevision


def begin_new_revision() -> None:
    """Must run inside the transaction of the change. Two changes at once wait for each other here."""
    changed = ConfigurationRevision.objects.update(revision=F("revision") + 1, token=uuid.uuid4())
    if not changed:
        ConfigurationRevision.objects.get_or_create(id=1, defaults={"revision": 0})
        ConfigurationRevision.objects.update(revision=F("revision") + 1, token=uuid.uuid4())
