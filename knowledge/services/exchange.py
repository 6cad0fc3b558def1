"""Importing and exporting articles as Markdown files (`knowledge/importing.py`). An import is all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from helpdesk.accounts.models import Team, User
from helpdesk.accounts.roles import Ability
from helpdesk.common.errors import Conflict, DomainError, InvalidInput, NotAllowed
from helpdesk.common.file_store import open_bytes, safe_name
from helpdesk.common.locking import lock_name
from knowledge.choices import LANGUAGES, Audience, EventCode
from knowledge.findings import findings_of, names_of_people
from knowledge.importing import NAME, ArticleFile, Problem, read_file, relink, write_file
from knowledge.markdown import Link, links_in
from knowledge.models import Article, Topic
from knowledge.services.details import Details
from knowledge.services.files import add_file
from knowledge.services.publishing import put_out
from knowledge.services.writing import PREFIX, create_article, save_draft

MOST_PROBLEMS = 100
# What an export says of files that the file store has lost.
MISSING = "missing-files.txt"


@dataclass
class Imported:
    """What an import did, in numbers. `held` names articles that weren't published: they seem to hold personal data."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    published: int = 0
    held: list[str] = field(default_factory=list)


@transaction.atomic
def import_articles(*, files: Mapping[str, bytes], actor: User, at: datetime, publish: bool = False) -> Imported:
    """Articles from files by path: new ones by their short name, else a new version where something differs. Imports go one
    after the other, articles by their names.

    With `publish` they are published in the same act: an administrator answers for what was reviewed elsewhere. Raises
    NotAllowed, and InvalidInput naming `archive` with all problems by file and line; nothing is written then.
    """
    if not actor.can(Ability.CONFIGURE):
        raise NotAllowed
    lock_name("knowledge.import")
    read = [read_file(path, content) for path, content in sorted(files.items()) if NAME.fullmatch(path)]
    done = Imported()
    plan = _Plan(files, actor, at, publish, done)
    beside = {file.path: plan.files_beside(file) for file in read}
    attached = {path for found in beside.values() for path in found.values()}
    problems = [
        Problem(path, 1, _("The name has to be like name.zh.md or name.en.md: Latin letters, digits, “-” and “_”."))
        for path in sorted(files.keys() - attached)
        if _is_misnamed(path)
    ]
    if not read and not problems:
        raise InvalidInput(fields={"archive": [_("There is no file like name.zh.md or name.en.md in it.")]})
    groups: dict[str, list[ArticleFile]] = {}
    for file in read:
        group = groups.setdefault(file.slug, [])
        if any(other.language == file.language for other in group):
            problems.append(Problem(file.path, 1, _("There is another file of this name and language.")))
        group.append(file)
    for group in groups.values():
        problems += plan.take(group, beside)
    problems += [problem for file in read for problem in file.problems]
    if problems:
        problems.sort(key=lambda problem: (problem.path, problem.line))
        shown = [str(problem) for problem in problems[:MOST_PROBLEMS]]
        raise InvalidInput(fields={"archive": shown})
    return done


def _is_misnamed(path: str) -> bool:
    """Looks like an article, but for its name. What tells people about the folder is none."""
    name = PurePosixPath(path).name.lower()
    return name.endswith(".md") and name != "readme.md" and NAME.fullmatch(path) is None


