"""Import and export as pages for administrators."""

from __future__ import annotations

from tempfile import TemporaryFile

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import DomainError, NotAllowed
from helpdesk.common.web import add_errors
from knowledge.forms import ImportForm
from knowledge.packages import read_zip, write_zip
from knowledge.services.exchange import export_articles, import_articles


@desk_page("GET", "POST")
def import_page(request: HttpRequest) -> HttpResponse:
    """Choose a ZIP; then what came of it, or what is wrong in which file."""
    me = viewer(request)
    if not me.can(Ability.CONFIGURE):
        raise NotAllowed
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    done, status = None, 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                files = read_zip(form.cleaned_data["archive"])
                done = import_articles(files=files, actor=me, at=timezone.now(), publish=form.cleaned_data["publish"])
            except DomainError as error:
                if error.status not in (400, 413):
                    raise
                add_errors(form, error)
            else:
                form, status = ImportForm(), 200
    return render(request, "knowledge/import.html", {"form": form, "done": done}, status=status)


@desk_page("GET")
def export_page(request: HttpRequest) -> FileResponse:
    """All published articles as a ZIP of Markdown files, which the import reads back."""
    return packed(viewer(request))


def packed(actor: User) -> FileResponse:
    """The export as a ZIP. Raises NotAllowed."""
    files = export_articles(actor=actor)
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    write_zip(target, files)
    target.seek(0)
    name = f"articles-{timezone.localdate()}.zip"
    response = FileResponse(target, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response
