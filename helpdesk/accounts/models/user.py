from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from helpdesk.accounts.person_keys import LONGEST, initials_of, phone_key, sound_of
from helpdesk.accounts.roles import ABILITIES, Ability, Role

# What people are looked up by, made of what stands beside it; see `person_keys`.
SEARCH_KEYS = {"name_sound": "full_name", "name_initials": "full_name", "phone_key": "phone"}


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless `value` is a name of the time zone database."""
    if value not in available_timezones():
        raise ValidationError(_("“%(zone)s” is not a time zone."), params={"zone": value})


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def desk(self) -> UserQuerySet:
        """People who may be given work."""
        return self.active().filter(is_agent=True)

    def visible_to(self, viewer: User) -> UserQuerySet:
        """Whom the viewer may look up: the desk sees everybody, others see their own department and themselves."""
        if viewer.is_desk:
            return self
        mine = models.Q(pk=viewer.pk)
        if viewer.department_id:
            mine |= models.Q(department_id=viewer.department_id, is_active=True)
        return self.filter(mine)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def bulk_create(self, objs: Iterable[User], *args: Any, **kwargs: Any) -> list[User]:
        people = list(objs)
        for person in people:
            person.set_search_keys()
        return super().bulk_create(people, *args, **kwargs)

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **fields: Any) -> User:
        """The first administrator (`manage.py createsuperuser`): the admin role, not Django's rule-skipping flag."""
        return self.create_user(username, email, password, is_admin=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # of knox's relation
    """A person: requester for everybody, plus the roles that the flags give.

    Personal settings (`language`, `timezone`, `theme`) steer what this person sees and gets by mail.
    Users are deactivated, never deleted: tickets and the audit trail point at them.
    """

    username = models.CharField(_("user name"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()])
    email = models.EmailField(_("e-mail"), null=True, blank=True)
    full_name = models.CharField(_("name"), max_length=120)
    department = models.ForeignKey(
        "accounts.Department",
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="people",
    )
    manager = models.ForeignKey(
        "self", verbose_name=_("manager"), null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    location = models.CharField(_("seat or room"), max_length=120, blank=True)
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        choices=[("zh-hans", "简体中文"), ("en", "English")],
        help_text=_("Empty: as the browser asks."),
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, blank=True, validators=[validate_time_zone], help_text=_("Empty: as the desk.")
    )
    theme = models.CharField(
        _("appearance"),
        max_length=6,
        default="system",
        choices=[("system", _("As my device")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    has_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    is_compact = models.BooleanField(_("compact lists"), default=False)

    is_active = models.BooleanField(_("may sign in"), default=True)
    is_contact = models.BooleanField(
        _("contact only"),
        default=False,
        help_text=_("Known from a call or a mail. Reports problems through the desk, can't sign in."),
    )
    email_bounced_at = models.DateTimeField(
        _("mails came back"),
        null=True,
        blank=True,
        help_text=_("Nothing is sent there until a mail comes from this address, or until this is emptied."),
    )
    is_agent = models.BooleanField(_("agent"), default=False, help_text=_("Works on tickets."))
    is_lead = models.BooleanField(
        _("lead"), default=False, help_text=_("Works on tickets of every team and assigns work.")
    )
    is_liaison = models.BooleanField(_("vendor liaison"), default=False, help_text=_("Speaks with vendors."))
    is_admin = models.BooleanField(_("administrator"), default=False, help_text=_("Configures this help desk."))
    date_joined = models.DateTimeField(_("since"), default=now)
    # Who it was is no longer known: the row is what tickets and the trail point at (tickets ADR 18).
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)

    name_sound = models.CharField(max_length=LONGEST, blank=True, editable=False, db_index=True)
    name_initials = models.CharField(max_length=LONGEST, blank=True, editable=False, db_index=True)
    phone_key = models.CharField(max_length=LONGEST, blank=True, editable=False, db_index=True)

    objects = UserManager.from_queryset(UserQuerySet)()
    history = HistoricalRecords(excluded_fields=["password", "last_login", "email_bounced_at", *SEARCH_KEYS])

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email", "full_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["full_name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
            models.CheckConstraint(
                condition=models.Q(is_agent=True) | models.Q(is_lead=False, is_liaison=False),
                name="user_lead_and_liaison_are_agents",
                violation_error_message=_("A lead or a vendor liaison is also an agent."),
            ),
            models.CheckConstraint(
                condition=models.Q(is_contact=False) | models.Q(is_agent=False, is_admin=False),
                name="user_contacts_have_no_role",
                violation_error_message=_("A contact can't sign in and so has no role."),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        super().clean()
        self.email = self.email or None

    def set_search_keys(self) -> None:
        self.name_sound = sound_of(self.full_name)
        self.name_initials = initials_of(self.full_name)
        self.phone_key = phone_key(self.phone)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Store the person with the keys that follow from name and phone, whoever changed these."""
        if update_fields is None:
            self.set_search_keys()
        elif stale := {key for key, source in SEARCH_KEYS.items() if source in (update_fields := set(update_fields))}:
            self.set_search_keys()
            update_fields = {*update_fields, *stale}
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.get_full_name()

    @property
    def initials(self) -> str:
        """One Han character or two Latin initials, for avatars."""
        name = self.get_full_name()
        if not name.isascii():
            return name[:1]
        return "".join(part[0] for part in name.split()[:2]).upper()

    @property
    def is_staff(self) -> bool:
        """Django admin's word for: may open the administration."""
        return self.is_admin

    @property
    def is_desk(self) -> bool:
        """May use the desk (the agents' side)."""
        return self.is_agent or self.is_admin

    @cached_property
    def roles(self) -> frozenset[Role]:
        flags = {
            Role.AGENT: self.is_agent,
            Role.LEAD: self.is_lead,
            Role.LIAISON: self.is_liaison,
            Role.ADMIN: self.is_admin,
        }
        return frozenset({Role.REQUESTER} | {role for role, has in flags.items() if has})

    @cached_property
    def abilities(self) -> frozenset[Ability]:
        """What this person's roles allow. A deactivated person can do nothing."""
        if not self.is_active:
            return frozenset()
        return frozenset().union(*(ABILITIES[role] for role in self.roles))

    def can(self, ability: Ability) -> bool:
        return ability in self.abilities

    @cached_property
    def team_ids(self) -> frozenset[int]:
        """Teams this person works in or leads (one query, kept for the life of the object)."""
        from helpdesk.accounts.models.team import Team

        mine = models.Q(memberships__user=self) | models.Q(lead=self)
        return frozenset(Team.objects.filter(mine).values_list("id", flat=True))
