"""Writing: the editor with both languages, its preview, and the files of an article. For the desk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, DomainError, InvalidInput
from helpdesk.common.templatetags.hd import day_text
from helpdesk.common.web import SeeOther, add_errors, first_sentence
from knowledge.choices import LANGUAGE_CHOICES, VersionState
from knowledge.findings import Found, findings_in
from knowledge.forms import ArticleForm
from knowledge.models import Article, ArticleFile, ArticleVersion
from knowledge.policies import can_manage
from knowledge.selectors import get_article, sections_of, shown_version
from knowledge.services import files, writing
from knowledge.services.recording import refuse_in_review, refuse_retired

PREVIEW, SAVE, SEND = "preview", "save", "send"


@desk_page("GET", "POST")
def new(request: HttpRequest) -> HttpResponseBase:
    """A new article."""
    me = viewer(request)
    first = {"owner": me.username, "audience": "public"}
    form = ArticleForm(request.POST) if request.method == "POST" else ArticleForm(initial=first)
    if form.is_bound and request.POST.get("act") != PREVIEW and form.is_valid():
        try:
            made = writing.create_article(
                texts=form.texts(),
                details=form.details(),
                note=form.cleaned_data["note"],
                actor=me,
                at=timezone.now(),
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The draft is saved. Files can be added now."))
            return SeeOther(reverse("knowledge:edit", args=[made.pk]))
    return _editor(request, form, None, {}, status=_status(request, form))


@desk_page("GET", "POST")
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change the draft, or start one from what is published."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    draft = article.versions.open().first()
    # What was typed is never answered with another page, whatever became of the article meanwhile.
    if request.method != "POST":
        if draft is not None and draft.state == VersionState.REVIEW:
            return SeeOther(reverse("knowledge:review", args=[pk]))
        if article.retired_at is not None:
            return SeeOther(reverse("knowledge:article", args=[pk]))
    form = _form(request, article, draft)
    if form.is_bound and request.POST.get("act") != PREVIEW and form.is_valid():
        try:
            return _save(request, article, form)
        except Conflict as error:
            return _conflict(request, pk, error)
        except DomainError as error:
            add_errors(form, error)
    return _editor(request, form, article, {"draft": draft}, status=_status(request, form))


def _form(request: HttpRequest, article: Article, draft: ArticleVersion | None) -> ArticleForm:
    """The editor's form over the draft, or over what is published."""
    me = viewer(request)
    first = ArticleForm.first_values(article, draft or shown_version(article, None, me))
    sent = request.POST if request.method == "POST" else None
    return ArticleForm(sent, initial=first, article=article, may_manage=_may_manage(me, article))


def _may_manage(me: User, article: Article | None) -> bool:
    """Whoever begins an article answers for it until they name somebody else."""
    return article is None or can_manage(me, article)


def _save(request: HttpRequest, article: Article, form: ArticleForm) -> HttpResponseBase:
    is_sent = request.POST.get("act") == SEND
    act: Any = writing.save_and_send if is_sent else writing.save_draft
    act(
        article_id=article.pk,
        version=form.cleaned_data["version"] or 0,
        texts=form.texts(),
        details=form.details(),
        note=form.cleaned_data["note"],
        actor=viewer(request),
        at=timezone.now(),
    )
    if is_sent:
        messages.success(request, _("Sent for review. You will be told what comes of it."))
        return SeeOther(reverse("knowledge:article", args=[article.pk]))
    messages.success(request, _("Saved."))
    return SeeOther(reverse("knowledge:edit", args=[article.pk]))


