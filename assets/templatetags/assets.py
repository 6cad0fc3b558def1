"""Words of the register's pages."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from assets.choices import EventCode, RelationKind
from assets.models import AssetEvent
from assets.selectors import RelatedAsset
from helpdesk.accounts.models import User

register = template.Library()


@register.simple_tag
def asset_event(event: AssetEvent, person: User | None) -> str:
    """What was done, with whom or with what, as one line."""
    label = EventCode(event.code).label
    if event.code in (EventCode.RELATED, EventCode.UNRELATED):
        return _("%(what)s: %(tag)s") % {"what": label, "tag": event.facts.get("other", "")}
    if person is not None:
        return _("%(what)s: %(name)s") % {"what": label, "name": person.get_full_name()}
    return str(label)


@register.simple_tag
def relation_words(item: RelatedAsset) -> str:
    """How the other asset belongs to the one whose page this is."""
    words = {
        (RelationKind.PART_OF, False): _("Part of"),
        (RelationKind.PART_OF, True): _("Has as a part"),
        (RelationKind.CONNECTED_TO, False): _("Connected to"),
        (RelationKind.CONNECTED_TO, True): _("Connected to"),
        (RelationKind.INSTALLED_ON, False): _("Installed on"),
        (RelationKind.INSTALLED_ON, True): _("Has installed"),
    }
    return words[RelationKind(item.relation.kind), item.is_inward]
