"""Markdown as HTML: written by people, so without HTML of their own, and cleaned after that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token

_PICTURE = re.compile(r"/knowledge/files/[0-9a-f-]{36}/")
_TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
# Where links may lead; one without a scheme stays here.
_SCHEMES = ("http", "https", "mailto", "tel")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


class _Unsuspecting(MarkdownIt):
    """Takes for a link also what the other parser leaves as text."""

    def validateLink(self, url: str) -> bool:  # the library's name
        return True


_finder = _Unsuspecting("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


def as_html(text: str) -> SafeString:
    """The text as HTML. Headings begin at the third level: page and section stand above them.

    Pictures come from the knowledge base alone: one from elsewhere would tell its server who reads what.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        _drop_foreign_pictures(token)
    html = _parser.renderer.render(tokens, _parser.options, {})
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer",
    )
    return mark_safe(clean)  # nh3 let only the tags above through


def _drop_foreign_pictures(token: Token) -> None:
    """What stands for such a picture is its description."""
    for child in token.children or ():
        if child.type == "image" and not _PICTURE.fullmatch(str(child.attrs.get("src", ""))):
            child.type, child.tag, child.children = "text", "", None


@dataclass(frozen=True)
class Link:
    """A link or a picture in a text, and the line of it (from 0) on which it stands."""

    address: str
    line: int
    is_picture: bool

    @property
    def target(self) -> str:
        """The address as people write it."""
        return unquote(self.address)

    @property
    def is_relative(self) -> bool:
        """Leads to a file beside the text."""
        return bool(self.address) and not self.address.startswith(("/", "#")) and not _SCHEME.match(self.address)

    @property
    def refusal(self) -> str:
        """Why readers would not get it, or nothing: a sentence for who wrote it."""
        facts = {"target": self.target[:80]}
        if self.is_picture:
            if _PICTURE.fullmatch(self.address):
                return ""
            return (
                _(
                    "The picture “%(target)s” isn't kept here. Add it to the article's files, and put the line behind it "
                    "into the text."
                )
                % facts
            )
        scheme = _SCHEME.match(self.address)
        if scheme is None or scheme[1].lower() in _SCHEMES:
            return ""
        return _("“%(target)s” can't be a link here. Links begin with https, http, mailto or tel.") % facts


def links_in(text: str) -> Iterator[Link]:
    """The links and pictures of a text in their order, also those that are never shown as such."""
    for token in _finder.parse(text):
        line = token.map[0] if token.map else 0
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type in ("link_open", "image"):
                is_picture = child.type == "image"
                yield Link(str(child.attrs.get("src" if is_picture else "href", "")), line, is_picture)


def as_plain(text: str) -> str:
    """The words without the signs that format them, for summaries and the lines of a search."""
    parts: list[str] = []
    for token in _parser.parse(text):
        if token.type == "inline":
            breaks = ("softbreak", "hardbreak")
            parts.append("".join(child.content if child.type not in breaks else " " for child in token.children or ()))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content)
    return " ".join(" ".join(parts).split())
