"""The life of an import: uploaded, columns assigned and checked, written; taken up again, and forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice

import structlog
from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assets.exchange.columns import all_columns, guess_mapping
from assets.exchange.names import Register
from assets.models import ImportJob
from assets.policies import can_keep_register
from assets.services.importing import storage
from assets.services.importing.running import run_import
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.locking import lock_row
from helpdesk.common.tables.reading import open_table
from helpdesk.common.tables.rows import refused
from helpdesk.common.text import refuse_broken_text, visible

log = structlog.get_logger(__name__)

SMALL = 500  # rows that nobody has to wait for
SAMPLE = 5  # rows shown beside the columns
SAMPLE_CELL = 80  # characters
TASK = "assets.tasks.run_import"
State = ImportJob.State
_MAY_CHECK = frozenset({State.UPLOADED, State.CHECKED, State.REFUSED, State.FAILED})


def upload_table(*, name: str, chunks: Iterable[bytes], actor: User, at: datetime) -> ImportJob:
    """Keep the file and guess what its columns are. Raises NotAllowed, and InvalidInput where it is no table."""
    if not can_keep_register(actor):
        raise NotAllowed
    refuse_broken_text(name, field="file")
    shown = visible(name.replace("\\", "/").rpartition("/")[2]).strip()
    file_name = shown[-150:] or "table"
    key = storage.keep(chunks)
    try:
        table = open_table(storage.path_of(key), name=file_name)
        first = list(islice(table.rows, SMALL + 1))
        if not first:
            raise refused(_("The file has no rows below its heading."))
        columns = all_columns(Register().attributes)
        named = [heading for heading in table.columns if heading]
        return ImportJob.objects.create(
            actor=actor,
            file_name=file_name,
            storage_key=key,
            language=get_language() or "zh-hans",
            headings=named,
            sample=[[row.values[heading][:SAMPLE_CELL] for heading in named] for row in first[:SAMPLE]],
            is_small=len(first) <= SMALL,
            mapping=guess_mapping(named, columns),
            uploaded_at=at,
        )
    except BaseException:
        storage.discard(key)
        raise


def check_import(*, job_id: int, mapping: Mapping[str, str], actor: User, at: datetime) -> ImportJob:
    """Assign the columns and have every row checked: at once where they are few, else by a worker.

    Raises NotVisible, NotAllowed, Conflict, and InvalidInput (fields are headings of the file, or `mapping`).
    """
    with transaction.atomic():
        job = _open(job_id, actor)
        if job.state not in _MAY_CHECK:
            raise Conflict(
                _("This import is running or done. Upload the file again for another one."), code="wrong_state"
            )
        job.mapping = _clean_mapping(job, mapping)
        job.language = get_language() or job.language
        _begin(job, State.CHECKING)
    return _run(job, at)


def bring_table(
    *, name: str, chunks: Iterable[bytes], mapping: Mapping[str, str] | None, actor: User, at: datetime
) -> ImportJob:
    """Upload and check in one act, with the guessed columns unless `mapping` is given.

    Raises NotAllowed, and InvalidInput, after which nothing is kept.
    """
    job = upload_table(name=name, chunks=chunks, actor=actor, at=at)
    try:
        return check_import(job_id=job.pk, mapping=job.mapping if mapping is None else mapping, actor=actor, at=at)
    except InvalidInput:
        ImportJob.objects.filter(pk=job.pk).delete()
        storage.discard(job.storage_key)
        raise


def write_import(*, job_id: int, actor: User, at: datetime) -> ImportJob:
    """Write what was checked: everything or nothing. Raises NotVisible, NotAllowed or Conflict."""
    with transaction.atomic():
        job = _open(job_id, actor)
        if job.state == State.REFUSED:
            raise Conflict(_("The file has errors. Mend them, and upload it again."), code="has_errors")
        if job.state != State.CHECKED:
            raise Conflict(_("Only a file that was checked can be written, and only once."), code="wrong_state")
        _begin(job, State.WRITING)
    return _run(job, at)


def _open(job_id: int, actor: User) -> ImportJob:
    try:
        job = lock_row(ImportJob.objects.visible_to(actor), pk=job_id)
    except ImportJob.DoesNotExist:
        raise NotVisible from None
    if not can_keep_register(actor):
        raise NotAllowed
    return job


def _begin(job: ImportJob, state: str) -> None:
    job.state = state
    job.attempts, job.leased_until_at, job.rows_read = 0, None, 0
    job.save()
    if not job.is_small:
        transaction.on_commit(lambda: _ring(job.pk), robust=True)


def _run(job: ImportJob, at: datetime) -> ImportJob:
    if job.is_small:
        run_import(job_id=job.pk, at=at)
        job.refresh_from_db()
    return job


def _ring(job_id: int) -> None:
    current_app.send_task(TASK, args=[job_id], expires=3600)


def _clean_mapping(job: ImportJob, mapping: Mapping[str, str]) -> dict[str, str]:
    """Heading → key, without what isn't read. Raises InvalidInput."""
    columns = all_columns(Register().attributes)
    errors: dict[str, list[str]] = {}
    found: dict[str, str] = {}
    for heading, key in mapping.items():
        if heading not in job.headings:
            errors[heading] = [_("The file has no column of this name.")]
        elif key and key not in columns:
            errors[heading] = [_("There is no such field.")]
        elif key and key in found.values():
            errors[heading] = [_("“%(name)s” is assigned to two columns.") % {"name": columns[key].label}]
        elif key:
            found[heading] = key
    if not errors and not {"tag", "serial"} & set(found.values()):
        errors["mapping"] = [_("Say which column holds the asset tag, or at least the serial number.")]
    if errors:
        raise InvalidInput(fields=errors)
    return found


def ring_for_waiting(*, at: datetime) -> int:
    """Ask workers to take up what nobody is at: never heard of, or left by a worker that died. Returns how many."""
    free = Q(leased_until_at=None) | Q(leased_until_at__lte=at)
    waiting = ImportJob.objects.filter(free, state__in=[State.CHECKING, State.WRITING]).values_list("pk", flat=True)
    count = 0
    for job_id in waiting:
        try:
            _ring(job_id)
        except Exception as error:
            # Whatever the broker's library raises: the next sweep rings again.
            log.warning("doorbell_failed", error=repr(error))
            break
        count += 1
    return count


def forget_imports(*, before: datetime) -> int:
    """Remove imports older than `before` with their files. Returns how many."""
    old = ImportJob.objects.filter(uploaded_at__lt=before).exclude(state__in=[State.CHECKING, State.WRITING])
    for key in old.exclude(storage_key="").values_list("storage_key", flat=True):
        storage.discard(key)
    deleted, _models = old.delete()
    known = set(ImportJob.objects.exclude(storage_key="").values_list("storage_key", flat=True))
    storage.forget_orphans(before=before.timestamp(), known=known)
    return deleted
