"""Markdown as HTML and as plain text, and plain text as Markdown. It is written by people, so no HTML of their own passes,
and what comes out is cleaned."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

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


def as_text(text: str) -> str:
    """The text without the signs that format it, as people write a mail: steps keep their numbers, links their address."""
    return _joined(SyntaxTreeNode(_parser.parse(text)).children, "\n\n")


def _joined(nodes: Sequence[SyntaxTreeNode], between: str) -> str:
    return between.join(filter(None, map(_block, nodes)))


def _block(node: SyntaxTreeNode) -> str:
    match node.type:
        case "inline":
            return "".join(map(_piece, node.children))
        case "fence" | "code_block":
            return node.content.rstrip("\n")
        case "bullet_list":
            return "\n".join(_item(item, "- ") for item in node.children)
        case "ordered_list":
            first = int(node.attrs.get("start", 1))
            return "\n".join(_item(item, f"{number}. ") for number, item in enumerate(node.children, first))
        case "table" | "thead" | "tbody":
            return _joined(node.children, "\n")
        case "tr":
            return " | ".join(map(_block, node.children))
        case _:
            return _joined(node.children, "\n\n")


def _item(item: SyntaxTreeNode, sign: str) -> str:
    """Its first line behind the sign, the others below the first."""
    return sign + _joined(item.children, "\n").replace("\n", "\n" + " " * len(sign))


def _piece(node: SyntaxTreeNode) -> str:
    """A part of a line."""
    match node.type:
        case "softbreak" | "hardbreak":
            return "\n"
        case "link":
            words = "".join(map(_piece, node.children))
            address = _full_address(str(node.attrs["href"]))
            return words if address in (words, "") else f"{words} ({address})"
        case _ if node.children:
            return "".join(map(_piece, node.children))
        case _:
            return node.content


def _full_address(address: str) -> str:
    """As it is typed into a browser, a mail or a telephone; a place on the same page has none."""
    if address.startswith("#"):
        return ""
    target = unquote(re.sub(r"^(mailto|tel):", "", address))
    return settings.SITE_URL + target if target.startswith("/") else target


_SIGNS = re.compile(
    r"""
      \\(?=[!-/:-@\[-`{-~]|$)             # a backslash that would take away what follows it, or break the line
    | [*`]
    | (?<![^\W_])_ | _(?![^\W_])          # but in the middle of a word it says nothing
    | ~(?=~) | (?<=~)~
    | \](?=[(:])                          # what makes a link of brackets
    | <(?=[^\s<>]*[:@])
    | &(?=\#?\w+;)
    """,
    re.VERBOSE | re.MULTILINE,
)
# What a line begins with that makes more of it: headings, quotations, lists, and rules or borders of tables.
_BEGIN = re.compile(r"(?=\#{1,6}(?:\s|$)|>|[+-](?:\s|$)|[-=|:\s]*[-=][-=|:\s]*$)|\d{1,9}(?=[.)](?:\s|$))")
_STEP = re.compile(r"(?:-|(\d{1,9})[.)])\s+(?=[^-=\s])")


def as_markdown(text: str) -> str:
    """Plain text as Markdown that reads like it. Numbered steps and dashes stay what they are; nothing else is formatted."""
    lines, last = [], 0
    for line in text.splitlines():
        # Blanks at the beginning would make code of the line.
        bare = _SIGNS.sub(r"\\\g<0>", line.strip())
        step = _STEP.match(bare)
        # Lists count on from their first number, whatever the others are.
        if step and step[1] in (None, str(last + 1)):
            last += step[1] is not None
            lines.append(f"{step[0].split()[0]} {_unformatted(bare[step.end() :])}")
        else:
            lines.append(_unformatted(bare))
    return "\n".join(lines)


def _unformatted(line: str) -> str:
    return _BEGIN.sub(r"\g<0>\\", line, count=1) if _BEGIN.match(line) else line
