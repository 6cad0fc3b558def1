"""The query language of every search: words, "phrases", `field:value`, and `-` before what must not be there. Pure.

Nothing that somebody pastes is an error: a field that nobody knows is a word like any other, a quote without its partner
is a blank. docs/search.md shows the language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from helpdesk.common.search import LONGEST_QUERY, MOST_TERMS, Term, normalise, terms_of

MOST_FIELDS = 12

_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Whatever people put around a phrase, or around a name that they copied.
QUOTES = '"“”„‟«»「」『』〝〞'
_STRAIGHT_QUOTES = str.maketrans(dict.fromkeys(QUOTES, '"'))
_PIECE = re.compile(
    r"""(?P<minus>(?<![^\s"])-(?!-))?            # one minus, at the beginning of a piece
    (?:(?P<name>[^\W\d_][\w-]*):(?=[^\s:]))?     # the name of a field
    (?:"(?P<phrase>[^"]*)"|(?P<bare>[^\s"]+))""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Field:
    """One `name:value`. `name` is the field's code, `value` in the spelling in which texts are compared."""

    name: str
    value: str
    is_excluded: bool = False

    def __str__(self) -> str:
        return f"{self.name}:{self.value}"


@dataclass(frozen=True)
class Query:
    """What somebody searches for. All `terms` must stand in the text, none of `without`; fields narrow further."""

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing to search for: blank, or nothing but punctuation."""
        return not (self.terms or self.without or self.fields)


def parse(text: str, names: Mapping[str, str] | None = None) -> Query:
    """Take a query apart. `names` gives the code of each field by the names under which it may be written.

    Only the first 200 characters, 12 words and 12 fields count, so that no query is expensive.
    """
    text = _UNSTORABLE.sub(" ", normalise(text[:LONGEST_QUERY])[:LONGEST_QUERY]).translate(_STRAIGHT_QUOTES)
    terms: list[Term] = []
    without: list[Term] = []
    fields: list[Field] = []
    for piece in _PIECE.finditer(text):
        is_excluded = piece["minus"] is not None
        value = piece["phrase"] if piece["phrase"] is not None else piece["bare"]
        code = (names or {}).get(piece["name"] or "")
        if code and value.strip():
            fields.append(Field(code, value.strip(), is_excluded))
            continue
        (without if is_excluded else terms).extend(_terms(piece["name"], piece["phrase"], piece["bare"]))
    return Query(tuple(terms[:MOST_TERMS]), tuple(without[:MOST_TERMS]), tuple(fields[:MOST_FIELDS]))


def _terms(name: str | None, phrase: str | None, bare: str | None) -> list[Term]:
    """A phrase is one term, whatever stands between its words; bare text is parted as usual."""
    if phrase is None:
        return terms_of(f"{name}:{bare}" if name else bare or "")
    return (terms_of(name) if name else []) + terms_of(phrase, is_phrase=True)
