"""The category tree on one page, and the form of one category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from helpdesk.accounts.models import Team
from helpdesk.common.administration import ReasonForm, RetiringAdmin, reason_of
from helpdesk.common.errors import DomainError
from tickets.lifecycle import OPEN
from tickets.models import Category, Ticket
from tickets.services import catalogue

# Drawings of the sprite that portal tiles may show.
ICONS = (
    ("", gettext_lazy("none")),
    ("laptop", gettext_lazy("Computer")),
    ("print", gettext_lazy("Printer")),
    ("grid", gettext_lazy("Programs")),
    ("wifi", gettext_lazy("Network")),
    ("mail", gettext_lazy("Mail")),
    ("board", gettext_lazy("Business application")),
    ("key", gettext_lazy("Key")),
    ("flag", gettext_lazy("Flag")),
    ("shield", gettext_lazy("Shield")),
    ("book", gettext_lazy("Book")),
    ("phone", gettext_lazy("Telephone")),
    ("tool", gettext_lazy("Tool")),
    ("help", gettext_lazy("Question mark")),
)


class CategoryForm(ReasonForm):
    icon = forms.ChoiceField(
        label=gettext_lazy("icon"),
        choices=ICONS,
        required=False,
        help_text=gettext_lazy("On the tiles of the portal's home page; only for the top level."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        for name in ("parent", "team", "is_retired"):
            if name in cleaned:
                setattr(self.instance, name, cleaned[name])
        try:
            catalogue.refuse_bad_place(self.instance)
            catalogue.refuse_gap(self.instance)
        except DomainError as error:
            self.refuse(error)
        return cleaned


@dataclass(frozen=True)
class Branch:
    """A line of the tree page. `team` is where a new ticket lands, `team_from` the category that says so."""

    row: Category
    level: int
    team: Team | None
    team_from: Category | None
    open_tickets: int
    all_tickets: int
    has_children: bool


def tree_rows() -> list[Branch]:
    """The whole tree in order, each node with its landing team and its numbers. Four queries, whatever its size."""
    rows = list(Category._default_manager.select_related("team").order_by("position", "code"))
    counts = {
        line["category"]: line
        for line in Ticket._base_manager.exclude(category=None)
        .values("category")
        .order_by()
        .annotate(all=Count("pk"), open=Count("pk", filter=Q(status__in=OPEN)))
    }
    below: dict[int | None, list[Category]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    found: list[Branch] = []

    def walk(row: Category, level: int, team: Team | None, team_from: Category | None) -> None:
        if row.team is not None and not row.team.is_retired:
            team, team_from = row.team, row
        numbers = counts.get(row.pk, {"all": 0, "open": 0})
        children = below.get(row.pk, [])
        found.append(Branch(row, level, team, team_from, numbers["open"], numbers["all"], bool(children)))
        for child in children:
            walk(child, level + 1, team, team_from)

    for root in below.get(None, []):
        walk(root, 1, None, None)
    return found


@admin.register(Category)
class CategoryAdmin(RetiringAdmin):
    form = CategoryForm
    search_fields = ("name_zh", "name_en", "code")
    autocomplete_fields = ("parent", "team")

    def field_groups(self, obj: Any) -> Any:
        place: list[Any] = ["parent", "team", "position"]
        return [
            (gettext_lazy("Name"), {"fields": [("name_zh", "name_en"), "code"]}),
            (gettext_lazy("Place and team"), {"fields": place if obj is None else [*place, "is_retired"]}),
            (gettext_lazy("For requesters"), {"fields": [("hint_zh", "hint_en"), "icon"]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj is not None else ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        rows = tree_rows()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Categories"),
            "opts": self.opts,
            "rows": rows,
            "without_team": [row for row in rows if row.team is None and not row.row.is_retired],
            "levels": catalogue.MAX_LEVELS,
        }
        return TemplateResponse(request, "admin/tickets/category/tree.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        catalogue.save_category(category=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]

    def may_delete(self, obj: Any) -> None:
        catalogue.refuse_gap(obj, stays=False)

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> str | None:
        if not is_retired:
            catalogue.restore_category(category=obj, actor=actor)
            return None
        count = catalogue.retire_branch(category=obj, actor=actor)
        if count <= 1:
            return None
        message = ngettext(
            "“%(name)s” and %(count)d category below it are no longer offered.",
            "“%(name)s” and %(count)d categories below it are no longer offered.",
            count - 1,
        )
        return message % {"name": obj, "count": count - 1}
