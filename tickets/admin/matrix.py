"""The priority matrix as what it is: one page with four rows and four columns (M3.2-1)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from helpdesk.common.administration import REASON_LENGTH, ConfigurationAdmin
from helpdesk.common.errors import InvalidInput
from tickets.choices import IMPACT_LABELS, PRIORITY_CHOICES, URGENCY_LABELS
from tickets.models import PriorityCell
from tickets.priority import Impact, Urgency
from tickets.services import catalogue


class MatrixForm(forms.Form):
    """16 selects named `impact__urgency`, and the reason."""

    history_change_reason = forms.CharField(
        label=gettext_lazy("Reason for this change"), required=False, max_length=REASON_LENGTH
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for impact in Impact:
            for urgency in Urgency:
                label = _("%(impact)s, %(urgency)s") % {
                    "impact": IMPACT_LABELS[impact],
                    "urgency": URGENCY_LABELS[urgency],
                }
                self.fields[f"{impact}__{urgency}"] = forms.ChoiceField(
                    label=label,
                    choices=[(code, f"{code} {name}") for code, name in PRIORITY_CHOICES],
                    error_messages={"required": _("Choose a priority for each of the 16 fields.")},
                    widget=forms.Select(attrs={"aria-label": label, "class": "matrix"}),
                )

    @property
    def cells(self) -> dict[tuple[str, str], str]:
        return {
            (impact.value, urgency.value): self.cleaned_data[f"{impact}__{urgency}"]
            for impact in Impact
            for urgency in Urgency
        }

    def lines(self) -> list[dict[str, Any]]:
        """Rows for the template: an impact and its four fields."""
        return [
            {"label": IMPACT_LABELS[impact], "fields": [self[f"{impact}__{urgency}"] for urgency in Urgency]}
            for impact in Impact
        ]

    def columns(self) -> list[Any]:
        return [URGENCY_LABELS[urgency] for urgency in Urgency]


def stored_matrix() -> dict[str, str]:
    rows = PriorityCell._default_manager.values_list("impact", "urgency", "priority")
    return {f"{impact}__{urgency}": priority for impact, urgency, priority in rows}


@admin.register(PriorityCell)
class PriorityMatrixAdmin(ConfigurationAdmin):
    """There is nothing to add or delete: 16 cells, one page."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("admin:tickets_prioritycell_changelist")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        form = MatrixForm(request.POST or None, initial=stored_matrix())
        status = 200
        if request.method == "POST":
            if form.is_valid() and self._save(request, form):
                return redirect("admin:tickets_prioritycell_changelist")
            status = 422
        changes = PriorityCell.history.select_related("history_user").filter(history_type="~")[:20]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Priority matrix"),
            "opts": self.opts,
            "form": form,
            "changes": changes,
        }
        return TemplateResponse(request, "admin/tickets/prioritycell/matrix.html", context, status=status)

    def _save(self, request: HttpRequest, form: MatrixForm) -> bool:
        cells = form.cells
        try:
            changed = catalogue.set_matrix(
                cells=cells,
                actor=request.user,  # type: ignore[arg-type]
                reason=form.cleaned_data["history_change_reason"],
            )
        except InvalidInput as error:
            for name, texts in error.fields.items():
                form.add_error(name, [str(text) for text in texts])
            return False
        message = ngettext("%(count)d priority changed.", "%(count)d priorities changed.", changed)
        messages.success(request, message % {"count": changed} if changed else _("Nothing was changed."))
        for impact, urgency in catalogue.contradictions(cells):
            messages.warning(
                request,
                _("“%(cell)s” is less urgent than a field with smaller effect. Is that intended?")
                % {"cell": form.fields[f"{impact}__{urgency}"].label},
            )
        return True
