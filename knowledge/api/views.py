"""Articles over the API: everybody reads what they may see, the desk writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.models import Team, User
from helpdesk.common import paging
from helpdesk.common.errors import InvalidInput, NotAllowed
from helpdesk.common.numbers import whole_number
from helpdesk.common.rest import pages
from helpdesk.common.rest.docs import document
from helpdesk.common.rest.naming import field_names
from helpdesk.common.rest.shapes import page_of
from helpdesk.common.rest.views import ApiView, DeskView
from knowledge.api import shapes
from knowledge.choices import FIELDS, Audience
from knowledge.models import Article, ArticleFeedback, ArticleQuerySet, ArticleVersion, Topic
from knowledge.policies import can_write
from knowledge.search import search_articles
from knowledge.selectors import get_article, in_reader_language, managed, shown_version
from knowledge.services import opinions, publishing, writing
from knowledge.services.details import Details
from knowledge.services.writing import PREFIX

# The lists of those who write and answer for articles.
LISTS = ("mine", "review", "due", "translation", "drafts")
NEWEST = [paging.number("id", is_descending=True)]
# The services name fields as the form does, with the language before them.
NAMES = {
    f"{prefix}_{name}": f"texts.{language}.{name}" for language, prefix in PREFIX.items() for name in ("title", *FIELDS)
}


def _codes(name: str, codes: list[str]) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", "enum": codes})


FILTERS = [
    OpenApiParameter("q", {"type": "string"}, description="Words of published texts."),
    OpenApiParameter("topic", {"type": "integer", "minimum": 1}),
    _codes("state", [code for code, _label in shapes.STATES]),
    _codes("audience", list(Audience.values)),
    OpenApiParameter(
        "list",
        {"type": "string", "enum": list(LISTS)},
        description="What is to be done; desk only: your own, to review, due to be checked, translation missing or "
        "outdated, drafts.",
    ),
]


class ArticleList(ApiView):
    query_parameters = pages.PARAMETERS | {"q", "topic", "state", "audience", "list"}

    @document("List articles", answer=page_of(shapes.ArticleShape, "Article"), parameters=FILTERS)
    def get(self, request: Request) -> Response:
        """Articles that you may read, newest first; for the desk with drafts and retired ones."""
        viewer = self.viewer
        rows = _filtered(Article.objects.visible_to(viewer), request, viewer)
        found = search_articles(rows, request.query_params.get("q", ""), viewer)
        details = Article.objects.visible_to(viewer).select_related("owner", "team")
        details = details.prefetch_related("topics", "applies_to")
        texts: dict[int, Any] = {}
        page = pages.answer_page(request, found, NEWEST, lambda row: {"row": row}, details=details)
        articles = [entry["row"] for entry in page["results"]]
        # The published words, else the newest; one query for all.
        versions = ArticleVersion.objects.visible_to(viewer).filter(article__in=articles).order_by("number")
        for version in versions.prefetch_related("texts"):
            known = texts.get(version.article_id)
            if known is None or known.state != "published":
                texts[version.article_id] = version
        page["results"] = [
            shapes.article(row, in_reader_language(texts[row.pk].texts.all()) if row.pk in texts else None, viewer)
            for row in articles
        ]
        return Response(page)

    @document("Write an article", body=shapes.ArticleInput, answer=shapes.ArticleDetailShape, status=201, is_once=True)
    def post(self, request: Request) -> HttpResponse:
        """A new article with its first draft. Desk only."""
        if not can_write(self.viewer):
            raise NotAllowed
        data = self.read_input(shapes.ArticleInput(data=request.data))
        return self.run_once(request, lambda: self._write(data))

    def _write(self, data: dict[str, Any]) -> Response:
        with field_names(NAMES):
            made = writing.create_article(
                texts=data["texts"],
                details=_details(data),
                note=data.get("note", ""),
                actor=self.viewer,
                at=timezone.now(),
            )
        return Response(_shown(made.pk, self.viewer), status=201)


def _filtered(rows: ArticleQuerySet, request: Request, viewer: User) -> ArticleQuerySet:
    """The articles that the parameters ask for. Raises InvalidInput naming one that isn't a value of it, or NotAllowed."""
    given = request.query_params
    wrong: dict[str, list[str]] = {}
    if "topic" in given:
        if topic := whole_number(given["topic"]):
            rows = rows.filter(topics=topic)
        else:
            wrong["topic"] = [_("Give a whole number from 1 up.")]
    if "audience" in given:
        if given["audience"] in Audience.values:
            rows = rows.filter(audience=given["audience"])
        else:
            wrong["audience"] = [_("Choose one of %(codes)s.") % {"codes": ", ".join(Audience.values)}]
    if "state" in given:
        by_state: dict[str, Callable[[], ArticleQuerySet]] = {
            "draft": lambda: rows.filter(published_at__isnull=True, retired_at__isnull=True),
            "published": rows.current,
            "retired": lambda: rows.filter(retired_at__isnull=False),
        }
        if given["state"] in by_state:
            rows = by_state[given["state"]]()
        else:
            wrong["state"] = [_("Choose one of %(codes)s.") % {"codes": ", ".join(by_state)}]
    if "list" in given:
        if not viewer.is_desk:
            raise NotAllowed
        if given["list"] in LISTS:
            rows = rows.filter(pk__in=managed(viewer, today=timezone.localdate())[given["list"]].values("pk"))
        else:
            wrong["list"] = [_("Choose one of %(codes)s.") % {"codes": ", ".join(LISTS)}]
    if wrong:
        raise InvalidInput(fields=wrong)
    return rows


