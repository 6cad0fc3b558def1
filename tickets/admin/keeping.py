"""What is kept how long, what may not be erased, and who was made nameless (M3.5-4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from helpdesk.accounts.models import User
from helpdesk.common.administration import ConfigurationAdmin, ReadOnlyAdmin, reason_of
from helpdesk.common.errors import Conflict, DomainError, InvalidInput
from helpdesk.common.numbers import whole_number
from helpdesk.common.web import add_errors
from tickets.forms.keeping import ErasePersonForm, HoldForm
from tickets.models import LegalHold, PersonErasure, RetentionPolicy, Ticket
from tickets.services import retention
from tickets.services.erasing.holds import hold_person, lift_person_hold
from tickets.services.erasing.people import erase_person, follow_erasures, refuse_erasing


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(ConfigurationAdmin):
    list_display = ("tickets", "term", "erases_texts")
    list_select_related = ("category",)
    autocomplete_fields = ("category",)
    readonly_fields = ("due_now",)
    ordering = ("category__path", "pk")

    def field_groups(self, obj: Any) -> Any:
        description = gettext_lazy(
            "Counted from archiving. Erasing can't be undone; legal holds stop it. Figures and the record of who of the desk did what stay."
        )
        fields = ["category", "keep_days", "erases_texts"]
        return [(None, {"fields": fields if obj is None else [*fields, "due_now"], "description": description})]

    @admin.display(description=gettext_lazy("tickets"), ordering="category__path")
    def tickets(self, policy: RetentionPolicy) -> str:
        return str(policy)

    @admin.display(description=gettext_lazy("kept"), ordering="keep_days")
    def term(self, policy: RetentionPolicy) -> str:
        if policy.keep_days is None:
            return _("for ever")
        text = ngettext("%(count)d day after archiving", "%(count)d days after archiving", policy.keep_days)
        return text % {"count": policy.keep_days}

    @admin.display(description=gettext_lazy("due now"))
    def due_now(self, _policy: RetentionPolicy) -> str:
        count = retention.due(timezone.now()).count()
        text = ngettext(
            "By all policies together %(count)d ticket is due and will be erased within the hour.",
            "By all policies together %(count)d tickets are due and will be erased within the hour.",
            count,
        )
        return text % {"count": count}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        retention.save_policy(policy=obj, actor=request.user, reason=reason_of(form))  # type: ignore[arg-type]


class PersonPageAdmin(ReadOnlyAdmin):
    """Rows to look at, and a page of a person on which one thing is done."""

    person_page: str

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self._person_view)
        name = f"tickets_{self.opts.model_name}_person"
        return [path("person/<str:person_id>/", view, name=name), *super().get_urls()]

    def _person_view(self, request: HttpRequest, person_id: str) -> HttpResponse:
        person = User.objects.filter(pk=whole_number(unquote(person_id))).first()
        if person is None:
            raise Http404
        return self.page_of(request, person)

    def page_of(self, request: HttpRequest, person: User) -> HttpResponse:
        raise NotImplementedError

    def answer(self, request: HttpRequest, person: User, form: Any, act: Callable[[], str]) -> HttpResponse | None:
        """Do it and go back to the person; None where it was refused: then the form or a message says why."""
        if request.method != "POST" or not form.is_valid():
            return None
        try:
            said = act()
        except InvalidInput as error:
            add_errors(form, error)
        except Conflict as error:
            form.add_error(None, str(error))
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
            return redirect("admin:accounts_user_change", person.pk)
        return None

    def shown(self, request: HttpRequest, person: User, form: Any, title: str, **facts: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "person": person,
            "form": form,
            **facts,
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, self.person_page, context, status=status)


class InForceFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("In force")), ("no", gettext_lazy("Lifted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LegalHold]) -> QuerySet[LegalHold]:
        wanted = self.value()
        return queryset.filter(lifted_at__isnull=wanted == "yes") if wanted in ("yes", "no") else queryset


@admin.register(LegalHold)
class LegalHoldAdmin(PersonPageAdmin):
    person_page = "admin/tickets/legalhold/person.html"
    list_display = ("what", "reason", "set_at", "set_by", "lifted_at", "lifted_by")
    list_filter = (InForceFilter,)
    list_select_related = ("ticket", "person", "set_by", "lifted_by")
    fields = ("what", "reason", "set_at", "set_by", "lifted_at", "lifted_by", "lift_reason")
    search_fields = ("=ticket__number", "person__full_name", "person__username")
    search_help_text = gettext_lazy("Ticket number, or the person")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalHold]:
        """Confidential tickets stay with the people on them, administrators included (M1.2-4)."""
        return LegalHold.objects.visible_to(request.user)  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("kept"))
    def what(self, hold: LegalHold) -> str:
        if hold.ticket is not None:
            url = reverse("desk:ticket", args=[hold.ticket.number])
            return format_html('<a href="{}">{}</a>', url, hold.ticket.number)
        assert hold.person is not None, "the database demands one of both"
        url = reverse("admin:tickets_legalhold_person", args=[hold.person_id])
        return format_html('<a href="{}">{}</a>', url, hold.person.get_full_name())

    def page_of(self, request: HttpRequest, person: User) -> HttpResponse:
        """Set a hold on a person, or lift the one in force."""
        hold = LegalHold.objects.in_force().filter(person=person).select_related("set_by").first()
        form = HoldForm(request.POST or None)
        is_lifting = request.POST.get("act") == "lift"

        def act() -> str:
            change = lift_person_hold if is_lifting else hold_person
            change(
                person_id=person.pk,
                reason=form.cleaned_data["reason"],
                actor=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
            )
            return _("The legal hold is lifted.") if is_lifting else _("Name and requests are kept as they are now.")

        title = _("Legal hold on %(name)s") % {"name": person.get_full_name()}
        return self.answer(request, person, form, act) or self.shown(request, person, form, title, hold=hold)


@admin.register(PersonErasure)
class PersonErasureAdmin(PersonPageAdmin):
    person_page = "admin/tickets/personerasure/person.html"
    list_display = ("person", "erased_at", "erased_by", "done_at")
    list_select_related = ("person", "erased_by")
    fields = ("person", "erased_at", "erased_by", "done_at")
    search_fields = ("=person__username",)

    def page_of(self, request: HttpRequest, person: User) -> HttpResponse:
        """Make a person nameless, after their user name was typed once more."""
        form = ErasePersonForm(request.POST or None)

        def act() -> str:
            at = timezone.now()
            erase_person(
                person_id=person.pk,
                typed=form.cleaned_data["typed"],
                actor=request.user,  # type: ignore[arg-type]
                at=at,
            )
            follow_erasures(at=at)
            return _("This person has no name any more. Their tickets follow within the hour, if they haven't yet.")

        title = _("Anonymise %(name)s") % {"name": person.get_full_name()}
        obstacle = ""
        if not form.is_bound:
            try:
                refuse_erasing(person)
            except Conflict as error:
                obstacle = str(error)
        return self.answer(request, person, form, act) or self.shown(
            request,
            person,
            form,
            title,
            obstacle=obstacle,
            tickets=Ticket.objects.filter(requester=person).count(),
        )
