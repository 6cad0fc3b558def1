from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.models import User


class ImportJobQuerySet(models.QuerySet["ImportJob"]):
    def visible_to(self, viewer: User) -> ImportJobQuerySet:
        """The desk sees who has imported what."""
        return self.all() if viewer.is_desk else self.none()


class ImportJob(models.Model):
    """A table of assets that somebody brought along, and what became of it.

    `headings` are those of the file, `sample` its first rows; `mapping` says which heading is which column
    (`exchange/columns.py`). `errors` are at most `MAX_ERRORS` problems as {row, column, value, sentence}, in the words of
    `language`; `error_count` counts all. `changes` are the first `MAX_CHANGES` rows that add or change an asset, as values
    (`services/importing/preview.py`); none where there are errors. While a worker has it, nobody else takes it before `leased_until_at`. The file is
    at `storage_key` until the import is done.
    """

    MAX_ERRORS = 1000
    MAX_CHANGES = 50

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Columns to be assigned")
        CHECKING = "checking", _("Is being checked")
        CHECKED = "checked", _("Ready to be written")
        REFUSED = "refused", _("Has errors")
        WRITING = "writing", _("Is being written")
        DONE = "done", pgettext_lazy("import", "Done")
        FAILED = "failed", _("Was broken off")

    actor_id: int
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("imported by"), on_delete=models.PROTECT, related_name="+"
    )
    file_name = models.CharField(_("file"), max_length=150)
    storage_key = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=10)
    headings: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    sample: models.JSONField[list[list[str]], list[list[str]]] = models.JSONField(default=list)
    is_small = models.BooleanField(default=True)
    mapping: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.UPLOADED)
    rows_read = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(_("new"), default=0)
    updated_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    error_count = models.PositiveIntegerField(_("errors"), default=0)
    errors: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    changes: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until_at = models.DateTimeField(null=True)
    uploaded_at = models.DateTimeField(_("uploaded"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of assets")
        verbose_name_plural = _("imports of assets")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["leased_until_at"],
                name="import_job_running",
                condition=models.Q(state__in=["checking", "writing"]),
            ),
            models.Index(fields=["uploaded_at"], name="import_job_age"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_running(self) -> bool:
        """A worker has it, or will."""
        return self.state in (self.State.CHECKING, self.State.WRITING)

    @property
    def row_count(self) -> int:
        """The rows that were found in order."""
        return self.created_count + self.updated_count + self.unchanged_count

    @property
    def writes(self) -> int:
        """How many assets it adds or changes."""
        return self.created_count + self.updated_count
