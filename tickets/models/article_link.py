from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import User
from knowledge.models import Article
from tickets.models.ticket import Ticket, of_visible_ticket


class TicketArticleQuerySet(models.QuerySet["TicketArticle"]):
    def visible_to(self, viewer: User) -> Self:
        """Those of visible tickets whose article the viewer may read, too."""
        return self.filter(of_visible_ticket(viewer), article__in=Article.objects.visible_to(viewer))


class TicketArticle(models.Model):
    """What an article has to do with a ticket (M3.3.1-3, M3.3.4-3). Only `tickets/services/article_links.py` writes here."""

    class Kind(models.TextChoices):
        LINKED = "linked", _("Consulted")
        SENT = "sent", _("Sent to the requester")
        USED = "used", _("Used as the solution")
        WRITTEN = "written", _("Written from this ticket")

    article_id: int
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="article_links", db_index=False)
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="ticket_links")
    kind = models.CharField(_("how"), max_length=7, choices=Kind.choices)
    linked_at = models.DateTimeField(_("linked"))
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Whether the article's count of solved tickets holds this one.
    is_counted = models.BooleanField(default=False, editable=False)

    objects = TicketArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article of a ticket")
        verbose_name_plural = _("articles of tickets")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["ticket", "article", "kind"], name="ticket_article_once")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.article_id} {self.kind}"
