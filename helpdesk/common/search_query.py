"""The query language of every search: words, "phrases", `field:value`, and `-` before what must not be there. Pure.

Blanks, commas and semicolons part the pieces of a query, and quotes hold one together. Behind a field `,` and `、` join
further values to it. Nothing that somebody pastes is an error: a field that nobody knows is a word like any other, a quote
without its partner is a blank. docs/search.md shows the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from helpdesk.common.search import LONGEST_QUERY, MOST_TERMS, Term, normalise, terms_of

MOST_FIELDS = 12

_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Whatever people put around a phrase, or around a name that they copied.
QUOTES = '"“”„‟«»「」『』〝〞'
_STRAIGHT_QUOTES = str.maketrans(dict.fromkeys(QUOTES, '"'))
# A wide comma parts words as in any Chinese sentence. Its spelling for comparison is `,`, which joins values, so it is set
# aside as a blank that nobody can type; in a phrase it stays the comma that it is.
_PARTING_COMMA = "\x1f"
_PIECE = re.compile(
    r"""(?P<minus>(?<![^\s,、;"])-(?!-))?                     # one minus, at the beginning of a piece
    (?:(?P<name>[^\W\d_][\w-]*):(?=[^\s:;"]|"[^"]*"))?     # the name of a field
    (?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s,、;"]+))?
    (?P<joint>[,、]*)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Field:
    """One `name:value,value`. `name` is the field's code, `written` what was typed for it. Values are in the spelling in
    which texts are compared; there are none in `name:,`."""

    name: str
    written: str
    is_excluded: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Query:
    """What somebody searches for. All `terms` must stand in the text, none of `without`; fields narrow further.

    `is_cut` where more was typed than counts.
    """

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    fields: tuple[Field, ...] = ()
    is_cut: bool = False

    @property
    def is_empty(self) -> bool:
        """Nothing to search for: blank, or nothing but punctuation."""
        return not (self.terms or self.without or self.fields)


def parse(text: str, names: Mapping[str, str] | None = None) -> Query:
    """Take a query apart. `names` gives the code of each field by the names under which it may be written.

    Only the first 200 characters, 12 words and 12 fields count, so that no query is expensive.
    """
    whole = _UNSTORABLE.sub(" ", text[:LONGEST_QUERY]).replace("，", _PARTING_COMMA)
    whole = normalise(whole).translate(_STRAIGHT_QUOTES)
    terms: list[Term] = []
    without: list[Term] = []
    fields: list[Field] = []
    list_ends = -1  # where the last field's list of values may go on
    for piece in _PIECE.finditer(whole[:LONGEST_QUERY]):
        phrase = piece["phrase"] and piece["phrase"].replace(_PARTING_COMMA, ",")
        name, bare, is_excluded = piece["name"] or "", piece["bare"] or "", piece["minus"] is not None
        code = (names or {}).get(name)
        if code:
            fields.append(Field(code, name, is_excluded))
        elif name:
            bare = f"{name}:{bare}"
        is_value = bool(code) or piece.start() == list_ends and not is_excluded
        value = (bare + (phrase or "")).strip()
        if not is_value:
            (without if is_excluded else terms).extend(_terms(bare, phrase))
        elif value:
            fields[-1] = replace(fields[-1], values=(*fields[-1].values, value))
        list_ends = piece.end() if is_value and piece["joint"] else -1
    return Query(
        tuple(terms[:MOST_TERMS]),
        tuple(without[:MOST_TERMS]),
        tuple(fields[:MOST_FIELDS]),
        is_cut=max(len(text), len(whole)) > LONGEST_QUERY
        or max(len(terms), len(without)) > MOST_TERMS
        or len(fields) > MOST_FIELDS,
    )


def _terms(bare: str, phrase: str | None) -> list[Term]:
    """A phrase is one term, whatever stands between its words; bare text is parted as usual."""
    return terms_of(bare) + (terms_of(phrase, is_phrase=True) if phrase is not None else [])