class _Plan:
    """One import: what its files name is looked up once."""

    def __init__(self, files: Mapping[str, bytes], actor: User, at: datetime, publish: bool, done: Imported) -> None:
        self.files, self.actor, self.at, self.publish, self.done = files, actor, at, publish, done
        self.topics = {
            name.casefold(): row for row in Topic.objects.all() for name in (row.name_en, row.name_zh) if name
        }
        self.teams = {name.casefold(): row for row in Team.objects.all() for name in (row.name_en, row.name_zh) if name}
        self.people: dict[str, User | None] = {}

    @cached_property
    def names(self) -> list[str]:
        return names_of_people()

    def take(self, group: list[ArticleFile], beside: Mapping[str, Mapping[str, str]]) -> list[Problem]:
        """Write one article where its files name nothing wrong. Returns what is wrong with its words."""
        article = Article.objects.filter(slug=group[0].slug).select_related("owner", "team").first()
        details = self._details(group, article)
        if any(file.problems for file in group):
            return []
        try:
            with transaction.atomic():
                self._write(article, group, details, beside)
        except DomainError as error:
            first = group[0]
            sentences = [str(text) for texts in error.fields.values() for text in texts] or [str(error)]
            return [Problem(first.path, 1, sentence) for sentence in sentences]
        return []

    def _details(self, group: list[ArticleFile], article: Article | None) -> Details:
        found: dict[str, Any] = {}
        said: dict[str, Any] = {}
        for file in group:
            for key, value in file.front.items():
                if key != "title" and said.setdefault(key, value) != value:
                    file.complain(key, _("The other language says something else."))
            found |= {key: value for key, value in self._read(file, article).items() if value is not None}
        return found  # type: ignore[return-value]

    def _read(self, file: ArticleFile, article: Article | None) -> dict[str, Any]:
        front = file.front
        found: dict[str, Any] = {"applies_to": front.get("applies_to")}
        # A day that is over was for those who wrote the file; here the article gets another one.
        if "review_on" in front and front["review_on"] > localdate(self.at):
            found["review_on"] = front["review_on"]
        if "audience" in front:
            found["audience"] = front["audience"]
            if front["audience"] not in Audience.values:
                file.complain("audience", _("Choose one of %(codes)s.") % {"codes": ", ".join(Audience.values)})
        if "team" in front:
            found["team"] = self.teams.get(front["team"].casefold())
            if found["team"] is None:
                file.complain("team", _("There is no team “%(name)s”.") % {"name": front["team"]})
        if "topics" in front:
            found["topics"] = [self.topics.get(name.casefold()) for name in front["topics"]]
            for name, topic in zip(front["topics"], found["topics"], strict=True):
                if topic is None:
                    file.complain("topics", _("There is no topic “%(name)s”.") % {"name": name})
        if "owner" in front:
            found["owner"] = self._person(front["owner"], article)
            if found["owner"] is None:
                file.complain(
                    "owner", _("There is nobody of the desk with the user name “%(name)s”.") % {"name": front["owner"]}
                )
        return found

    def _person(self, username: str, article: Article | None) -> User | None:
        """Somebody of the desk, or whoever owns the article already: who left stays until somebody chooses another."""
        if article is not None and article.owner.username.casefold() == username.casefold():
            return article.owner
        if username not in self.people:
            person = User.objects.active().filter(username__iexact=username).first()
            self.people[username] = person if person is not None and person.is_desk else None
        return self.people[username]

    def files_beside(self, file: ArticleFile) -> dict[str, str]:
        """Paths of the files that its text links to, or its front matter names, by how they are named there."""
        wanted = [(name, file.lines.get("files", 1)) for name in file.front.get("files", [])]
        for link, line in _links(file, {}):
            if link.is_relative:
                wanted.append((link.target, line))
            elif link.refusal:
                file.complain_at(line, link.refusal)
        found = {}
        for target, line in wanted:
            path = normpath(PurePosixPath(file.path).parent / target)
            if path in self.files:
                found[target] = path
            else:
                file.complain_at(line, _("The file “%(name)s” is missing.") % {"name": target})
        for link, line in _links(file, dict.fromkeys(found, "/")):
            if link.target in found:
                sentence = _("Write the link to “%(name)s” on one line, as [words](path).") % {"name": link.target}
                file.complain_at(line, sentence)
        return found

    def _write(
        self,
        article: Article | None,
        group: list[ArticleFile],
        details: Details,
        beside: Mapping[str, Mapping[str, str]],
    ) -> None:
        is_new = article is None
        if article is None:
            # An article has to be there before its files can be, and these before the words that link to them.
            titles = {file.language: {"title": file.words["title"]} for file in group}
            article = create_article(texts=titles, actor=self.actor, at=self.at, details=details, slug=group[0].slug)
        before = article.version
        details = self._changed(article, details)
        paths = sorted({path for file in group for path in beside[file.path].values()})
        if self._has_draft_of_others(article):
            present = {path: self._published_as(article, path) for path in paths}
            if details or "" in present.values() or not _are_published(article, _texts(group, beside, present)):
                raise _draft_of_others(article)
            self.done.unchanged += 1
            return
        kept = {path: self._keep(article, path) for path in paths}
        article = save_draft(
            article_id=article.pk,
            version=article.version,
            texts=_texts(group, beside, kept),
            actor=self.actor,
            at=self.at,
            details=details,
        )
        files = article.files.to_come().filter(uploaded_by=self.actor, created_at=self.at)
        if is_new:
            self.done.created += 1
        elif article.version != before or files.exists():
            self.done.updated += 1
        else:
            self.done.unchanged += 1
        if self.publish:
            self._publish(article)

    def _has_draft_of_others(self, article: Article) -> bool:
        """Whether somebody else is writing: their words would be replaced, or published half-written."""
        draft = article.versions.open().first()
        if draft is None:
            return False
        others = draft.events.filter(code=EventCode.WRITTEN).exclude(actor=self.actor)
        return draft.author_id != self.actor.pk or others.exists()

    def _published_as(self, article: Article, path: str) -> str:
        """Where readers get this very file already, or nothing."""
        published = article.files.in_use().filter(published_at__isnull=False)
        digest = sha256(self.files[path]).hexdigest()
        file = published.filter(name=safe_name(PurePosixPath(path).name), sha256=digest).first()
        return file.path if file is not None else ""

    @staticmethod
    def _changed(article: Article, details: Details) -> Details:
        """The details that differ from the article's, so that the same file again changes nothing."""
        present = {
            "audience": article.audience,
            "team": article.team,
            "topics": sorted(article.topics.all(), key=lambda topic: topic.pk),
            "owner": article.owner,
            "applies_to": list(article.applies_to.values_list("name", flat=True)),
            "review_on": article.review_on,
        }
        given: dict[str, Any] = dict(details)
        if "topics" in given:
            given["topics"] = sorted(given["topics"], key=lambda topic: topic.pk)
        return {name: value for name, value in given.items() if present[name] != value}  # type: ignore[return-value]

    def _keep(self, article: Article, path: str) -> str:
        name = PurePosixPath(path).name
        kept = add_file(
            article_id=article.pk,
            upload=ContentFile(self.files[path], name=name),
            actor=self.actor,
            at=self.at,
        )
        return kept.path

    def _publish(self, article: Article) -> None:
        draft = article.versions.open().first()
        if draft is None:
            return
        if findings_of(draft, self.names):
            self.done.held.append(article.slug)
            return
        put_out(article, draft, actor=self.actor, at=self.at, code=EventCode.IMPORTED)
        self.done.published += 1


