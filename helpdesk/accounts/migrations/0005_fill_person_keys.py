"""Give the people who are here already the keys by which the hotline finds them."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from helpdesk.accounts.person_keys import initials_of, phone_key, sound_of

BATCH = 1000


def fill(apps: Any, schema_editor: Any) -> None:
    people = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    keys = ["name_sound", "name_initials", "phone_key"]
    last = 0
    while batch := list(people.filter(pk__gt=last).only("full_name", "phone", *keys).order_by("pk")[:BATCH]):
        for person in batch:
            person.name_sound = sound_of(person.full_name)
            person.name_initials = initials_of(person.full_name)
            person.phone_key = phone_key(person.phone)
        people.bulk_update(batch, keys)
        last = batch[-1].pk


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_person_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
