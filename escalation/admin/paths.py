"""Escalation paths with their levels, drawn for a sample ticket, and the page of holes in the set-up."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from escalation import health
from escalation.admin.policies import sample_moments
from escalation.choices import ACTION_CHOICES
from escalation.forms import WorkingTimeField
from escalation.models import BusinessCalendar, EscalationLevel, EscalationPath
from escalation.models.path import usual_actions
from escalation.paths import Roster, levels_of, steps
from escalation.services import paths as services
from helpdesk.accounts.models import Team
from helpdesk.common.administration import LinkFormSet, ReasonForm, ReferenceInline, RetiringAdmin, reason_of
from helpdesk.common.errors import DomainError

USUAL_ACCEPTANCE = 30  # minutes
EMPTY_ROWS = 3
AREAS = {
    health.Area.PATHS: gettext_lazy("Escalation paths"),
    health.Area.PEOPLE: gettext_lazy("People on the levels"),
    health.Area.CATALOGUE: gettext_lazy("Categories and teams"),
    health.Area.TARGETS: gettext_lazy("Targets and calendars"),
    health.Area.MAIL: gettext_lazy("Mail"),
}


class PathForm(ReasonForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        wanted = EscalationPath(pk=self.instance.pk, is_retired=self.instance.is_retired)
        for name in ("name_zh", "name_en", "position", "category", "priority", "trigger"):
            setattr(wanted, name, cleaned[name])
        try:
            services.refuse_bad_place(wanted)
        except DomainError as error:
            self.refuse(error)
        return cleaned


class LevelForm(forms.ModelForm):
    acceptance_minutes = WorkingTimeField(label=gettext_lazy("Time to accept"), required=True, initial=USUAL_ACCEPTANCE)
    handling_minutes = WorkingTimeField(
        label=gettext_lazy("Time to solve it there"),
        help_text=gettext_lazy("Empty: the next level is asked only when a target is missed."),
    )
    actions = forms.MultipleChoiceField(
        label=gettext_lazy("What happens"),
        choices=ACTION_CHOICES,
        initial=usual_actions,
        widget=forms.CheckboxSelectMultiple,
    )

    def _get_validation_exclusions(self) -> set[str]:
        """The service judges these, all levels together and in words: two of them may change places."""
        return {*super()._get_validation_exclusions(), "number", "acceptance_minutes", "handling_minutes", "deputy"}  # type: ignore[misc]


class LevelFormSet(LinkFormSet):
    """The levels as rows. Empty rows already have the number that comes next."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        present = instance.levels.count() if instance is not None and instance.pk else 0
        numbers = range(present + 1, present + 1 + EMPTY_ROWS)
        kwargs["initial"] = [{"number": number} for number in numbers]
        super().__init__(*args, **kwargs)

    def rows(self) -> list[Any]:
        """The filled rows that stay, by number."""
        filled = [form for form in self.forms if form.instance.pk or form.has_changed()]
        kept = [form for form in filled if not form.cleaned_data.get("DELETE")]
        return sorted(kept, key=lambda form: form.instance.number)

    def levels(self) -> list[EscalationLevel]:
        return [form.instance for form in self.rows()]

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        rows = self.rows()
        known = {form.instance.pk for form in self.initial_forms}
        if self.instance.pk and set(self.instance.levels.values_list("pk", flat=True)) != known:
            raise ValidationError(
                _("Somebody changed the levels in the meantime. Open the path again and look at them.")
            )
        try:
            services.refuse_bad_levels([form.instance for form in rows], at=timezone.now())
        except DomainError as error:
            for name, texts in error.fields.items():
                place = re.fullmatch(r"levels\.(\d+)\.(\w+)", name)
                if place is None:
                    raise ValidationError([str(text) for text in texts]) from None
                for text in texts:
                    rows[int(place[1])].add_error(place[2], str(text))