def _conflict(request: HttpRequest, pk: int, error: Conflict) -> HttpResponse:
    """The typed text stays; the next save counts on what is shown beside it now."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    draft = article.versions.open().first()
    shown = draft or shown_version(article, None, me)
    may_manage = _may_manage(me, article)
    form, changed, written = ArticleForm.after_others(request.POST, article, shown, may_manage=may_manage)
    first, names = ArticleForm.first_values(article, shown), dict(LANGUAGE_CHOICES)
    languages = {prefix: names[language] for language, prefix in writing.PREFIX.items()}
    words = [
        (f"{form[name].label} · {languages[name.partition('_')[0]]}", first.get(name, ""), is_kept)
        for name, is_kept in written.items()
    ]
    present = _in_words(article, shown)
    closed = _why_closed(article, draft)
    context = {
        "conflict": closed or first_sentence(error),
        "is_closed": bool(closed),
        "news": words,
        "details": [(form[name].label, present[name]) for name in changed],
        "draft": draft,
    }
    return _editor(request, form, article, context, status=409)


def _why_closed(article: Article, draft: ArticleVersion | None) -> str:
    """Why nobody writes on the article now, if so."""
    try:
        refuse_retired(article)
        refuse_in_review(draft)
    except Conflict as error:
        return first_sentence(error)
    return ""


def _in_words(article: Article, version: ArticleVersion) -> dict[str, str]:
    """The details as people read them, by the names of the form's fields."""
    return {
        "audience": article.get_audience_display(),
        "team": article.team.name if article.team is not None else "",
        "owner": article.owner.get_full_name(),
        "topics": ", ".join(topic.name for topic in article.topics.all()),
        "applies_to": ", ".join(row.name for row in article.applies_to.all()),
        "review_on": day_text(article.review_on),
        "note": version.note if version.is_open else "",
    }


def _editor(
    request: HttpRequest, form: ArticleForm, article: Article | None, more: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    me = viewer(request)
    typed = form.typed()
    names = dict(LANGUAGE_CHOICES)
    previews = [(language, names[language], words["title"], sections_of(words)) for language, words in typed.items()]
    is_preview = request.POST.get("act") == PREVIEW
    found = findings_in(typed)
    context = {
        "form": form,
        "article": article,
        "panes": [_pane(pane, names, found) for pane in form.panes()],
        "finding_count": len(found),
        "previews": previews if is_preview else [],
        "files": ArticleFile.objects.visible_to(me).filter(article=article) if article is not None else [],
        "may_manage": _may_manage(me, article),
        "may_withdraw": article is not None and can_manage(me, article),
        **more,
    }
    if is_preview and request.headers.get("HX-Request") == "true":
        return render(request, "knowledge/_preview.html", context)
    return render(request, "knowledge/edit.html", context, status=status)


def _status(request: HttpRequest, form: ArticleForm) -> int:
    is_refused = form.is_bound and request.POST.get("act") != PREVIEW and bool(form.errors)
    return 422 if is_refused else 200


def _pane(pane: dict[str, Any], names: dict[str, str], found: list[Found]) -> dict[str, Any]:
    """One language: its fields, each with what looks like personal data in it."""
    here = [one for one in found if one.language == pane["language"]]
    rows = [(field, [one for one in here if field.name.endswith(f"_{one.field}")]) for field in pane["fields"]]
    return {"prefix": pane["prefix"], "name": names[pane["language"]], "rows": rows}


@desk_page("POST")
def file_add(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Add files to an article. The answer is the list, or its page."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    refusals = []
    for upload in request.FILES.getlist("files"):
        try:
            files.add_file(article_id=pk, upload=upload, actor=me, at=timezone.now())
        except DomainError as error:
            refusals.append(first_sentence(error))
    return _files(request, article, refusals)


@desk_page("POST")
def file_remove(request: HttpRequest, pk: int, uuid: UUID) -> HttpResponseBase:
    """Forget a file that was never published."""
    article = get_article(article_id=pk, viewer=viewer(request))
    files.remove_file(article_id=pk, uuid=uuid, actor=viewer(request))
    return _files(request, article, [])


@desk_page("POST")
def file_withdraw(request: HttpRequest, pk: int, uuid: UUID) -> HttpResponseBase:
    """Give a published file to readers no more."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    files.withdraw_file(article_id=pk, uuid=uuid, actor=me, at=timezone.now())
    return _files(request, article, [])


def _files(request: HttpRequest, article: Article, refusals: list[str]) -> HttpResponseBase:
    """The list of files; without script the whole editor with the words that aren't saved yet."""
    me = viewer(request)
    if request.headers.get("HX-Request") == "true":
        rows = ArticleFile.objects.visible_to(me).filter(article=article)
        facts = {"may_withdraw": can_manage(me, article), "refusals": refusals}
        context = {"article": article, "files": rows, **facts}
        return render(request, "knowledge/_files.html", context, status=422 if refusals else 200)
    if "version" in request.POST:
        draft = article.versions.open().first()
        form = _form(request, article, draft)
        context = {"draft": draft, "refusals": refusals}
        return _editor(request, form, article, context, status=422 if refusals else 200)
    for sentence in refusals:
        messages.error(request, sentence)
    return SeeOther(reverse("knowledge:edit", args=[article.pk]) + "#files")
