"""Writes to the catalogue, and the rules that keep it usable: a true tree, and something of each kind on offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from helpdesk.accounts.models import User
from helpdesk.common.errors import Conflict, InvalidInput
from helpdesk.common.tree import level_of, levels_below, would_be_a_ring
from helpdesk.common.usage import usage_of
from tickets.choices import WaitsFor
from tickets.models import Category, Outcome, PriorityCell, RequestKind, WaitingReason
from tickets.models.catalogue import CatalogueItem
from tickets.priority import Impact, Priority, Urgency
from tickets.signals import category_moved

MAX_LEVELS = 4
Row = CatalogueItem | Category


# --- What must stay on offer ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """Something the process can't do without, and the sentence that says so."""

    fits: Callable[[Row], bool]
    message: str | Promise


NEEDS: dict[type, tuple[Need, ...]] = {
    RequestKind: (Need(lambda row: True, gettext_lazy("At least one request kind must stay on offer.")),),
    WaitingReason: (
        Need(
            lambda row: isinstance(row, WaitingReason) and row.waits_for == WaitsFor.USER,
            gettext_lazy("At least one reason to wait for the user must stay on offer."),
        ),
    ),
    Outcome: (
        Need(
            lambda row: isinstance(row, Outcome) and not row.is_workaround,
            gettext_lazy("At least one outcome that is no workaround must stay on offer, or nothing can be resolved."),
        ),
        Need(
            lambda row: isinstance(row, Outcome) and row.is_workaround,
            gettext_lazy("At least one workaround must stay on offer: requesters may accept one (M3.5-2)."),
        ),
    ),
    Category: (Need(lambda row: True, gettext_lazy("At least one category must stay on offer.")),),
}


def refuse_gap(row: Row, *, stays: bool = True) -> None:
    """Raise Conflict if the catalogue would lack something, with `row` as it stands now or (`stays=False`) without it.

    Call it inside a transaction: the other rows stay locked, so that two can't take the last two at once.
    """
    model = type(row)
    others = list(model._default_manager.select_for_update().exclude(pk=row.pk).order_by("pk"))
    offer = [other for other in others if not other.is_retired]
    if stays and not row.is_retired:
        offer.append(row)
    for need in NEEDS[model]:
        if not any(need.fits(item) for item in offer):
            raise Conflict(need.message, code="nothing_left_on_offer")


@transaction.atomic
def save_item(*, item: CatalogueItem, actor: User, reason: str = "") -> CatalogueItem:
    """Store a request kind, waiting reason or outcome. Raises Conflict when something needed would be missing."""
    refuse_gap(item)
    _save(item, actor, reason)
    return item


@transaction.atomic
def retire_item(*, item: CatalogueItem, actor: User, reason: str = "") -> CatalogueItem:
    """No longer offer an entry; tickets that have it keep it. Raises Conflict for the last of its sort."""
    item.is_retired = True
    return save_item(item=item, actor=actor, reason=reason)


@transaction.atomic
def restore_item(*, item: CatalogueItem, actor: User, reason: str = "") -> CatalogueItem:
    item.is_retired = False
    return save_item(item=item, actor=actor, reason=reason)


# --- The tree of categories -----------------------------------------------------------------------------------


def refuse_bad_place(category: Category) -> None:
    """Raise InvalidInput naming `parent` if the category would stand below itself, too deep, or under a retired one."""
    parents = dict(Category.objects.order_by("pk").values_list("pk", "parent_id"))
    problem = ""
    if category.pk and would_be_a_ring(parents, node=category.pk, parent=category.parent_id):
        problem = _("A category can't stand below itself.")
    else:
        below = levels_below(parents, category.pk) if category.pk else 0
        if level_of(parents, category.parent_id) + 1 + below > MAX_LEVELS:
            problem = _("The tree has at most %(count)d levels.") % {"count": MAX_LEVELS}
        elif category.parent is not None and category.parent.is_retired and not category.is_retired:
            problem = _("The category above is retired. Restore it first, or choose another one.")
    if problem:
        raise InvalidInput(fields={"parent": [problem]})


