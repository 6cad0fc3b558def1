"""Business calendars: hours, holidays, special days, and taking over a year's notice with a preview."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from escalation import calendars
from escalation.forms import HoursField, NoticeForm
from escalation.models import BusinessCalendar, CalendarDay
from escalation.services import calendars as services
from helpdesk.common.administration import LinkFormSet, ReasonForm, ReferenceInline, RetiringAdmin, reason_of
from helpdesk.common.errors import DomainError

DAYS = (
    ("monday", gettext_lazy("Monday")),
    ("tuesday", gettext_lazy("Tuesday")),
    ("wednesday", gettext_lazy("Wednesday")),
    ("thursday", gettext_lazy("Thursday")),
    ("friday", gettext_lazy("Friday")),
    ("saturday", gettext_lazy("Saturday")),
    ("sunday", gettext_lazy("Sunday")),
)


class CalendarForm(ReasonForm):
    monday = HoursField(label=DAYS[0][1])
    tuesday = HoursField(label=DAYS[1][1])
    wednesday = HoursField(label=DAYS[2][1])
    thursday = HoursField(label=DAYS[3][1])
    friday = HoursField(label=DAYS[4][1])
    saturday = HoursField(label=DAYS[5][1])
    sunday = HoursField(label=DAYS[6][1])
    makeup_hours = HoursField(
        label=gettext_lazy("Make-up working days"),
        help_text=gettext_lazy("Empty: the hours of the first working day of the week."),
    )
    country = forms.CharField(
        label=gettext_lazy("Public holidays of"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("Country code, for instance CN or DE. Empty: no public holidays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for (name, _label), hours in zip(DAYS, self.instance.hours, strict=True):
            self.fields[name].initial = hours

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.errors:
            return cleaned
        self.instance.hours = [cleaned[name] for name, _label in DAYS]
        wanted = BusinessCalendar(
            timezone=cleaned["timezone"],
            country=cleaned["country"],
            subdivision=cleaned["subdivision"],
            hours=self.instance.hours,
            makeup_hours=cleaned["makeup_hours"],
        )
        try:
            services.refuse_unusable(wanted)
        except DomainError as error:
            if "hours" in error.fields:
                error.fields["monday"] = error.fields.pop("hours")
            self.refuse(error)
        return cleaned


class DayForm(forms.ModelForm):
    hours = HoursField(label=gettext_lazy("Hours"))


class DayInline(ReferenceInline):
    model = CalendarDay
    form = DayForm
    formset = LinkFormSet
    fields = ("on", "kind", "hours", "note", "source")
    extra = 1


@admin.register(BusinessCalendar)
class BusinessCalendarAdmin(RetiringAdmin):
    form = CalendarForm
    inlines = (DayInline,)
    list_display = ("name", "timezone", "country", "is_retired")
    search_fields = ("name_zh", "name_en")
    change_form_template = "admin/escalation/businesscalendar/change_form.html"

    def field_groups(self, obj: Any) -> Any:
        return [
            (gettext_lazy("Name"), {"fields": [("name_zh", "name_en")]}),
            (
                gettext_lazy("Working hours"),
                {
                    "fields": ["timezone", *(name for name, _label in DAYS), "makeup_hours"],
                    "description": gettext_lazy("Several windows a day are possible, up to 24:00; empty: closed."),
                },
            ),
            (gettext_lazy("Public holidays"), {"fields": [("country", "subdivision")]}),
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"timezone": timezone.get_default_timezone_name(), **super().get_changeform_initial_data(request)}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET":
            for calendar in BusinessCalendar.objects.filter(is_retired=False):
                year = calendars.year_without_notice(calendar, at=timezone.now())
                if year is not None:
                    text = _("“%(name)s” doesn't know the make-up working days of %(year)d yet. Import the notice.")
                    messages.warning(request, text % {"name": calendar, "year": year})
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        services.save_calendar(calendar=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        kept = formset.save(commit=False)
        if kept or formset.deleted_objects:
            services.save_days(
                calendar=form.instance,
                kept=kept,
                removed=formset.deleted_objects,
                actor=request.user,  # type: ignore[arg-type]
                reason=reason_of(form),
            )

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        services.retire_calendar(calendar=obj, is_retired=is_retired, actor=actor)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("<path:object_id>/import/", view, name="escalation_businesscalendar_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Paste a notice, see what it changes, take it over."""
        calendar = self.get_object(request, unquote(object_id))
        if not isinstance(calendar, BusinessCalendar):
            raise Http404
        form = NoticeForm(request.POST or None, request.FILES or None)
        changes = None
        if form.is_valid():
            notice = form.cleaned_data["notice"]
            if "confirm" in request.POST:
                done = services.import_notice(calendar=calendar, notice=notice, actor=request.user)  # type: ignore[arg-type]
                text = ngettext("%(count)d day was taken over.", "%(count)d days were taken over.", len(done))
                messages.success(request, text % {"count": len(done)})
                return redirect(reverse("admin:escalation_businesscalendar_change", args=[calendar.pk]))
            changes = services.changes_by(notice, calendar)
            form = NoticeForm(initial={"text": form.cleaned_data["text"]})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a year's notice"),
            "opts": self.opts,
            "calendar": calendar,
            "form": form,
            "changes": changes,
        }
        return TemplateResponse(
            request, "admin/escalation/businesscalendar/import.html", context, status=422 if form.errors else 200
        )
