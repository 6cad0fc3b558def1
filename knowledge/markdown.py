"""Markdown as HTML: written by people, so without HTML of their own, and cleaned after that."""

from __future__ import annotations

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_PICTURE = re.compile(r"/knowledge/files/[0-9a-f-]{36}/")
_TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre", "blockquote"),
    *("ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])


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
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(clean)  # nh3 let only the tags above through


def _drop_foreign_pictures(token: Token) -> None:
    """What stands for such a picture is its description."""
    for child in token.children or ():
        if child.type == "image" and not _PICTURE.fullmatch(str(child.attrs.get("src", ""))):
            child.type, child.tag, child.children = "text", "", None


def as_plain(text: str) -> str:
    """The words without the signs that format them, for summaries and the lines of a search."""
    parts: list[str] = []
    for token in _parser.parse(text):
        if token.type == "inline":
            parts.append("".join(child.content if child.type != "softbreak" else " " for child in token.children or ()))
        elif token.type in ("fence", "code_block"):
            parts.append(token.content)
    return " ".join(" ".join(parts).split())
