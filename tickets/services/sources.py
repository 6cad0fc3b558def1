"""What was consulted for a ticket, and what was made of it: articles and similar tickets (M3.3.1-3, M3.3.4-3)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from helpdesk.accounts.models import User
from helpdesk.accounts.speaking import speaking_to
from helpdesk.common.errors import Conflict, InvalidInput, NotAllowed
from knowledge.choices import EN, TEXT_LENGTH, TITLE_LENGTH, ZH, Audience
from knowledge.markdown import as_markdown, as_text
from knowledge.models import Article
from knowledge.services.details import Details
from knowledge.services.writing import create_article
from tickets.choices import Act as ActCode
from tickets.choices import MessageKind
from tickets.diagnosis_words import tried
from tickets.lifecycle import FINAL, Command
from tickets.models import Draft, Message, Ticket, TicketArticle, TicketAsset, TicketLink
from tickets.policies import can_work_on
from tickets.services import drafts, engine
from tickets.services.conversation import post_message
from tickets.services.helped import count_helped
from tickets.services.recording import Act, open_for_change, record, snapshot
from tickets.suggestions import published_text

Kind = TicketArticle.Kind
# The fields of a solution, and where each stands in an article.
SOLUTION = ("cause", "solution", "advice")


@transaction.atomic
def link_article(*, ticket_id: int, article_id: int, actor: User, at: datetime) -> TicketArticle:
    """The desk consulted an article. Raises NotVisible, NotAllowed, Conflict (`already_linked`, `closed`) or InvalidInput."""
    ticket = _open(ticket_id, actor)
    article = _article(article_id, actor)
    row, is_new = _keep(ticket, article, Kind.LINKED, actor, at)
    if not is_new:
        raise Conflict(_("This article is on the ticket already."), code="already_linked")
    _record(ticket, ActCode.SOURCE_LINKED, actor, at, article=article.pk)
    return row


@transaction.atomic
def link_ticket(*, ticket_id: int, other: Ticket, actor: User, at: datetime) -> TicketLink:
    """The desk consulted an earlier ticket. Raises what `link_article` raises."""
    ticket = _open(ticket_id, actor)
    _refuse_unseen(ticket, other, actor)
    row, is_new = TicketLink.objects.get_or_create(
        ticket=ticket, other=other, defaults={"linked_at": at, "linked_by": actor}
    )
    if not is_new:
        raise Conflict(_("This ticket is linked already."), code="already_linked")
    _record(ticket, ActCode.SOURCE_LINKED, actor, at, other=other.number)
    return row


@transaction.atomic
def send_article(*, ticket_id: int, article_id: int, body: str, actor: User, at: datetime) -> Message:
    """A message to the requester about an article that they may read.

    Raises what `post_message` raises, and InvalidInput for an article that isn't for everybody.
    """
    article = _article(article_id, actor)
    if article.audience != Audience.PUBLIC:
        raise InvalidInput(fields={"article": [_("The requester can't read this article: it is for the desk.")]})
    message = _tell(ticket_id, body, actor, at, article=article.pk)
    _keep(message.ticket, article, Kind.SENT, actor, at)
    return message


@transaction.atomic
def send_solution(*, ticket_id: int, other: Ticket, body: str, actor: User, at: datetime) -> Message:
    """A message to the requester with what solved an earlier ticket, of which they aren't told.

    Raises what `post_message` raises, and InvalidInput for a ticket that is no source.
    """
    refuse_as_source(_open(ticket_id, actor), other, actor)
    message = _tell(ticket_id, body, actor, at)
    _link, is_new = TicketLink.objects.get_or_create(
        ticket=message.ticket, other=other, defaults={"linked_at": at, "linked_by": actor}
    )
    if is_new:
        _record(message.ticket, ActCode.SOURCE_LINKED, actor, at, other=other.number)
    return message


def _tell(ticket_id: int, body: str, actor: User, at: datetime, **facts: Any) -> Message:
    """To the requester. What the actor is writing to them beside it goes on."""
    return post_message(
        ticket_id=ticket_id,
        actor=actor,
        body=body,
        at=at,
        kind=MessageKind.PUBLIC,
        facts=facts,
        ends_draft=False,
    )


@transaction.atomic
def use_article(*, ticket_id: int, article_id: int, actor: User, at: datetime) -> None:
    """Put what an article says into the solution that the actor is writing. What they wrote already stays before it.

    Raises NotVisible, NotAllowed, Conflict (`not_solvable`) or InvalidInput.
    """
    ticket = _open_to_solve(ticket_id, actor, at)
    article = _article(article_id, actor)
    _write_down(ticket, solution_of(article.pk, actor, reader=ticket.requester), actor, at)
    _row, is_new = _keep(ticket, article, Kind.USED, actor, at)
    if is_new:
        _record(ticket, ActCode.SOURCE_USED, actor, at, article=article.pk)


@transaction.atomic
def use_ticket(*, ticket_id: int, other: Ticket, actor: User, at: datetime) -> None:
    """Put the solution of an earlier ticket into the one that the actor is writing. Raises what `use_article` raises."""
    ticket = _open_to_solve(ticket_id, actor, at)
    refuse_as_source(ticket, other, actor)
    _write_down(ticket, {name: getattr(other, name) for name in SOLUTION}, actor, at)
    link, _is_new = TicketLink.objects.get_or_create(
        ticket=ticket, other=other, defaults={"linked_at": at, "linked_by": actor}
    )
    if not link.is_used:
        link.is_used = True
        link.save(update_fields=["is_used"])
        _record(ticket, ActCode.SOURCE_USED, actor, at, other=other.number)


def solved_with(ticket: Ticket, *, article_id: int, actor: User, at: datetime) -> None:
    """A ticket that is solved at first contact was solved with this article. Part of that act; raises InvalidInput."""
    _keep(ticket, _article(article_id, actor), Kind.USED, actor, at)
    count_helped(ticket)


@transaction.atomic
def draft_article(*, ticket_id: int, actor: User, at: datetime, language: str = "") -> Article:
    """A draft of an article from a solved ticket: once, unless that draft was thrown away. What is too long is cut.

    `language` is the one of the ticket's texts; left out it is guessed from them. Drafts are the whole desk's, so nothing
    is copied from a confidential ticket (M1.2-4). Raises NotVisible, NotAllowed, or Conflict (`confidential`,
    `no_solution`, `already_written`).
    """
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None, even_archived=True)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if ticket.is_confidential:
        why = _("This ticket is confidential: its words would be read by others. Write the article in your own.")
        raise Conflict(why, code="confidential")
    if not ticket.is_solved:
        raise Conflict(_("This ticket has no solution yet."), code="no_solution")
    if has_article(ticket):
        raise Conflict(_("An article was drafted from this ticket already."), code="already_written")
    language = language or _language_of(ticket)
    with translation.override(language):
        texts = {language: _words_of(ticket)}
    details: Details = {"applies_to": _devices_of(ticket)}
    article = create_article(texts=texts, actor=actor, at=at, details=details, are_quoted=True)
    _keep(ticket, article, Kind.WRITTEN, actor, at)
    _record(ticket, ActCode.ARTICLE_DRAFTED, actor, at, article=article.pk)
    return article


def has_article(ticket: Ticket) -> bool:
    """Whether an article was drafted from it that wasn't thrown away unpublished."""
    thrown_away = Article.objects.filter(published_at__isnull=True, retired_at__isnull=False)
    written = TicketArticle.objects.filter(ticket=ticket, kind=Kind.WRITTEN)
    return written.exclude(article__in=thrown_away).exists()


