"""Imports as the tests run them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from assets.exchange.export import export_table
from assets.models import Asset, ImportJob
from assets.services.importing.jobs import check_import, upload_table, write_import
from helpdesk.accounts.models import User
from helpdesk.common.tables.writing import csv_parts
from tests.assets.acts import at


def as_csv(columns: Sequence[str], *lines: Sequence[str], encoding: str = "utf-8") -> bytes:
    """A file as other programs write it."""
    text = io.StringIO()
    csv.writer(text).writerows([columns, *lines])
    return text.getvalue().encode(encoding)


def uploaded(actor: User, data: bytes, *, name: str = "assets.csv", when: datetime | None = None) -> ImportJob:
    return upload_table(name=name, chunks=[data], actor=actor, at=when or at())


def checked(
    actor: User, data: bytes, *, mapping: Mapping[str, str] | None = None, name: str = "assets.csv"
) -> ImportJob:
    """An import whose rows were checked."""
    job = uploaded(actor, data, name=name)
    return check_import(job_id=job.pk, mapping=job.mapping if mapping is None else mapping, actor=actor, at=at(1))


def written(actor: User, data: bytes, **options: str) -> ImportJob:
    """An import that was written; fails where it has errors."""
    job = checked(actor, data, **options)
    assert job.errors == []
    return write_import(job_id=job.pk, actor=actor, at=at(2))


def exported(viewer: User) -> bytes:
    """The whole register as a CSV file."""
    columns, rows = export_table(Asset.objects.visible_to(viewer))
    return "".join(csv_parts(columns, rows)).encode()


def counts(job: ImportJob) -> tuple[int, int, int, int]:
    """New, changed, unchanged, errors."""
    return job.created_count, job.updated_count, job.unchanged_count, job.error_count


def problems(job: ImportJob) -> Iterable[tuple[int, str]]:
    """Row and column of each error."""
    return [(error["row"], error["column"]) for error in job.errors]