def _named(rows: QuerySet[Any], field: str, **lookup: Any) -> Any:
    """The row that was named. Raises InvalidInput."""
    row = rows.filter(**lookup).first()
    if row is None:
        raise InvalidInput(fields={field: [_("There is no such entry.")]})
    return row


def _details(data: dict[str, Any], article: Article | None = None) -> Details:
    """What was sent besides the words, with the rows that it names; what the article has already may be retired. Raises
    InvalidInput."""
    own_team = article.team_id if article is not None else None
    found: dict[str, Any] = {name: data[name] for name in ("audience", "applies_to", "review_on") if name in data}
    if "team" in data:
        team, teams = data["team"], Team.objects.filter(Q(is_retired=False) | Q(pk=own_team))
        found["team"] = None if team is None else _named(teams, "team", pk=team)
    if "owner" in data:
        found["owner"] = _named(User.objects.active(), "owner", username__iexact=data["owner"])
    if "topics" in data:
        topics = Topic.objects.on_offer_or_of(article)
        found["topics"] = [_named(topics, "topics", pk=key) for key in dict.fromkeys(data["topics"])]
    return found  # type: ignore[return-value]


def _shown(article_id: int, viewer: User) -> dict[str, Any]:
    row = get_article(article_id=article_id, viewer=viewer)
    return shapes.detail(row, shown_version(row, None, viewer), viewer)


class ArticleDetail(ApiView):
    @document("Read an article", answer=shapes.ArticleDetailShape)
    def get(self, request: Request, article_id: int) -> Response:
        """The published words in both languages, and those of the reader's language as HTML."""
        return Response(_shown(article_id, self.viewer))

    @document("Change an article", body=shapes.ArticleChangeInput, answer=shapes.ArticleDetailShape)
    def patch(self, request: Request, article_id: int) -> Response:
        """Change the draft, or start one; what is published stays until the draft is. Desk only."""
        article = get_article(article_id=article_id, viewer=self.viewer)
        if not can_write(self.viewer):
            raise NotAllowed
        data = self.read_input(shapes.ArticleChangeInput(data=request.data))
        with field_names(NAMES):
            writing.save_draft(
                article_id=article_id,
                version=data["version"],
                texts=data.get("texts"),
                details=_details(data, article),
                note=data.get("note"),
                actor=self.viewer,
                at=timezone.now(),
            )
        return Response(_shown(article_id, self.viewer))