class LevelInline(ReferenceInline):
    model = EscalationLevel
    form = LevelForm
    formset = LevelFormSet
    fields = (
        "number",
        "team",
        "responsible",
        "deputy",
        "acceptance_minutes",
        "handling_minutes",
        "calendar",
        "actions",
    )
    autocomplete_fields = ("responsible", "deputy")
    max_num = services.MOST_LEVELS

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 1 if obj is not None else EMPTY_ROWS

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """What is retired is offered only where a level has it, so that it comes back with a sentence."""
        used = Q(pk__in=EscalationLevel.objects.values(db_field.attname))
        if db_field.name == "team":
            kwargs["queryset"] = Team.objects.filter(Q(is_retired=False) | used)
        if db_field.name == "calendar":
            kwargs["queryset"] = BusinessCalendar.objects.filter(Q(is_retired=False) | used)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(EscalationPath)
class EscalationPathAdmin(RetiringAdmin):
    form = PathForm
    inlines = (LevelInline,)
    list_display = ("position", "__str__", "tickets", "way", "offer")
    list_display_links = ("__str__",)
    list_select_related = ("category",)
    list_filter = ("is_retired",)
    search_fields = ("name_zh", "name_en")
    autocomplete_fields = ("category",)
    readonly_fields = ("preview",)

    def field_groups(self, obj: Any) -> Any:
        groups: list[Any] = [
            (gettext_lazy("Name"), {"fields": [("name_zh", "name_en")]}),
            (
                gettext_lazy("Tickets"),
                {
                    "fields": [("category", "priority", "trigger"), "position"],
                    "description": gettext_lazy(
                        "What is left empty fits every ticket. The first path that fits counts, by position."
                    ),
                },
            ),
        ]
        if obj is not None:
            groups.append((gettext_lazy("What it means"), {"fields": ["preview"]}))
        return groups

    def get_queryset(self, request: HttpRequest) -> QuerySet[EscalationPath]:
        levels = EscalationLevel.objects.select_related("team", "responsible").order_by("number")
        return super().get_queryset(request).prefetch_related(Prefetch("levels", levels))

    @admin.display(description=gettext_lazy("tickets"))
    def tickets(self, path: EscalationPath) -> str:
        return path.tickets

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def offer(self, path: EscalationPath) -> bool:
        return not path.is_retired

    @admin.display(description=gettext_lazy("the way up"))
    def way(self, path: EscalationPath) -> str:
        return " → ".join(f"{level} ({level.responsible.get_full_name()})" for level in path.levels.all())

    @admin.display(description=gettext_lazy("the way of a sample ticket"))
    def preview(self, path: EscalationPath) -> SafeString:
        """Who would be asked until when, for a ticket that goes up now and for one that does on Friday at five."""
        now, friday, _saturday = sample_moments(timezone.now())
        levels = levels_of(path)
        roster = Roster.from_now(min(now, friday))
        ways = [{"at": at, "steps": steps(levels, at, roster)} for at in (now, friday)]
        return render_to_string("admin/escalation/escalationpath/_ways.html", {"ways": ways})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Path and levels are stored together, in `save_related`."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        for formset in formsets:
            formset.save(commit=False)  # only to tell what is new, changed and gone, for the log
            services.save_path(
                path=form.instance,
                levels=formset.levels(),
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                reason=reason_of(form),
            )

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        services.retire_path(path=obj, is_retired=is_retired, actor=actor, at=timezone.now())

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.health_view)
        return [path("health/", view, name="escalation_health"), *super().get_urls()]

    def health_view(self, request: HttpRequest) -> TemplateResponse:
        """What is missing in the set-up, each with the page on which it is mended."""
        found = health.problems(timezone.now())
        areas = [
            {"title": title, "problems": [problem for problem in found if problem.area == area]}
            for area, title in AREAS.items()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Holes in the set-up"),
            "areas": [area for area in areas if area["problems"]],
        }
        return TemplateResponse(request, "admin/escalation/health.html", context)
