"""The administration: for administrators only, signed in through the one sign-in page, grouped by task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

Text = str | Promise


def _count_holes() -> int:
    from escalation.health import problems

    return len(problems(timezone.now()))


def _count_failing_mailboxes() -> int:
    from tickets.services.mailroom.mailboxes import failing, nearly_full

    return len({state.pk for state in (*failing(), *nearly_full())})


def _count_held_mails() -> int:
    from tickets.models import IncomingMail

    return IncomingMail.objects.waiting_for_people().count()


@dataclass(frozen=True)
class Entry:
    """A line of the start page: a URL name, what it is called, and in one sentence what it is for.

    `count` says how many things there want to be looked at.
    """

    url_name: str
    title: Text
    purpose: Text
    add_url_name: str = ""
    count: Callable[[], int] | None = None


@dataclass(frozen=True)
class Group:
    title: Text
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        gettext_lazy("Service catalogue"),
        (
            Entry(
                "admin:tickets_category_changelist",
                gettext_lazy("Categories"),
                gettext_lazy("The tree of services, and the team where new tickets land."),
                "admin:tickets_category_add",
            ),
            Entry(
                "admin:tickets_prioritycell_changelist",
                gettext_lazy("Priority matrix"),
                gettext_lazy("Which priority follows from impact and urgency."),
            ),
            Entry(
                "admin:tickets_requestkind_changelist",
                gettext_lazy("Request kinds"),
                gettext_lazy("Incident, service request, question, security."),
                "admin:tickets_requestkind_add",
            ),
            Entry(
                "admin:tickets_waitingreason_changelist",
                gettext_lazy("Waiting reasons"),
                gettext_lazy("Why a ticket may wait, and whose turn it is meanwhile."),
                "admin:tickets_waitingreason_add",
            ),
            Entry(
                "admin:tickets_outcome_changelist",
                gettext_lazy("Outcomes"),
                gettext_lazy("How a ticket can be resolved."),
                "admin:tickets_outcome_add",
            ),
            Entry(
                "admin:tickets_diagnosistemplate_changelist",
                gettext_lazy("Diagnosis templates"),
                gettext_lazy("Usual steps per category, which agents take over into a ticket in one go."),
                "admin:tickets_diagnosistemplate_add",
            ),
        ),
    ),
    Group(
        gettext_lazy("People and teams"),
        (
            Entry(
                "admin:accounts_user_changelist",
                gettext_lazy("People"),
                gettext_lazy("Who may sign in, with which roles, in which teams."),
                "admin:accounts_user_add",
            ),
            Entry(
                "admin:accounts_team_changelist",
                gettext_lazy("Teams"),
                gettext_lazy("Support teams with their level, lead and members."),
                "admin:accounts_team_add",
            ),
            Entry(
                "admin:accounts_department_changelist",
                gettext_lazy("Departments"),
                gettext_lazy("The organisation's tree, as people are filed in it."),
                "admin:accounts_department_add",
            ),
            Entry(
                "admin:accounts_requestergroup_changelist",
                gettext_lazy("Requester groups"),
                gettext_lazy("People whose requests policy rules treat alike, wherever they work."),
                "admin:accounts_requestergroup_add",
            ),
            Entry(
                "admin:assets_vendor_changelist",
                gettext_lazy("Vendors"),
                gettext_lazy("Companies outside that help, who speaks with them, their contacts and contracts."),
                "admin:assets_vendor_add",
            ),
            Entry(
                "admin:knowledge_topic_changelist",
                gettext_lazy("Topics of the knowledge base"),
                gettext_lazy("What articles are about, in the order in which readers see it."),
                "admin:knowledge_topic_add",
            ),
            Entry(
                "admin:assets_assettype_changelist",
                gettext_lazy("Types of assets"),
                gettext_lazy("Kinds of devices and software, and what is noted of each."),
                "admin:assets_assettype_add",
            ),
        ),
    ),
    Group(
        gettext_lazy("Service levels"),
        (
            Entry(
                "admin:escalation_businesscalendar_changelist",
                gettext_lazy("Business calendars"),
                gettext_lazy("Working hours, public holidays, make-up working days."),
                "admin:escalation_businesscalendar_add",
            ),
            Entry(
                "admin:escalation_slapolicy_changelist",
                gettext_lazy("Service level policies"),
                gettext_lazy("What must happen within how much working time, and what pauses it."),
                "admin:escalation_slapolicy_add",
            ),
            Entry(
                "admin:escalation_slarule_changelist",
                gettext_lazy("Policy rules"),
                gettext_lazy("Which tickets get which policy; the first rule that fits counts."),
                "admin:escalation_slarule_add",
            ),
        ),
    ),
    Group(
        gettext_lazy("Escalation"),
        (
            Entry(
                "admin:escalation_escalationpath_changelist",
                gettext_lazy("Escalation paths"),
                gettext_lazy("Which people are asked one after the other, and how long they have."),
                "admin:escalation_escalationpath_add",
            ),
            Entry(
                "admin:escalation_absence_changelist",
                gettext_lazy("Absences"),
                gettext_lazy("Who is away, and who stands in."),
                "admin:escalation_absence_add",
            ),
            Entry(
                "admin:escalation_health",
                gettext_lazy("Holes in the set-up"),
                gettext_lazy("What an escalation would fall through: paths, people, teams, targets."),
                count=_count_holes,
            ),
        ),
    ),
    Group(
        gettext_lazy("Desk settings and texts"),
        (
            Entry(
                "admin:tickets_desksettings_changelist",
                gettext_lazy("Desk settings"),
                gettext_lazy("Name, hotline, ticket numbers, and the days for confirming, reopening and archiving."),
            ),
            Entry(
                "admin:missing_translations",
                gettext_lazy("Missing translations"),
                gettext_lazy("Names that exist in one language only."),
            ),
        ),
    ),
    Group(
        gettext_lazy("Mail"),
        (
            Entry(
                "admin:tickets_mailbox_changelist",
                gettext_lazy("Mailboxes"),
                gettext_lazy("Where mail is fetched from, which team gets it, and what becomes of mail of strangers."),
                "admin:tickets_mailbox_add",
                count=_count_failing_mailboxes,
            ),
            Entry(
                "admin:notifications_mailtext_changelist",
                gettext_lazy("Mail texts"),
                gettext_lazy("What our mails say, in your own words, with a preview in both languages."),
            ),
            Entry(
                "desk:mails",
                gettext_lazy("Incoming mail"),
                gettext_lazy("Mails that were held or couldn't be read: accept, add to a ticket, or discard them."),
                count=_count_held_mails,
            ),
        ),
    ),
    Group(
        gettext_lazy("Other systems"),
        (
            Entry(
                "admin:notifications_webhookendpoint_changelist",
                gettext_lazy("Webhooks"),
                gettext_lazy("Which other systems are told of acts on tickets, signed, and what they answered."),
                "admin:notifications_webhookendpoint_add",
            ),
            Entry(
                "admin:notifications_chatchannel_changelist",
                gettext_lazy("Chat channels"),
                gettext_lazy(
                    "Groups and people that read in WeCom, DingTalk, Feishu, Slack or Teams what is to be done."
                ),
                "admin:notifications_chatchannel_add",
            ),
        ),
    ),
    Group(
        gettext_lazy("Archive and personal data"),
        (
            Entry(
                "admin:tickets_retentionpolicy_changelist",
                gettext_lazy("Retention policies"),
                gettext_lazy("How long after archiving people and texts are erased from tickets of a category."),
                "admin:tickets_retentionpolicy_add",
            ),
            Entry(
                "admin:tickets_legalhold_changelist",
                gettext_lazy("Legal holds"),
                gettext_lazy("What may not be erased. Set on the page of a ticket or of a person."),
            ),
            Entry(
                "admin:tickets_personerasure_changelist",
                gettext_lazy("Anonymised people"),
                gettext_lazy("Who was made nameless, by whom and when. Done on the page of a person."),
            ),
        ),
    ),
    Group(
        gettext_lazy("Audit and outgoing messages"),
        (
            Entry(
                "admin:tickets_ticketevent_changelist",
                gettext_lazy("Ticket events"),
                gettext_lazy("Who did what on which ticket. Read only."),
            ),
            Entry(
                "admin:tickets_auditanchor_changelist",
                gettext_lazy("Audit anchors"),
                gettext_lazy("The daily fingerprints that would show a cut trail. Read only."),
            ),
            Entry(
                "admin:common_outboxmessage_changelist",
                gettext_lazy("Outgoing messages"),
                gettext_lazy("What could not be sent, and why; send it again from here."),
            ),
        ),
    ),
)


class AdministrationSite(AdminSite):
    """Whoever isn't an administrator doesn't learn that these pages exist (H1)."""

    site_title = gettext_lazy("IT Service Desk")
    site_header = gettext_lazy("Administration")
    index_title = gettext_lazy("What would you like to set up?")
    index_template = "admin/start.html"
    enable_nav_sidebar = False
    empty_value_display = "–"

    def has_permission(self, request: HttpRequest) -> bool:
        from helpdesk.accounts.roles import Ability

        can: Callable[[Ability], bool] | None = getattr(request.user, "can", None)
        return can is not None and can(Ability.CONFIGURE)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Anonymous: to sign in and back. No administrator: 404. No second factor in production: to its set-up."""

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            from helpdesk.accounts.second_factor import must_set_up_second_factor

            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise Http404
            if must_set_up_second_factor(request.user):
                messages.warning(request, _("The administration needs a second factor. Please set one up first."))
                return redirect("mfa_index")
            return view(request, *args, **kwargs)

        if not cacheable:
            inner = never_cache(inner)
        if not getattr(view, "csrf_exempt", False):
            inner = csrf_protect(inner)
        return update_wrapper(inner, view)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Only a way to the one sign-in page, so that its limits and second factor hold here too (A1)."""
        from helpdesk.accounts.redirects import next_address

        target = next_address(request, reverse("admin:index"))
        if request.user.is_authenticated:
            return redirect(target)
        return redirect_to_login(target)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("profile")

    def get_urls(self) -> list[Any]:
        from helpdesk.web.missing_translations import report_view

        own = [
            path(
                "missing-translations/",
                self.admin_view(lambda request: report_view(request, self)),
                name="missing_translations",
            )
        ]
        return own + super().get_urls()

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = {
            **self.each_context(request),
            "title": self.index_title,
            "subtitle": None,
            "groups": start_groups(),
            **(extra_context or {}),
        }
        request.current_app = self.name
        return TemplateResponse(request, self.index_template, context)

    def app_index(self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None) -> Any:
        """Grouped by task, not by module: breadcrumbs of the stock pages lead here."""
        return redirect("admin:index")


def start_groups() -> list[dict[str, Any]]:
    """The groups of the start page with the addresses of what is installed."""
    groups = []
    for group in GROUPS:
        entries = []
        for entry in group.entries:
            try:
                url = reverse(entry.url_name)
            except NoReverseMatch:
                continue
            add_url = reverse(entry.add_url_name) if entry.add_url_name else ""
            count = entry.count() if entry.count is not None else 0
            entries.append(
                {"url": url, "add_url": add_url, "title": entry.title, "purpose": entry.purpose, "count": count}
            )
        groups.append({"title": group.title, "entries": entries})
    return groups