@transaction.atomic
def save_category(*, category: Category, actor: User, reason: str = "") -> Category:
    """Store a category in its place; the paths of its branch follow. Raises InvalidInput or Conflict."""
    rows = {row.pk: row for row in Category.objects.select_for_update().order_by("pk")}
    refuse_bad_place(category)
    refuse_gap(category)
    before = rows.get(category.pk)
    if before is not None and category.is_retired and not before.is_retired:
        _refuse_living_branch(category)
    _save(category, actor, reason)
    old_path = before.path if before else ""
    above = rows[category.parent_id].path if category.parent_id else "/"
    category.path = f"{above}{category.pk:06d}/"
    if category.path != old_path:
        Category.objects.filter(pk=category.pk).update(path=category.path)
        if old_path:
            branch = Category.objects.filter(path__startswith=old_path).exclude(pk=category.pk)
            branch.update(path=Concat(Value(category.path), Substr(F("path"), len(old_path) + 1)))
            category_moved.send(sender=Category)
    return category


def _refuse_living_branch(category: Category) -> None:
    living = Category.objects.filter(parent=category, is_retired=False).count()
    if living:
        message = ngettext(
            "%(count)d category below it is still on offer. Retire the whole branch from the tree.",
            "%(count)d categories below it are still on offer. Retire the whole branch from the tree.",
            living,
        )
        raise InvalidInput(fields={"is_retired": [message % {"count": living}]})


@transaction.atomic
def retire_branch(*, category: Category, actor: User, reason: str = "") -> int:
    """No longer offer a category and everything below it. Returns how many. Raises Conflict if nothing else is left."""
    rows = list(Category.objects.select_for_update().order_by("pk"))
    leaving = [row for row in rows if row.path.startswith(category.path) and not row.is_retired]
    gone = {row.pk for row in leaving}
    if not any(row.pk not in gone and not row.is_retired for row in rows):
        raise Conflict(NEEDS[Category][0].message, code="nothing_left_on_offer")
    for row in leaving:
        row.is_retired = True
        _save(row, actor, reason)
    return len(leaving)


@transaction.atomic
def restore_category(*, category: Category, actor: User, reason: str = "") -> Category:
    """Offer a category again, without what is below it. Raises InvalidInput while the one above is retired."""
    category.is_retired = False
    return save_category(category=category, actor=actor, reason=reason)


def refuse_deletion(row: Row) -> None:
    """Raise Conflict unless a catalogue entry may disappear: unused, and not the last of its sort."""
    if usage_of(row):
        raise Conflict(_("It is in use. Retire it instead: then it stays on old tickets and is no longer offered."))
    refuse_gap(row, stays=False)


# --- The priority matrix (M3.2-1) -----------------------------------------------------------------------------

Matrix = Mapping[tuple[str, str], str]


@transaction.atomic
def set_matrix(*, cells: Matrix, actor: User, reason: str = "") -> int:
    """Store all 16 priorities; only changed cells leave history. Returns how many changed.

    Raises InvalidInput naming each missing or unknown cell as `impact__urgency`. Existing tickets keep theirs.
    """
    problems = {
        f"{impact}__{urgency}": [_("Choose a priority for each of the 16 fields.")]
        for impact in Impact
        for urgency in Urgency
        if cells.get((impact, urgency)) not in list(Priority)
    }
    if problems:
        raise InvalidInput(fields=problems)
    stored = {(cell.impact, cell.urgency): cell for cell in PriorityCell.objects.select_for_update().order_by("pk")}
    changed = 0
    for impact in Impact:
        for urgency in Urgency:
            cell = stored.get((impact, urgency)) or PriorityCell(impact=impact, urgency=urgency)
            if cell.priority != cells[impact, urgency]:
                cell.priority = cells[impact, urgency]
                _save(cell, actor, reason)
                changed += 1
    return changed


def contradictions(cells: Matrix) -> list[tuple[str, str]]:
    """Cells that are less urgent than a neighbour with smaller impact or urgency: allowed, but worth a second look."""
    impacts, urgencies, order = list(Impact), list(Urgency), list(Priority)
    found = []
    for i, impact in enumerate(impacts):
        for u, urgency in enumerate(urgencies):
            here = order.index(Priority(cells[impact, urgency]))
            smaller = [(impacts[i - 1], urgency)] if i else []
            smaller += [(impact, urgencies[u - 1])] if u else []
            if any(order.index(Priority(cells[cell])) < here for cell in smaller):
                found.append((str(impact), str(urgency)))
    return found


def _save(row: CatalogueItem | Category | PriorityCell, actor: User, reason: str) -> None:
    row._history_user = actor  # type: ignore[union-attr]
    row._change_reason = reason[:100]  # type: ignore[union-attr]
    row.save()
