"""Support teams, departments and requester groups."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from helpdesk.accounts.models import Department, RequesterGroup, Team, TeamMembership, User
from helpdesk.accounts.services.departments import refuse_bad_place, save_department
from helpdesk.accounts.services.groups import save_group
from helpdesk.accounts.services.teams import Unit, refuse_last_team, set_retired
from helpdesk.common.administration import LinkFormSet, ReasonForm, ReferenceInline, RetiringAdmin, reason_of
from helpdesk.common.errors import DomainError


def can_work(person: User | None) -> bool:
    """Only active agents may work in a team or lead one."""
    return person is not None and person.is_active and person.is_agent


class MembersFormSet(LinkFormSet):
    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            person = getattr(form, "cleaned_data", {}).get("user")
            if person is not None and not form.cleaned_data.get("DELETE") and not can_work(person):
                message = _("%(name)s is no agent. Give the role first, then the team.")
                form.add_error("user", message % {"name": person.get_full_name()})


class MemberInline(ReferenceInline):
    model = TeamMembership
    formset = MembersFormSet
    autocomplete_fields = ("user",)
    extra = 1


class UnitAdmin(RetiringAdmin):
    """What teams, departments and groups share."""

    search_fields = ("name_zh", "name_en")
    list_filter: Any = ("is_retired",)

    @admin.display(description=gettext_lazy("in use"), boolean=True)
    def offer(self, unit: Unit) -> bool:
        return not unit.is_retired

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        """Forms offer only what is in use."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.path.endswith("/autocomplete/"):
            found = found.filter(is_retired=False)
        return found, may_repeat

    def set_retired(self, obj: Any, *, is_retired: bool, actor: Any) -> None:
        set_retired(unit=obj, is_retired=is_retired, actor=actor)


class TeamForm(ReasonForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        lead = cleaned.get("lead")
        if lead is not None and not can_work(lead):
            message = _("%(name)s is no agent. Give the role first, then the team.")
            self.add_error("lead", message % {"name": lead.get_full_name()})
        if cleaned.get("is_retired") and not self.errors:
            try:
                refuse_last_team(self.instance)
            except DomainError as error:
                self.refuse(error)
        return cleaned


@admin.register(Team)
class TeamAdmin(UnitAdmin):
    form = TeamForm
    list_display = ("name_zh", "name_en", "support_level", "lead", "size", "offer")
    list_filter = ("support_level", "is_retired")
    list_select_related = ("lead",)
    autocomplete_fields = ("lead",)
    inlines = (MemberInline,)

    def field_groups(self, obj: Any) -> Any:
        names = [("name_zh", "name_en"), "support_level", "lead"]
        return [(None, {"fields": names if obj is None else [*names, "is_retired"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        return super().get_queryset(request).annotate(member_count=Count("memberships"))

    @admin.display(description=gettext_lazy("people"), ordering="member_count")
    def size(self, team: Any) -> int:
        return int(team.member_count)

    def may_delete(self, obj: Any) -> None:
        refuse_last_team(obj)


class DepartmentForm(ReasonForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            self.instance.parent = cleaned.get("parent")
            try:
                refuse_bad_place(self.instance)
            except DomainError as error:
                self.refuse(error)
        return cleaned


@admin.register(Department)
class DepartmentAdmin(UnitAdmin):
    form = DepartmentForm
    list_display = ("name_zh", "name_en", "parent", "size", "offer")
    list_select_related = ("parent",)
    autocomplete_fields = ("parent",)

    def field_groups(self, obj: Any) -> Any:
        names = [("name_zh", "name_en"), "parent"]
        return [(None, {"fields": names if obj is None else [*names, "is_retired"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Department]:
        return super().get_queryset(request).annotate(people_count=Count("people"))

    @admin.display(description=gettext_lazy("people"), ordering="people_count")
    def size(self, department: Any) -> int:
        return int(department.people_count)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        save_department(department=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]


@admin.register(RequesterGroup)
class RequesterGroupAdmin(UnitAdmin):
    list_display = ("name_zh", "name_en", "size", "offer")
    autocomplete_fields = ("members",)

    def field_groups(self, obj: Any) -> Any:
        names = [("name_zh", "name_en"), "members"]
        return [(None, {"fields": names if obj is None else [*names, "is_retired"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequesterGroup]:
        return super().get_queryset(request).annotate(member_count=Count("members"))

    @admin.display(description=gettext_lazy("people"), ordering="member_count")
    def size(self, group: Any) -> int:
        return int(group.member_count)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        members = form.cleaned_data["members"]
        save_group(group=obj, members=members, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]