def _links(file: ArticleFile, targets: Mapping[str, str]) -> Iterator[tuple[Link, int]]:
    """The links and pictures of a file's text, after these targets were replaced, with the lines on which they stand."""
    for name, places in file.places.items():
        for link in links_in(relink(file.words[name], targets)):
            yield link, places[link.line]


def _texts(
    group: list[ArticleFile], beside: Mapping[str, Mapping[str, str]], kept: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The words by language and field, with links to the files as they are kept here."""
    texts = {}
    for file in group:
        targets = {target: kept[path] for target, path in beside[file.path].items()}
        texts[file.language] = {name: relink(text, targets) for name, text in file.words.items()}
    return texts


def _are_published(article: Article, texts: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether readers get these very words."""
    version = article.versions.published().first()
    published = {text.language: text.words for text in version.texts.all()} if version is not None else {}
    return all(published.get(language) == words for language, words in texts.items())


def _draft_of_others(article: Article) -> Conflict:
    facts = {"name": article.slug}
    return Conflict(
        _("Somebody else is writing on the article “%(name)s”. Publish their draft, or throw it away.") % facts,
        code="draft_of_others",
    )


def export_articles(*, actor: User) -> Iterator[tuple[str, bytes]]:
    """Every published article as files, by path: its published words, and the files that readers get with them.

    A file whose content is lost is named in `MISSING`, which comes last. Raises NotAllowed for who isn't an administrator.
    """
    if not actor.can(Ability.CONFIGURE):
        raise NotAllowed
    return _exported(actor)


def _exported(actor: User) -> Iterator[tuple[str, bytes]]:
    articles = Article.objects.visible_to(actor).current().select_related("owner", "team")
    articles = articles.prefetch_related("topics", "applies_to", "files").order_by("slug")
    missing: list[str] = []
    for article in articles.iterator(chunk_size=200):
        version = article.versions.published().prefetch_related("texts").first()
        if version is None:
            continue
        texts = {text.language: text.words for text in version.texts.all()}
        linked = {link.address for words in texts.values() for value in words.values() for link in links_in(value)}
        targets: dict[str, str] = {}
        attached = []
        for file in article.files.all():
            is_linked = file.path in linked
            if file.published_at is None or file.withdrawn_at is not None or (file.is_picture and not is_linked):
                continue
            name = f"files/{article.slug}/{file.name}"
            if name in targets.values():
                name = f"files/{article.slug}/{file.uuid}/{file.name}"
            try:
                content = open_bytes(file.storage_key)
            except FileNotFoundError:
                missing.append(name)
                continue
            with content:
                yield name, content.read()
            targets[file.path] = name
            if not is_linked:
                attached.append(name)
        for language in LANGUAGES:
            if language in texts:
                words = {name: relink(value, targets) for name, value in texts[language].items()}
                path = f"{article.slug}.{PREFIX[language]}.md"
                yield path, write_file(language, _front(article, words["title"], attached), words).encode()
    if missing:
        yield MISSING, "".join(f"{name}\n" for name in missing).encode()


def _front(article: Article, title: str, attached: list[str]) -> dict[str, Any]:
    front: dict[str, Any] = {"title": title, "audience": article.audience}
    if article.team is not None:
        front["team"] = article.team.name_zh
    front["topics"] = [topic.name_zh for topic in article.topics.all()]
    front["applies_to"] = [row.name for row in article.applies_to.all()]
    front["owner"] = article.owner.username
    front["review_on"] = article.review_on
    front["files"] = attached
    return {key: value for key, value in front.items() if value not in (None, [])}
