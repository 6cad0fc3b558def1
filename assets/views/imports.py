"""Importing assets: upload, columns, what the check found, and writing (ADR 20)."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from assets.exchange.columns import all_columns
from assets.exchange.export import template_headings
from assets.exchange.names import Register
from assets.import_forms import MappingForm, UploadForm
from assets.models import ImportJob
from assets.policies import can_keep_register
from assets.services.importing.jobs import check_import, upload_table, write_import
from assets.services.importing.preview import changes_of
from assets.views.tables import csv_answer, table_answer
from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed, NotVisible
from helpdesk.common.web import SeeOther, add_errors

MOST_LISTED = 50
ERRORS_SHOWN = 100
_SHOWS_CHANGES = (ImportJob.State.CHECKED, ImportJob.State.DONE)


@desk_page("GET", "POST")
def import_list(request: HttpRequest) -> HttpResponseBase:
    """Choose a file; below it, who imported what."""
    me = viewer(request)
    if not can_keep_register(me):
        raise NotAllowed
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = cast("UploadedFile[bytes]", form.cleaned_data["file"])
        try:
            job = upload_table(name=upload.name or "", chunks=upload.chunks(), actor=me, at=timezone.now())
            return SeeOther(import_url(job))
        except InvalidInput as error:
            add_errors(form, error)
    jobs = ImportJob.objects.visible_to(me).select_related("actor").defer("errors", "changes", "sample")[:MOST_LISTED]
    context = {"form": form, "jobs": jobs, "title": _("Import assets")}
    return render(request, "assets/imports/list.html", context, status=422 if form.errors else 200)


@desk_page("GET")
def import_page(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Where an import stands: its columns, its progress, its errors, or what it changes."""
    job = find_import(request, job_id)
    if job.state == ImportJob.State.UPLOADED:
        return _columns_page(request, job, MappingForm(job=job))
    columns = all_columns(Register().attributes)
    context = {
        "job": job,
        "errors": job.errors[:ERRORS_SHOWN],
        "hidden_errors": max(job.error_count - ERRORS_SHOWN, 0),
        "kept_errors": len(job.errors),
        "changes": changes_of(job) if job.state in _SHOWS_CHANGES else [],
        "hidden_changes": job.writes - len(job.changes),
        "assigned": [(heading, columns[key].label) for heading, key in _mapped(job) if key in columns],
        "unread": [heading for heading in job.headings if not job.mapping.get(heading)],
    }
    return render(request, "assets/imports/import.html", context)


@desk_page("GET", "POST")
def import_columns(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Say what the columns are; then every row is checked."""
    job = find_import(request, job_id)
    if request.method != "POST":
        return _columns_page(request, job, MappingForm(job=job))
    form = MappingForm(request.POST, job=job)
    if form.is_valid():
        try:
            check_import(job_id=job.pk, mapping=form.mapping(), actor=viewer(request), at=timezone.now())
            return SeeOther(import_url(job))
        except InvalidInput as error:
            for heading, sentences in error.fields.items():
                for sentence in sentences:
                    form.add_error(form.field_of(heading), str(sentence))
    return _columns_page(request, job, form, status=422)


def _columns_page(request: HttpRequest, job: ImportJob, form: MappingForm, *, status: int = 200) -> HttpResponse:
    context = {"job": job, "form": form, "title": _("Which column is what?")}
    return render(request, "assets/imports/columns.html", context, status=status)


@desk_page("POST")
def import_write(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """Write what was checked. A second click leads to what the first one did."""
    job = find_import(request, job_id)
    try:
        write_import(job_id=job.pk, actor=viewer(request), at=timezone.now())
    except Conflict as error:
        messages.error(request, str(error.message))
    return SeeOther(import_url(job))


@desk_page("GET")
def import_errors(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The errors as a table, to be worked through beside the file."""
    job = find_import(request, job_id)
    rows = ([str(error["row"] or ""), error["column"], error["value"], error["sentence"]] for error in job.errors)
    return csv_answer("import-errors", [_("Row"), _("Column"), _("Value"), _("What is wrong")], rows)


@desk_page("GET")
def import_template(request: HttpRequest) -> HttpResponseBase:
    """An empty table with all columns there are."""
    return table_answer("asset-template", template_headings(), iter(()), file_format=request.GET.get("format", ""))


def _mapped(job: ImportJob) -> list[tuple[str, str]]:
    """In the order of the file: the database may keep an object's names in another one."""
    return [(heading, job.mapping[heading]) for heading in job.headings if heading in job.mapping]


def find_import(request: HttpRequest, job_id: int) -> ImportJob:
    """Raises NotVisible."""
    job = ImportJob.objects.visible_to(viewer(request)).select_related("actor").filter(pk=job_id).first()
    if job is None:
        raise NotVisible
    return job


def import_url(job: ImportJob) -> str:
    return reverse("asset_imports:import", args=[job.pk])