def solution_of(article_id: int, viewer: User, *, reader: User | None) -> dict[str, str]:
    """What an article says, as the fields of a solution: plain text, in the language of whom it is for. Raises NotVisible."""
    with speaking_to(reader) if reader is not None else nullcontext():
        text = published_text(article_id, viewer)
    words = {name: getattr(text, name) for name in SOLUTION} | {"solution": text.solution or text.body}
    return {name: as_text(value) for name, value in words.items()}


def with_solution(typed: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """The fields of a solution as they were typed, with these words behind them."""
    return {name: with_more(typed.get(name, ""), text) for name, text in words.items()}


def with_more(text: str, more: str) -> str:
    """The text with `more` as its last paragraphs, unless it stands there already."""
    text, more = (part.replace("\r\n", "\n").strip() for part in (text, more))
    if f"\n\n{more}\n\n" in f"\n\n{text}\n\n":
        return text
    return "\n\n".join(filter(None, (text, more)))


def no_such_article() -> str:
    return _("There is no such article.")


def no_such_ticket() -> str:
    return _("There is no such ticket.")


def _open(ticket_id: int, actor: User) -> Ticket:
    ticket = open_for_change(ticket_id=ticket_id, actor=actor, version=None)
    if not can_work_on(actor, ticket):
        raise NotAllowed
    if ticket.status in FINAL:
        raise Conflict(_("This ticket is closed. Reopen it or create a follow-up ticket."), code="closed")
    return ticket


def _open_to_solve(ticket_id: int, actor: User, at: datetime) -> Ticket:
    ticket = _open(ticket_id, actor)
    if Command.RESOLVE not in [rule.command for rule in engine.allowed_rules(ticket, actor, at)]:
        raise Conflict(_("A solution can't be proposed now. Start the diagnosis first."), code="not_solvable")
    return ticket


def _article(article_id: int, actor: User) -> Article:
    found = Article.objects.visible_to(actor).current().filter(pk=article_id).first()
    if found is None:
        raise InvalidInput(fields={"article": [no_such_article()]})
    return found


def _refuse_unseen(ticket: Ticket, other: Ticket, actor: User) -> None:
    """A confidential ticket is no source: its number and words would stand where others read them (M1.2-4)."""
    open_ones = Ticket.objects.visible_to(actor).filter(is_confidential=False)
    if ticket.pk == other.pk or not open_ones.filter(pk=other.pk).exists():
        raise InvalidInput(fields={"ticket": [no_such_ticket()]})


def refuse_as_source(ticket: Ticket, other: Ticket, actor: User) -> None:
    """Raise InvalidInput where nothing can be taken over from `other`."""
    _refuse_unseen(ticket, other, actor)
    if not other.is_solved:
        why = _("Ticket %(number)s has no solution that could be taken over.") % {"number": other.number}
        raise InvalidInput(fields={"ticket": [why]})


def _keep(ticket: Ticket, article: Article, kind: str, actor: User, at: datetime) -> tuple[TicketArticle, bool]:
    facts = {"linked_at": at, "linked_by": actor}
    return TicketArticle.objects.get_or_create(ticket=ticket, article=article, kind=kind, defaults=facts)


def _write_down(ticket: Ticket, words: Mapping[str, str], actor: User, at: datetime) -> None:
    """Into the draft of the actor's solution."""
    draft = drafts.drafts_for(user=actor, ticket=ticket).get(Draft.Mode.RESOLVE, {})
    content = {**draft, **with_solution(draft, words)}
    drafts.save_draft(user=actor, ticket_id=ticket.pk, mode=Draft.Mode.RESOLVE, content=content, at=at)


def _words_of(ticket: Ticket) -> dict[str, str]:
    """The fields of an article, filled from the ticket in the active language. What is plain text there stays as it reads."""
    told = [text for text in (ticket.description, ticket.error_message, ticket.steps) if text]
    words = {"symptom": "\n\n".join(told), **{name: getattr(ticket, name) for name in SOLUTION}}
    words["body"] = "\n".join(f"- {step}" for step in tried(ticket))
    fields = {name: _cut(as_markdown(text), ticket) for name, text in words.items()}
    return {"title": ticket.subject[:TITLE_LENGTH], **fields}


def _cut(text: str, ticket: Ticket) -> str:
    """As much as fits into a field of an article; where that isn't all, it says where the rest stands."""
    if len(text) <= TEXT_LENGTH:
        return text
    rest = _("… (too long for an article; the rest stands in ticket %(number)s)") % {"number": ticket.number}
    return text[: TEXT_LENGTH - len(rest) - 2] + "\n\n" + rest


def _devices_of(ticket: Ticket) -> list[str]:
    """What an article from it is for: models, and names of programs. What people call their own computer is nobody else's."""
    assets = [link.asset for link in TicketAsset.objects.filter(ticket=ticket).select_related("asset__type")]
    names = (asset.model or (asset.name if asset.type.is_software else "") for asset in assets)
    return [name for name in names if name]


def _language_of(ticket: Ticket) -> str:
    """The language in which the ticket seems to be written: a Han character makes it Chinese."""
    return ZH if any("\u4e00" <= letter <= "\u9fff" for letter in ticket.subject + ticket.solution) else EN


def _record(ticket: Ticket, code: ActCode, actor: User, at: datetime, **facts: Any) -> None:
    record(ticket, Act(code=code, actor=actor, at=at, facts=facts), before=snapshot(ticket), is_untouched=True)
