"""Answering for articles: the lists, the review, comparing versions, and the acts that take a word or two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.desk_access import desk_page, viewer
from helpdesk.common.errors import InvalidInput, NotVisible
from helpdesk.common.web import SeeOther, add_errors
from knowledge.choices import LANGUAGE_CHOICES, VersionState
from knowledge.findings import findings_of
from knowledge.forms import PublishForm, RetireForm, ReturnForm, ReviewedForm, VersionForm
from knowledge.models import Article, ArticleFile, ArticleVersion
from knowledge.policies import can_manage, can_review, has_written
from knowledge.search import search_articles
from knowledge.selectors import changes_between, get_article, managed, rows_of, solved_without_ticket
from knowledge.services import publishing, writing
from knowledge.views.reading import title_of

PAGE_SIZE = 25
RECENT = timedelta(days=30)
TABS: dict[str, str | Promise] = {
    "mine": pgettext_lazy("articles", "Mine"),
    "review": _("To review"),
    "due": _("Due to be checked"),
    "translation": _("Translation missing or outdated"),
    "drafts": _("Drafts"),
    "all": pgettext_lazy("articles", "All"),
    "retired": pgettext_lazy("articles", "Retired"),
}


@desk_page("GET")
def manage(request: HttpRequest) -> HttpResponse:
    """The articles by what is to be done with them."""
    me, today = viewer(request), timezone.localdate()
    lists = managed(me, today=today)
    tab = request.GET.get("tab", "mine")
    tab = tab if tab in lists else "mine"
    query = request.GET.get("q", "").strip()[:200]
    found = search_articles(lists[tab], query, me) if query else lists[tab]
    order = ("review_on", "id") if tab == "due" else ("-id",)
    page = Paginator(found.select_related("owner", "team").order_by(*order), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    recent, all_time = solved_without_ticket(me, since=timezone.now() - RECENT)
    context = {
        "solved_recently": recent,
        "solved_ever": all_time,
        "tabs": [(code, label, lists[code].count()) for code, label in TABS.items()],
        "tab": tab,
        "q": query,
        "page": page,
        "rows": rows_of(list(page.object_list), me, query=query, today=today),
    }
    return render(request, "knowledge/manage.html", context)


@desk_page("GET")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed against the published version, for who decides."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    draft = article.versions.open().select_related("author", "sent_by").first()
    if draft is None:
        raise NotVisible
    return render(request, "knowledge/review.html", _review_context(request, article, draft, None))


def _review_context(
    request: HttpRequest, article: Article, draft: ArticleVersion, form: PublishForm | None
) -> dict[str, Any]:
    me = viewer(request)
    in_review = draft.state == VersionState.REVIEW
    names = dict(LANGUAGE_CHOICES)
    before = article.versions.published().first()
    return {
        "article": article,
        "title": title_of(article, me),
        "draft": draft,
        "before": before,
        "changes": [(names[change.language], change) for change in changes_between(before, draft)],
        "files": ArticleFile.objects.visible_to(me).to_come().filter(article=article),
        "topics": article.topics.all(),
        "applies_to": article.applies_to.all(),
        "findings": [(names[found.language], found) for found in findings_of(draft)],
        "form": form or PublishForm(initial={"version": article.version}),
        "may_review": in_review and can_review(me, article, draft),
        "may_return": in_review and (can_manage(me, article) or has_written(me, draft)),
        "is_own": has_written(me, draft),
        "in_review": in_review,
    }


@desk_page("POST")
def publish(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Publish what is in review; with findings only after a tick."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            publishing.publish(article_id=pk, actor=me, at=timezone.now(), **form.cleaned_data)
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Published. Readers see it from now on."))
            return SeeOther(reverse("knowledge:article", args=[pk]))
    draft = article.versions.open().select_related("author", "sent_by").first()
    if draft is None:
        raise NotVisible
    return render(request, "knowledge/review.html", _review_context(request, article, draft, form), status=422)


@desk_page("GET")
def compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Any two versions beside each other: `?a=1&b=3`; without them the two newest."""
    me = viewer(request)
    article = get_article(article_id=pk, viewer=me)
    versions = list(ArticleVersion.objects.visible_to(me).filter(article=article).select_related("author"))
    by_number = {str(version.number): version for version in versions}
    new = by_number.get(request.GET.get("b", ""), versions[0])
    older = next((version for version in versions if version.number < new.number), None)
    old = by_number.get(request.GET.get("a", ""), older)
    names = dict(LANGUAGE_CHOICES)
    context = {
        "article": article,
        "title": title_of(article, me),
        "versions": versions,
        "old": old,
        "new": new,
        "changes": [(names[change.language], change) for change in changes_between(old, new)],
    }
    return render(request, "knowledge/compare.html", context)


@dataclass(frozen=True)
class Sheet:
    """An act with a page of its own, which a script shows as a dialog."""

    title: str | Promise
    submit: str | Promise
    about: str | Promise
    done: str | Promise
    form: type[VersionForm]
    act: Callable[..., object]


SHEETS = {
    "return": Sheet(
        _("Send back"),
        _("Send back"),
        _("The author is told why and can go on writing."),
        _("Sent back to the author."),
        ReturnForm,
        publishing.return_to_author,
    ),
    "retire": Sheet(
        _("Retire the article"),
        pgettext_lazy("verb, article", "Retire"),
        _("Readers no longer find it. The desk keeps it and can bring it back."),
        _("The article is retired."),
        RetireForm,
        publishing.retire,
    ),
    "restore": Sheet(
        _("Bring the article back"),
        _("Bring back"),
        _("It is shown again as it was when it was retired."),
        _("The article is back."),
        VersionForm,
        publishing.restore,
    ),
    "reviewed": Sheet(
        _("Checked, still right"),
        _("Save"),
        _("You have read the article in both languages and would do today what it says."),
        _("Thank you. The article counts as checked today."),
        ReviewedForm,
        publishing.mark_reviewed,
    ),
    "fits": Sheet(
        _("The translation still fits"),
        _("It still fits"),
        _("The older language says nothing wrong although the other one has changed."),
        _("The translation counts as current."),
        VersionForm,
        publishing.mark_translation_current,
    ),
    "discard": Sheet(
        _("Throw the draft away"),
        _("Throw away"),
        _("What was written since is lost to readers. What is published stays."),
        _("The draft is thrown away."),
        VersionForm,
        writing.discard_draft,
    ),
}


@desk_page("GET", "POST")
def act(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """One of the acts above."""
    me = viewer(request)
    sheet = SHEETS.get(name)
    if sheet is None:
        raise NotVisible
    article = get_article(article_id=pk, viewer=me)
    form = sheet.form(request.POST) if request.method == "POST" else sheet.form(initial={"version": article.version})
    here = reverse("knowledge:article", args=[pk])
    if form.is_bound and form.is_valid():
        try:
            sheet.act(article_id=pk, actor=me, at=timezone.now(), **form.cleaned_data)
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, sheet.done)  # type: ignore[arg-type]
            return SeeOther(here)
    context = {"sheet": sheet, "form": form, "article": article, "title": title_of(article, me), "back_url": here}
    return render(request, "knowledge/sheet.html", context, status=422 if form.is_bound else 200)
