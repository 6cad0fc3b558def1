"""The two passes over a file: checking, which writes nothing, and writing, which checks everything again."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from assets.exchange.columns import all_columns
from assets.exchange.names import Register
from assets.exchange.planning import Plan, Planner, Problem
from assets.models import Asset, ImportJob
from assets.services.importing import preview, storage
from assets.services.importing.batches import Matcher, in_batches
from assets.services.importing.writing import write_plans
from helpdesk.common.errors import InvalidInput
from helpdesk.common.locking import lock_name
from helpdesk.common.tables.reading import open_table

log = structlog.get_logger(__name__)

# A worker that was killed holds a job no longer than this. One that is only slow loses nothing: the second waits for it.
LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 3
State = ImportJob.State


class _FoundProblems(Exception):
    """Undoes a writing pass in which a row was refused."""


class Tally:
    """What a pass has found so far."""

    def __init__(self) -> None:
        self.rows = self.error_count = 0
        self.outcomes: Counter[str] = Counter()
        self.errors: list[Problem] = []
        self.changes: list[dict[str, Any]] = []

    def count(self, plan: Plan) -> None:
        self.rows += 1
        self.outcomes[plan.outcome] += 1
        if plan.outcome in ("created", "updated") and len(self.changes) < ImportJob.MAX_CHANGES:
            self.changes.append(preview.as_json(plan))
        self.add(plan.problems)

    def add(self, problems: list[Problem]) -> None:
        self.error_count += len(problems)
        self.errors += problems[: ImportJob.MAX_ERRORS - len(self.errors)]

    def as_fields(self) -> dict[str, object]:
        return {
            "rows_read": self.rows,
            "created_count": self.outcomes["created"],
            "updated_count": self.outcomes["updated"],
            "unchanged_count": self.outcomes["unchanged"],
            "error_count": self.error_count,
            "errors": [problem.as_json() for problem in self.errors],
            "changes": [] if self.error_count else self.changes,
        }


def run_import(*, job_id: int, at: datetime) -> None:
    """Do what the job waits for, unless another worker is at it. Safe to call any number of times."""
    mine = ImportJob.objects.filter(Q(leased_until_at=None) | Q(leased_until_at__lte=at), pk=job_id)
    mine = mine.filter(state__in=[State.CHECKING, State.WRITING])
    if not mine.update(leased_until_at=at + LEASE, attempts=F("attempts") + 1):
        return
    job = ImportJob.objects.select_related("actor").get(pk=job_id)
    with translation.override(job.language):
        if job.attempts > MAX_ATTEMPTS:
            _finish(job, State.FAILED, at, _broken_off())
            return
        try:
            _check(job, at) if job.state == State.CHECKING else _write(job, at)
        except Exception:
            log.exception("import_failed", job=job.pk)
            _finish(job, State.FAILED, at, _broken_off())


def _broken_off() -> Tally:
    tally = Tally()
    tally.add([Problem(0, "", "", _("Something went wrong on our side. Nothing was written. Please try again later."))])
    return tally


def _finish(job: ImportJob, state: str, at: datetime, tally: Tally) -> None:
    """Leave the job in `state`, unless somebody else brought it further meanwhile."""
    done = ImportJob.objects.filter(pk=job.pk, state=job.state)
    done.update(state=state, leased_until_at=None, finished_at=at, **tally.as_fields())


def _check(job: ImportJob, at: datetime) -> None:
    tally = Tally()
    _pass(job, at, tally, is_writing=False)
    _finish(job, State.REFUSED if tally.error_count else State.CHECKED, at, tally)


def _write(job: ImportJob, at: datetime) -> None:
    """All rows in one transaction, imports one after the other. Whatever changed since the check is seen here."""
    tally = Tally()
    try:
        with transaction.atomic():
            lock_name("assets.import")
            _hold_register()
            # The row itself stays free, so that nobody who looks at the import has to wait.
            if not ImportJob.objects.filter(pk=job.pk, state=State.WRITING).exists():
                return
            _pass(job, at, tally, is_writing=True)
            if tally.error_count:
                raise _FoundProblems
            _finish(job, State.DONE, at, tally)
            transaction.on_commit(lambda: storage.discard(job.storage_key), robust=True)
    except IntegrityError:
        log.warning("import_overtaken", job=job.pk, exc_info=True)
        tally = Tally()
        sentence = _(
            "Somebody registered one of these assets in the meantime. Nothing was written. Check the file again."
        )
        tally.add([Problem(0, "", "", sentence)])
        _finish(job, State.REFUSED, at, tally)
    except _FoundProblems:
        _finish(job, State.REFUSED, at, tally)


def _hold_register() -> None:
    """Hold all assets by rising id, as every act on several does; in the order of the file, import and act could each have
    what the other waits for. Tickets can still be linked to assets meanwhile."""
    if connection.features.has_select_for_update:
        for _pk in Asset.objects.select_for_update(no_key=True).order_by("pk").values_list("pk").iterator():
            pass


def _pass(job: ImportJob, at: datetime, tally: Tally, *, is_writing: bool) -> None:
    """Go once through the file. What makes the whole file unreadable is a problem without a row."""
    register = Register(job.language)
    columns = all_columns(register.attributes)
    chosen = ((heading, job.mapping.get(heading, "")) for heading in job.headings)
    known = {heading: key for heading, key in chosen if key in columns}
    matcher = Matcher(Planner(headings=known, columns=columns, register=register, at=at), locks=is_writing)
    try:
        table = open_table(storage.path_of(job.storage_key), name=job.file_name)
        for batch in in_batches(table.rows):
            plans = matcher.plans(batch)
            for plan in plans:
                tally.count(plan)
            if not is_writing:
                ImportJob.objects.filter(pk=job.pk, state=State.CHECKING).update(rows_read=tally.rows)
            elif tally.error_count:
                continue  # what is left is read for its errors only
            else:
                matcher.serials.make_way()
                write_plans(plans, job=job, actor=job.actor, at=at)
        for outcome, problem in matcher.serials.unsettled():
            tally.outcomes[outcome] -= 1
            tally.add([problem])
    except InvalidInput as refusal:
        sentences = refusal.sentences()
        tally.add([Problem(0, "", "", text) for text in sentences.get("file", [str(refusal)])])
    tally.errors.sort(key=matcher.place)