class ArticleTransitions(DeskView):
    # Each command, and what it takes besides the version.
    ACTS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
        "send": (writing.send_for_review, ()),
        "return": (publishing.return_to_author, ("reason",)),
        "publish": (publishing.publish, ("is_personal_checked",)),
        "retire": (publishing.retire, ("reason",)),
        "restore": (publishing.restore, ()),
        "reviewed": (publishing.mark_reviewed, ("review_on",)),
        "fits": (publishing.mark_translation_current, ()),
        "discard": (writing.discard_draft, ()),
    }
    EMPTY = {"reason": "", "is_personal_checked": False, "review_on": None}

    @document("Move an article on", body=shapes.ArticleTransitionInput, answer=shapes.ArticleDetailShape, is_once=True)
    def post(self, request: Request, article_id: int) -> HttpResponse:
        """Send for review, send back, publish, retire, bring back, or say that it is still right. Desk only."""
        get_article(article_id=article_id, viewer=self.viewer)
        data = self.read_input(shapes.ArticleTransitionInput(data=request.data))
        return self.run_once(request, lambda: self._act(article_id, data))

    def _act(self, article_id: int, data: dict[str, Any]) -> Response:
        act, takes = self.ACTS[data["command"]]
        foreign = {
            name: [_("This command doesn't take it.")] for name in self.EMPTY if name in data and name not in takes
        }
        if foreign:
            raise InvalidInput(fields=foreign)
        more = {name: data.get(name, self.EMPTY[name]) for name in takes}
        with field_names(NAMES):
            act(article_id=article_id, version=data["version"], actor=self.viewer, at=timezone.now(), **more)
        return Response(_shown(article_id, self.viewer))


class ArticleVersions(DeskView):
    query_parameters = pages.PARAMETERS

    @document("List versions of an article", answer=page_of(shapes.VersionShape, "ArticleVersion"))
    def get(self, request: Request, article_id: int) -> Response:
        """All versions with their words, newest first. Desk only."""
        article = get_article(article_id=article_id, viewer=self.viewer)
        rows = ArticleVersion.objects.visible_to(self.viewer).filter(article=article)
        rows = rows.select_related("author", "published_by").prefetch_related("texts")
        return Response(pages.answer_page(request, rows, NEWEST, lambda row: shapes.version(row, self.viewer)))


class ArticleOpinions(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List feedback on an article", answer=page_of(shapes.FeedbackShape, "ArticleFeedback"))
    def get(self, request: Request, article_id: int) -> Response:
        """What people said, newest first; your own alone where you aren't of the desk."""
        article = get_article(article_id=article_id, viewer=self.viewer)
        rows = ArticleFeedback.objects.visible_to(self.viewer).filter(article=article)
        rows = rows.select_related("person", "version")
        return Response(pages.answer_page(request, rows, NEWEST, lambda row: shapes.feedback(row, self.viewer)))

    @document(
        "Say whether an article helped",
        body=shapes.FeedbackInput,
        answer=shapes.FeedbackShape,
        status=201,
        is_once=True,
    )
    def post(self, request: Request, article_id: int) -> HttpResponse:
        """One opinion per person and version; another one replaces it."""
        get_article(article_id=article_id, viewer=self.viewer)
        data = self.read_input(shapes.FeedbackInput(data=request.data))
        return self.run_once(request, lambda: self._say(article_id, data))

    def _say(self, article_id: int, data: dict[str, Any]) -> Response:
        said = opinions.give_feedback(article_id=article_id, person=self.viewer, at=timezone.now(), **data)
        return Response(shapes.feedback(said, self.viewer), status=201)


class TopicList(ApiView):
    query_parameters = pages.PARAMETERS

    @document("List topics of articles", answer=page_of(shapes.TopicRowShape, "Topic"))
    def get(self, request: Request) -> Response:
        """What articles are about, in the order of the list; for the desk with retired ones."""
        rows = Topic.objects.visible_to(self.viewer)
        return Response(
            pages.answer_page(request, rows, [paging.number("position"), paging.number("id")], shapes.topic)
        )
