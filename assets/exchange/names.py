"""Rows of other tables by the names that people write for them, loaded once for a whole file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

from django.utils.translation import get_language, override

from assets.choices import AssetState
from assets.models import AssetAttribute, AssetType, Vendor, VendorContract
from helpdesk.accounts.models import Department, User
from helpdesk.common.tree import ancestors
from helpdesk.common.unicode_forms import normal_form

T = TypeVar("T")
AMBIGUOUS = "ambiguous"
SEPARATOR = " / "
_IN_BRACKETS = re.compile(r".*[(（]\s*([^()（）]+?)\s*[)）]")
# Words of lists as people keep them, beside the codes and the labels of both languages.
_STATES = {
    "stock": ("在库", "库存", "闲置", "备用", "空闲", "spare"),
    "in_use": ("在用", "使用中", "使用", "已领用", "领用", "正常", "active", "deployed"),
    "lent": ("借用", "借出", "已借出", "on loan"),
    "repair": ("维修", "维修中", "送修", "repair"),
    "lost": ("丢失", "遗失", "盘亏", "missing"),
    "retired": ("报废", "已报废", "停用", "已停用", "disposed"),
}


def key_of(text: str) -> str:
    """The spelling in which names are compared."""
    return " ".join(normal_form("NFKC", text).casefold().split())


class Names(Generic[T]):
    """Things by name. A name of two things means neither, and every thing has one that means only it."""

    def __init__(self) -> None:
        self._found: dict[str, T | None] = {}
        self._own: dict[T, tuple[str, ...]] = {}

    def add(self, thing: T, *names: str) -> None:
        """The names of a thing, the one that people should see first."""
        self._own[thing] = tuple(filter(None, names))
        for key in {key_of(name) for name in self._own[thing]}:
            other = self._found.setdefault(key, thing)
            if other != thing:
                self._found[key] = None

    def find(self, text: str) -> T:
        """The one thing of this name. Raises LookupError, with AMBIGUOUS where there are several."""
        try:
            thing = self._found[key_of(text)]
        except KeyError:
            raise LookupError(text) from None
        if thing is None:
            raise LookupError(AMBIGUOUS)
        return thing

    def things(self) -> Iterable[T]:
        return self._own

    def name_of(self, thing: T) -> str:
        """The first name that means this thing alone; the last one where none does."""
        names = self._own[thing]
        return next((name for name in names if self._found[key_of(name)] == thing), names[-1])


@dataclass(frozen=True)
class Person:
    """What an import has to know of somebody."""

    pk: int
    username: str
    name: str
    is_active: bool

    @property
    def label(self) -> str:
        return f"{self.name} ({self.username})"


@dataclass
class Register:
    """All that cells can refer to. `language` decides which names stand first."""

    language: str = field(default_factory=lambda: get_language() or "zh-hans")

    @cached_property
    def types(self) -> dict[int, AssetType]:
        return {row.pk: row for row in AssetType.objects.all()}

    @cached_property
    def type_names(self) -> Names[int]:
        names: Names[int] = Names()
        for row in self.types.values():
            names.add(row.pk, *self._both(row.name_zh, row.name_en), row.code)
        return names

    @cached_property
    def attributes(self) -> list[AssetAttribute]:
        return list(AssetAttribute.objects.order_by("type__position", "type_id", "position", "id"))

    @cached_property
    def attributes_of(self) -> dict[int, list[AssetAttribute]]:
        found: dict[int, list[AssetAttribute]] = {pk: [] for pk in self.types}
        for row in self.attributes:
            found[row.type_id].append(row)
        return found

    @cached_property
    def departments(self) -> dict[int, Department]:
        return {row.pk: row for row in Department.objects.all()}

    @cached_property
    def department_names(self) -> Names[int]:
        """By their own name or the whole path from the top."""
        rows = self.departments
        parents = {pk: row.parent_id for pk, row in rows.items()}
        names: Names[int] = Names()
        for pk, row in rows.items():
            path = [rows[above] for above in ancestors(parents, pk)][::-1]
            paths = (
                SEPARATOR.join(above.name_zh or above.name_en for above in path),
                SEPARATOR.join(above.name_en or above.name_zh for above in path),
            )
            names.add(pk, *self._both(row.name_zh, row.name_en), *self._both(*paths))
        return names

    @cached_property
    def vendors(self) -> dict[int, Vendor]:
        return {row.pk: row for row in Vendor.objects.all()}

    @cached_property
    def vendor_names(self) -> Names[int]:
        names: Names[int] = Names()
        for pk, row in self.vendors.items():
            names.add(pk, *self._both(row.name_zh, row.name_en), f"#{pk}")
        return names

    @cached_property
    def contracts(self) -> dict[int, VendorContract]:
        return {row.pk: row for row in VendorContract.objects.all()}

    @cached_property
    def contract_names(self) -> Names[int]:
        """By number, or by vendor and number where two vendors use the same."""
        names: Names[int] = Names()
        for pk, row in self.contracts.items():
            vendors = self._both(self.vendors[row.vendor_id].name_zh, self.vendors[row.vendor_id].name_en)
            paths = (f"{name}{SEPARATOR}{row.number}" for name in vendors if name)
            names.add(pk, row.number, *paths, f"#{pk}")
        return names

    @cached_property
    def _people(self) -> tuple[dict[int, Person], dict[str, int], dict[str, int | None]]:
        """Who there is; by user name and e-mail, which are one person's; by name, which may be several people's."""
        rows = User.objects.filter(anonymised_at=None).values_list("pk", "username", "full_name", "is_active", "email")
        people: dict[int, Person] = {}
        by_key: dict[str, int] = {}
        by_name: dict[str, int | None] = {}
        for pk, username, name, is_active, email in rows.iterator():
            people[pk] = Person(pk, username, name or username, is_active)
            if email:
                by_key.setdefault(key_of(email), pk)
            if name and is_active:
                by_name[key_of(name)] = None if key_of(name) in by_name else pk
        for person in people.values():
            by_key[key_of(person.username)] = person.pk
        return people, by_key, by_name

    def person(self, pk: int) -> Person | None:
        """Somebody by id; None for whoever was made anonymous."""
        return self._people[0].get(pk)

    def find_person(self, text: str) -> Person:
        """By user name, e-mail, “name (user name)”, or a name that only one person has. Raises LookupError."""
        people, by_key, by_name = self._people
        bracketed = _IN_BRACKETS.fullmatch(text)
        for candidate in (text, *([bracketed[1]] if bracketed else [])):
            if (pk := by_key.get(key_of(candidate))) is not None:
                return people[pk]
        if key_of(text) not in by_name:
            raise LookupError(text)
        found = by_name[key_of(text)]
        if found is None:
            raise LookupError(AMBIGUOUS)
        return people[found]

    @cached_property
    def state_names(self) -> Names[str]:
        labels: dict[str, list[str]] = {code: [] for code in AssetState.values}
        for language in (self.language, "zh-hans", "en"):
            with override(language):
                for code in labels:
                    labels[code].append(str(AssetState(code).label))
        names: Names[str] = Names()
        for code, found in labels.items():
            names.add(code, *found, code, *_STATES[code])
        return names

    def _both(self, zh: str, en: str) -> Iterable[str]:
        return (zh, en) if self.language.startswith("zh") else (en, zh)
