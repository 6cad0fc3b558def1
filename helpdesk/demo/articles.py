"""The demo's articles in all their states, and many more for large databases (M1.2-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.timezone import localdate

from helpdesk.accounts.models import User
from helpdesk.common.search import normalise
from helpdesk.demo.article_texts import ARTICLES, Told
from helpdesk.demo.cast import Cast
from knowledge.choices import EN, ZH, EventCode, Place, Translation, VersionState
from knowledge.models import AppliesTo, Article, ArticleEvent, ArticleSearch, ArticleText, ArticleVersion, Topic
from knowledge.services import opinions, publishing, writing
from knowledge.services.recording import tokens_of

REVIEWER = "lead"
# Whoever writes as the lead is read by an administrator.
SECOND_REVIEWER = "admin"
BATCH = 1000


def establish(*, cast: Cast, at: datetime) -> None:
    """Every article as its people wrote, reviewed, published and judged it."""
    topics = {topic.name_en: topic for topic in Topic.objects.all()}
    for number, told in enumerate(ARTICLES, 1):
        _tell(number, told, topics[told.topic], cast, at)


def _tell(number: int, told: Told, topic: Topic, cast: Cast, at: datetime) -> None:
    author = cast[told.author]
    reviewer = cast[SECOND_REVIEWER if told.author == REVIEWER else REVIEWER]
    begun = at - timedelta(days=told.days)
    texts = {ZH: told.zh.as_fields()} | ({EN: told.en.as_fields()} if told.en is not None else {})
    article = writing.create_article(
        texts=texts,
        actor=author,
        at=begun,
        # Without an English title the short name would be a random one.
        slug="" if told.en is not None else f"demo-{number}",
        details={
            "topics": [topic],
            "applies_to": told.applies_to,
            "audience": told.audience,
            "team": cast.teams["network"] if told.audience == "team" else None,
        },
    )
    if told.state == "draft":
        return
    article = _send(article, author, begun + timedelta(hours=2))
    if told.state == "review":
        return
    article = _publish(article, reviewer, begun + timedelta(days=1))
    _judge(article, told, cast, begun + timedelta(days=5))
    if told.revised:
        article = _revise(article, told.revised, author, begun + timedelta(days=20))
        article = _send(article, author, begun + timedelta(days=20, hours=1))
        article = _publish(article, reviewer, begun + timedelta(days=21))
    if told.redraft:
        _revise(article, told.redraft, author, at - timedelta(days=1))
    if told.check_in is not None:
        Article.objects.filter(pk=article.pk).update(review_on=localdate(at) + timedelta(days=told.check_in))
    if told.state == "retired":
        later, reason = begun + timedelta(days=300), "客户端 4 已停用 / client 4 is no longer in use"
        publishing.retire(article_id=article.pk, version=article.version, reason=reason, actor=reviewer, at=later)


def _send(article: Article, actor: User, at: datetime) -> Article:
    return writing.send_for_review(article_id=article.pk, version=article.version, actor=actor, at=at)


def _publish(article: Article, actor: User, at: datetime) -> Article:
    return publishing.publish(
        article_id=article.pk, version=article.version, actor=actor, at=at, is_personal_checked=True
    )


def _revise(article: Article, solution: str, actor: User, at: datetime) -> Article:
    texts = {EN: {"solution": solution}}
    return writing.save_draft(
        article_id=article.pk, version=article.version, texts=texts, note="步骤更短 / shorter steps", actor=actor, at=at
    )


def _judge(article: Article, told: Told, cast: Cast, at: datetime) -> None:
    for username in told.helped:
        opinions.give_feedback(article_id=article.pk, is_helpful=True, person=cast[username], at=at)
        opinions.record_deflection(article_id=article.pk, person=cast[username], place=Place.PORTAL, at=at)
    for username, reason, words in told.unhelped:
        opinions.give_feedback(
            article_id=article.pk, is_helpful=False, reason=reason, words=words, person=cast[username], at=at
        )


# For large databases: each program or device with each problem.
_THINGS = (
    ("Outlook", "Outlook"),
    ("Excel", "Excel"),
    ("Word", "Word"),
    ("Teams", "Teams"),
    ("OA 系统", "OA system"),
    ("报销系统", "Expense system"),
    ("合同系统", "Contract system"),
    ("考勤系统", "Attendance system"),
    ("ThinkPad X1", "ThinkPad X1"),
    ("ThinkPad T14", "ThinkPad T14"),
    ("HP M507 打印机", "HP M507 printer"),
    ("扫描仪", "Scanner"),
    ("视频会议终端", "Video terminal"),
    ("企业网盘", "Company drive"),
    ("门禁卡", "Access card"),
)
_PROBLEMS = (
    ("打不开", "does not open", "重新启动后再试", "Restart it and try again"),
    ("很慢", "is slow", "关闭其他程序", "Close other programs"),
    ("提示没有权限", "says access denied", "向主管申请权限", "Ask your manager for access"),
    ("总是断开", "keeps disconnecting", "检查网线或信号", "Check the cable or the signal"),
    ("更新失败", "fails to update", "连接公司网络后重试", "Try again in the company network"),
    ("显示乱码", "shows garbled text", "安装语言包", "Install the language pack"),
    ("不能登录", "does not let me sign in", "先修改密码", "Change your password first"),
    ("没有声音", "has no sound", "选择正确的扬声器", "Choose the right speaker"),
)


def multiply(*, cast: Cast, count: int, at: datetime) -> None:
    """So many published articles more, the same ones each time. Written in bulk, a thousand at once."""
    topics = list(Topic.objects.all())
    for first in range(0, count, BATCH):
        _write_many(range(first, min(first + BATCH, count)), topics, cast, at)


def _write_many(numbers: range, topics: list[Topic], cast: Cast, at: datetime) -> None:
    owners = [cast["agent"], cast["songjia"], cast["priya"], cast["agent2"]]
    articles = Article.objects.bulk_create(
        Article(
            slug=f"demo-{number:05d}",
            owner=owners[number % len(owners)],
            created_at=at - timedelta(days=200 + number % 100),
            published_at=at - timedelta(days=20 + number % 180),
            reviewed_at=at - timedelta(days=20 + number % 180),
            review_on=localdate(at) + timedelta(days=number % 200 + 1),
            translation=Translation.CURRENT,
        )
        for number in numbers
    )
    versions = ArticleVersion.objects.bulk_create(
        ArticleVersion(article=article, number=1, author=article.owner, created_at=article.created_at)
        for article in articles
    )
    texts = [text for version, number in zip(versions, numbers, strict=True) for text in _texts(version, number)]
    ArticleText.objects.bulk_create(texts)
    for version, article in zip(versions, articles, strict=True):
        version.state, version.published_at, version.published_by = (
            VersionState.PUBLISHED,
            article.published_at,
            cast[REVIEWER],
        )
    ArticleVersion.objects.bulk_update(versions, ["state", "published_at", "published_by"], batch_size=200)
    names = [_THINGS[number % len(_THINGS)] for number in numbers]
    AppliesTo.objects.bulk_create(
        AppliesTo(article=article, name=zh, key=normalise(zh))
        for article, (zh, _en) in zip(articles, names, strict=True)
    )
    links = Article.topics.through
    links.objects.bulk_create(
        links(article_id=article.pk, topic_id=topics[number % len(topics)].pk)
        for article, number in zip(articles, numbers, strict=True)
    )
    ArticleSearch.objects.bulk_create(
        ArticleSearch(article=article, public_tokens=tokens_of(pair, texts[2 * place : 2 * place + 2]))
        for place, (article, pair) in enumerate(zip(articles, names, strict=True))
    )
    ArticleEvent.objects.bulk_create(
        ArticleEvent(article=article, version=version, code=code, actor=actor, at=moment)
        for article, version in zip(articles, versions, strict=True)
        for code, actor, moment in (
            (EventCode.CREATED, article.owner, article.created_at),
            (EventCode.PUBLISHED, cast[REVIEWER], article.published_at or at),
        )
    )


def _texts(version: ArticleVersion, number: int) -> Iterator[ArticleText]:
    thing_zh, thing_en = _THINGS[number % len(_THINGS)]
    problem = _PROBLEMS[number // len(_THINGS) % len(_PROBLEMS)]
    turn = number // (len(_THINGS) * len(_PROBLEMS)) + 1
    yield ArticleText(
        version=version,
        language=ZH,
        title=f"{thing_zh}{problem[0]}（{turn}）",
        symptom=f"使用{thing_zh}时{problem[0]}，错误代码 E{number:05d}。",
        solution=f"1. {problem[2]}。\n2. 仍然不行，请提交工单并写上 E{number:05d}。",
        changed_in=1,
    )
    yield ArticleText(
        version=version,
        language=EN,
        title=f"{thing_en} {problem[1]} ({turn})",
        symptom=f"{thing_en} {problem[1]}, with the code E{number:05d}.",
        solution=f"1. {problem[3]}.\n2. If that doesn't help, report it and name E{number:05d}.",
        changed_in=1,
    )
