from __future__ import annotations

import uuid

from django.db import models


class ConfigurationRevision(models.Model):
    """One row that says which state the policies, rules and calendars are in.

    Every change raises `revision`, so that an open ticket judged by an older one is found by its own number. `token` is
    new each time too: what a process keeps in memory belongs to a token, and one that was rolled back never comes again.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.PositiveIntegerField(default=0)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="configuration_revision_is_one_row")]

    def __str__(self) -> str:
        return str(self.revision)
