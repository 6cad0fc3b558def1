"""Reading: the start of the knowledge base, its search, an article, what a reader says of it, and its files."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from helpdesk.accounts.desk_access import viewer
from helpdesk.accounts.models import User
from helpdesk.common.errors import DomainError
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import SeeOther, add_errors, signed_in
from knowledge.choices import VersionState
from knowledge.forms import FeedbackForm
from knowledge.models import Article, ArticleEvent, ArticleFeedback, ArticleFile, ArticleVersion
from knowledge.policies import can_manage, can_review, can_write
from knowledge.search import search_articles
from knowledge.selectors import get_article, read_article, rows_of, shown_version, topics_with_counts
from knowledge.services.files import open_file
from knowledge.services.opinions import give_feedback

PAGE_SIZE, SHORT_LIST, LOG_LENGTH = 20, 6, 20


@signed_in
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Search, topics, and what helps most; with `q` or `topic` the articles that fit."""
    me = viewer(request)
    query, wanted = request.GET.get("q", "").strip()[:200], request.GET.get("topic", "")
    topics = list(topics_with_counts(me))
    topic = next((row for row in topics if str(row.pk) == wanted), None)
    context: dict[str, Any] = {"q": query, "topics": topics, "topic": topic, "may_write": can_write(me)}
    articles = Article.objects.visible_to(me).current()
    if query or topic is not None:
        if topic is not None:
            articles = articles.filter(topics=topic)
        found = (
            search_articles(articles, query, me) if query else articles.order_by("-solved_tickets", "-helped", "-id")
        )
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        rows = rows_of(list(page.object_list), me, query=query)
        return render(request, "knowledge/results.html", {**context, "page": page, "rows": rows})
    popular = articles.order_by("-solved_tickets", "-helped", "-id")[:SHORT_LIST]
    newest = articles.order_by("-published_at", "-id")[:SHORT_LIST]
    lists = {"popular": rows_of(list(popular), me), "newest": rows_of(list(newest), me)}
    return render(request, "knowledge/index.html", {**context, **lists})


@signed_in
@require_safe
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """One article; for the desk with its state, versions and what readers say."""
    me = viewer(request)
    found = get_article(article_id=pk, viewer=me)
    return render(request, "knowledge/article.html", _article_context(request, found, FeedbackForm()))


def _article_context(request: HttpRequest, found: Article, form: FeedbackForm) -> dict[str, Any]:
    me = viewer(request)
    number = whole_number(request.GET.get("version", ""))
    version = shown_version(found, number if me.is_desk else None, me)
    reading = read_article(found, version, me)
    report = {"subject": reading.text.title}
    context = {
        "reading": reading,
        "article": found,
        "version": version,
        "form": form,
        "topics": found.topics.all(),
        "applies_to": found.applies_to.all(),
        "report_url": f"{reverse('portal:ticket_new')}?{urlencode(report)}",
        "may_rate": found.is_published and version.state == VersionState.PUBLISHED,
    }
    return {**context, **_desk_context(request, found)} if me.is_desk else context


def _desk_context(request: HttpRequest, found: Article) -> dict[str, Any]:
    me = viewer(request)
    versions = list(
        ArticleVersion.objects.visible_to(me).filter(article=found).select_related("author", "published_by")
    )
    draft = next((version for version in versions if version.is_open), None)
    in_review = draft is not None and draft.state == VersionState.REVIEW
    return {
        "versions": versions,
        "draft": draft,
        "files_to_come": ArticleFile.objects.visible_to(me).to_come().filter(article=found),
        "may_write": can_write(me) and found.retired_at is None,
        "may_manage": can_manage(me, found),
        "may_review": in_review and draft is not None and can_review(me, found, draft),
        "is_due": found.is_published and found.review_on is not None and found.review_on <= timezone.localdate(),
        "opinions": ArticleFeedback.objects.visible_to(me)
        .filter(article=found, is_helpful=False)
        .select_related("person", "version")[:LOG_LENGTH],
        "events": ArticleEvent.objects.visible_to(me)
        .filter(article=found)
        .select_related("actor", "version")[:LOG_LENGTH],
        "deflections": found.deflections.count(),
    }


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say whether it helped. `GET ?no=1` asks why not, as a page of its own."""
    me = viewer(request)
    found = get_article(article_id=pk, viewer=me)
    here = reverse("knowledge:article", args=[pk])
    form = FeedbackForm(request.POST) if request.method == "POST" else FeedbackForm(initial={"is_helpful": "0"})
    if form.is_bound and form.is_valid():
        try:
            give_feedback(article_id=pk, person=me, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            if error.status != 400:
                raise
            add_errors(form, error)
        else:
            return SeeOther(f"{here}#feedback")
    status = 422 if form.is_bound else 200
    return render(request, "knowledge/feedback.html", {**_article_context(request, found, form)}, status=status)


@signed_in
@require_safe
def file(request: HttpRequest, uuid: UUID) -> FileResponse:
    """A file of an article."""
    return download(uuid, viewer(request))


def download(uuid: UUID, reader: User, *, article_id: int | None = None) -> FileResponse:
    """The answer with the file's bytes: pictures may be shown inside an article, all else is a download. No browser may
    run or frame it. Raises NotVisible."""
    row, content = open_file(uuid=uuid, viewer=reader, article_id=article_id)
    response = FileResponse(content, as_attachment=not row.is_picture, filename=row.name, content_type=row.content_type)
    response["Content-Length"] = str(row.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def title_of(found: Article, me: Any) -> str:
    """What a page about an article is called."""
    return rows_of([found], me)[0].title or _("Article")
