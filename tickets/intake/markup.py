"""HTML of a mail: made safe to show, and turned into what a person would read of it. Pure; bounded in time."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from html import unescape

import nh3

LONGEST_HTML = 1_000_000  # characters that are looked at
DEEPEST_HTML = 3000  # elements within each other; every HTML parser takes the square of the time for them
DEEPEST_LAYOUT = 200  # below, libxml2 leaves everything out
MOST_LAYOUT = 100_000  # tags; to lay them out takes a second
# What may stay of a mail's HTML; pictures only those that came with it.
TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "small", "span", "strong", "sub"),
    *("sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"),
}
ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
TAGS_AND_BLANKS = re.compile(r"<[^<>]*>|\s|&nbsp;")
LINE_END = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/?blockquote)\b[^<>]*>", re.IGNORECASE)
TITLE = re.compile(r"<title\b[^<>]{0,200}>([^<]{1,500})</title", re.IGNORECASE)
TITLE_WITHIN = 100_000
# A line end between two of them is how the source was wrapped; it is no space (CSS Text 3, 4.1.3).
WIDE = "\u3001-\u303f\u3400-\u9fff\uff00-\uff60"
WRAPPED = re.compile(f"(?<=[{WIDE}])[ \t]*\r?\n[ \t]*(?=[{WIDE}])")
# Tables in mails are mostly there for the looks. As text each row is a line: the columns of a text take the square of
# the time that their cells do, and a page that lies in a table is moved to its middle.
TABLE_TAG = re.compile(r"<(/?)(table|tbody|thead|tfoot|tr|td|th)>")
LINES_FOR = dict.fromkeys(("table", "tbody", "thead", "tfoot", "tr"), "<{}div>") | dict.fromkeys(
    ("td", "th"), " <{}span>"
)
CLOSED_BY_THE_NEXT = {
    *(
        "area",
        "br",
        "col",
        "dd",
        "dt",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "option",
        "p",
        "td",
        "th",
        "tr",
        "wbr",
    )
}


def is_deeper(source: str, most: int) -> bool:
    """Whether more elements than these lie within each other, as far as that can be seen without parsing."""
    depth = 0
    for closing, tag in TAG.findall(source):
        if tag.lower() not in CLOSED_BY_THE_NEXT:
            depth = max(depth - 1, 0) if closing else depth + 1
            if depth > most:
                return True
    return False


def text_of_html(source: str) -> str:
    """What a person would read of it."""
    source = source[:LONGEST_HTML]
    if is_deeper(source, DEEPEST_HTML):
        return _roughly(source)
    cleaned = nh3.clean(source, tags=TAGS, attributes={}, clean_content_tags={"script", "style", "title"})
    if cleaned.count("<") > MOST_LAYOUT or is_deeper(cleaned, DEEPEST_LAYOUT):
        return _roughly(cleaned)
    if "<pre" not in cleaned:
        cleaned = WRAPPED.sub("", cleaned)
    cleaned = TABLE_TAG.sub(lambda match: LINES_FOR[match[2]].format(match[1]), cleaned)
    return _lay_out()(f"<div>{cleaned}</div>") if cleaned.strip() else ""


@cache
def _lay_out() -> Callable[[str], str]:
    """Loaded with the first mail: it brings 15 MB along, which most web processes never need."""
    from inscriptis import get_text
    from inscriptis.css_profiles import STRICT_CSS_PROFILE
    from inscriptis.model.config import ParserConfig

    # The other profile sets a space around every span, of which Outlook makes one for each change of script.
    layout = ParserConfig(css=STRICT_CSS_PROFILE)
    return lambda html: get_text(html, layout)


def _roughly(source: str) -> str:
    """The words of HTML that is too deep or too large to be laid out, as a long exchange of answers may be."""
    lines = LINE_END.sub("\n", " ".join(source.split()))
    return "\n".join(line.strip() for line in unescape(re.sub(r"<[^<>]*>", "", lines)).split("\n"))


def title_of_html(source: str) -> str:
    """The page's title: a window shows it, and machines that write pages put the matter there."""
    match = TITLE.search(source[:TITLE_WITHIN])
    return " ".join(unescape(match[1]).split()) if match else ""


def safe_html(source: str) -> str:
    """HTML without scripts, forms, styles and anything that would be fetched from elsewhere; empty if nothing is seen."""
    source = source[:LONGEST_HTML]
    if not source.strip() or is_deeper(source, DEEPEST_HTML):
        return ""
    cleaned = nh3.clean(
        source,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_harmless,
        clean_content_tags={"script", "style", "title"},
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
    )
    return cleaned if "cid:" in cleaned or TAGS_AND_BLANKS.sub("", cleaned) else ""


def _harmless(tag: str, attribute: str, value: str) -> str | None:
    """A picture that is not in the mail would tell its sender who reads it, and when."""
    if tag == "img" and attribute == "src" and not value.lower().startswith("cid:"):
        return None
    return value
