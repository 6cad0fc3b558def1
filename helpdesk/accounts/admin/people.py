"""People: who may sign in, with which roles, in which teams. Nobody is ever deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from helpdesk.accounts.forms import time_zones
from helpdesk.accounts.models import RequesterGroup, TeamMembership, User
from helpdesk.accounts.roles import Role
from helpdesk.accounts.services import people
from helpdesk.accounts.services.groups import set_groups
from helpdesk.accounts.services.passwords import request_reset_link, reset_password
from helpdesk.common.administration import (
    ConfigurationAdmin,
    LinkFormSet,
    ReasonForm,
    ReferenceInline,
    SeveralField,
    reason_of,
)
from helpdesk.common.errors import DomainError
from helpdesk.common.tree import would_be_a_ring

ROLE_WORDS = {
    Role.REQUESTER: gettext_lazy("Requester"),
    Role.AGENT: gettext_lazy("Agent"),
    Role.LEAD: gettext_lazy("Lead"),
    Role.LIAISON: gettext_lazy("Vendor liaison"),
    Role.ADMIN: gettext_lazy("Administrator"),
}
# Whichever model they belong to.
FIELDS_FOR_AGENTS = {"lead", "responsible", "deputy", "substitute", "person"}


class PersonForm(ReasonForm):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("As their browser")), ("zh-hans", "简体中文"), ("en", "English")],
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        choices=[("", gettext_lazy("As the service desk")), *time_zones()],
    )

    requester_groups = SeveralField(
        label=gettext_lazy("Requester groups"),
        queryset=RequesterGroup.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["requester_groups"]
        offered = Q(is_retired=False)
        if self.instance.pk:
            offered |= Q(members=self.instance)
            field.initial = self.instance.requester_groups.all()
        field.queryset = RequesterGroup.objects.filter(offered).distinct()  # type: ignore[attr-defined]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if self._others().filter(username__iexact=username).exists():
            raise forms.ValidationError(_("Somebody has this user name already."))
        return username

    def clean_email(self) -> str | None:
        email = self.cleaned_data["email"]
        if email and self._others().filter(email__iexact=email).exists():
            raise forms.ValidationError(_("Somebody has this e-mail address already."))
        return email or None

    def _others(self) -> QuerySet[User]:
        return User.objects.exclude(pk=self.instance.pk)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        manager = cleaned.get("manager")
        if manager is not None and self.instance.pk:
            managers = dict(User.objects.exclude(manager=None).order_by("pk").values_list("pk", "manager_id"))
            if would_be_a_ring(managers, node=self.instance.pk, parent=manager.pk):
                self.add_error("manager", _("Nobody can be their own manager, not even through others."))
        before = User.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        if before is not None and not self.errors:
            self._check_lost_roles(before, cleaned)
        return cleaned

    def _check_lost_roles(self, before: User, cleaned: dict[str, Any]) -> None:
        try:
            if before.is_admin and before.is_active and not cleaned["is_admin"]:
                people.refuse_last_administrator(before)
            if before.is_agent and not cleaned["is_agent"]:
                people.refuse_unfinished_duties(before, is_for_good=False)
        except DomainError as error:
            self.refuse(error)


class RoleFilter(admin.SimpleListFilter):
    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(role.value, word) for role, word in ROLE_WORDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == Role.REQUESTER:
            return queryset.filter(is_agent=False, is_admin=False)
        return queryset.filter(**{f"is_{self.value()}": True}) if self.value() in list(Role) else queryset


class TeamsFormSet(LinkFormSet):
    def clean(self) -> None:
        super().clean()
        kept = [
            form
            for form in self.forms
            if getattr(form, "cleaned_data", {}).get("team") and not form.cleaned_data.get("DELETE")
        ]
        if kept and not self.instance.is_agent:
            raise forms.ValidationError(_("Only agents work in teams. Tick the role or take the person out."))


class TeamInline(ReferenceInline):
    model = TeamMembership
    formset = TeamsFormSet
    autocomplete_fields = ("team",)
    verbose_name = gettext_lazy("team")
    verbose_name_plural = gettext_lazy("teams")
    extra = 1


@admin.register(User)
class PersonAdmin(ConfigurationAdmin):
    form = PersonForm
    list_display = ("full_name", "username", "email", "phone", "department", "role_words", "team_names", "is_active")
    list_filter = (
        RoleFilter,
        "is_active",
        "is_contact",
        ("department", admin.RelatedOnlyFieldListFilter),
        "requester_groups",
    )
    list_select_related = ("department",)
    search_fields = ("full_name", "username", "email", "phone")
    search_help_text = gettext_lazy("Name, user name, e-mail or phone")
    ordering = ("full_name",)
    autocomplete_fields = ("department", "manager")
    inlines = (TeamInline,)
    actions = ("deactivate", "send_links")
    change_form_template = "admin/accounts/user/change_form.html"

    def field_groups(self, obj: Any) -> Any:
        groups: list[Any] = [
            (gettext_lazy("Person"), {"fields": [("full_name", "username"), "email", ("department", "manager")]}),
            (gettext_lazy("How to reach them"), {"fields": [("phone", "location")]}),
            (gettext_lazy("Roles"), {"fields": [people.ROLE_FLAGS], "description": ROLES_HELP}),
            (gettext_lazy("Settings"), {"fields": [("language", "timezone")]}),
        ]
        if RequesterGroup.objects.exists():
            groups.insert(1, (gettext_lazy("Requester groups"), {"fields": ["requester_groups"]}))
        if obj is not None:
            groups.append(
                (gettext_lazy("Sign-in"), {"fields": ["is_contact", ("is_active", "last_login", "date_joined")]})
            )
        return groups

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else ("is_active", "last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("teams")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[User], search_term: str) -> Any:
        """Forms offer only people who may sign in, and where work is given out, only those who work on tickets."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if request.path.endswith("/autocomplete/"):
            found = found.filter(is_active=True)
            if request.GET.get("field_name") in FIELDS_FOR_AGENTS:
                found = found.filter(is_agent=True)
        return found, may_repeat

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who was anonymised gets no name again."""
        return super().has_change_permission(request, obj) and (obj is None or obj.anonymised_at is None)

    @admin.display(description=gettext_lazy("roles"))
    def role_words(self, person: User) -> str:
        shown = [str(ROLE_WORDS[role]) for role in ROLE_WORDS if role in person.roles and role != Role.REQUESTER]
        return " · ".join(shown) or str(ROLE_WORDS[Role.REQUESTER])

    @admin.display(description=gettext_lazy("teams"))
    def team_names(self, person: User) -> str:
        return " · ".join(team.name for team in person.teams.all())

    # --- Saving ---------------------------------------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        actor, reason = request.user, reason_of(form)
        people.save_person(person=obj, changed=form.changed_data, actor=actor, at=timezone.now(), reason=reason)  # type: ignore[arg-type]
        if "requester_groups" in form.changed_data:
            set_groups(person=obj, groups=form.cleaned_data["requester_groups"], actor=actor, reason=reason)  # type: ignore[arg-type]
        if not change:
            text = _("%(name)s can't sign in yet: send a link or set a password.")
            messages.info(request, text % {"name": obj.get_full_name()})

    # --- Acts -----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        own = [
            path("<path:object_id>/deactivate/", view(self._act("_deactivate")), name="accounts_user_deactivate"),
            path("<path:object_id>/reactivate/", view(self._act("_reactivate")), name="accounts_user_reactivate"),
            path("<path:object_id>/send-link/", view(self._act("_send_link")), name="accounts_user_send_link"),
            path("<path:object_id>/password/", view(self.password_view), name="accounts_user_password"),
        ]
        return own + super().get_urls()

    def _act(self, act: str) -> Any:
        @require_POST
        def view(request: HttpRequest, object_id: str) -> HttpResponse:
            person = self._person(request, object_id)
            getattr(self, act)(request, person)
            return redirect("admin:accounts_user_change", person.pk)

        return view

    def _person(self, request: HttpRequest, object_id: str) -> User:
        person = self.get_object(request, unquote(object_id))
        if person is None:
            raise Http404
        return person

    def _deactivate(self, request: HttpRequest, person: User) -> bool:
        try:
            people.deactivate_person(person=person, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        except DomainError as error:
            self._refuse(request, error)
            return False
        messages.success(request, _("%(name)s can no longer sign in.") % {"name": person.get_full_name()})
        return True

    def _refuse(self, request: HttpRequest, error: DomainError) -> None:
        url = error.extra.get("url")
        if url:
            messages.error(request, format_html('{} <a href="{}">{}</a>', str(error), url, _("Show where")))
        else:
            messages.error(request, str(error))

    def _reactivate(self, request: HttpRequest, person: User) -> None:
        try:
            people.reactivate_person(person=person, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        except DomainError as error:
            self._refuse(request, error)
            return
        messages.success(request, _("%(name)s may sign in again.") % {"name": person.get_full_name()})

    def _send_link(self, request: HttpRequest, person: User) -> None:
        if not person.is_active or person.is_contact or not person.email:
            text = _("%(name)s gets no link: there is no e-mail address, or the account is closed or only a contact.")
            messages.error(request, text % {"name": person.get_full_name()})
            return
        request_reset_link(person=person)
        text = _("A link to choose a password is on its way to %(email)s.")
        messages.success(request, text % {"email": person.email})

    @admin.action(description=gettext_lazy("Deactivate: no more sign-in"))
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset.order_by("pk"):
            self._deactivate(request, person)

    @admin.action(description=gettext_lazy("Send a link to choose a password"))
    def send_links(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        reachable = [one for one in queryset if one.is_active and one.email and not one.is_contact]
        for person in reachable:
            request_reset_link(person=person)
        text = ngettext("%(count)d link is on its way.", "%(count)d links are on their way.", len(reachable))
        messages.success(request, text % {"count": len(reachable)})

    @property
    def password_view(self) -> Any:
        return sensitive_post_parameters()(self._password_view)

    def _password_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Set a password for somebody. All their sessions and API tokens end."""
        person = self._person(request, object_id)
        form = SetPasswordForm(person, request.POST or None)
        if request.method == "POST" and form.is_valid():
            with transaction.atomic():
                reset_password(
                    person=person,
                    password=form.cleaned_data["new_password1"],
                    actor=request.user,  # type: ignore[arg-type]
                    at=timezone.now(),
                )
                self.log_change(request, person, _("Set a password."))
            messages.success(request, _("The new password is set. Earlier sign-ins have ended."))
            return redirect("admin:accounts_user_change", person.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set a password for %(name)s") % {"name": person.get_full_name()},
            "opts": self.opts,
            "original": person,
            "form": form,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/accounts/user/set_password.html", context, status=status)


ROLES_HELP = gettext_lazy("Everybody may report problems. A lead or a vendor liaison is also an agent.")
