"""Of a problem solved without a ticket only what is counted is kept, and opinions are counted by people."""

from django.db import migrations
from django.db.models import Count, Exists, OuterRef, Q


def forget_recorders(apps, schema_editor):
    apps.get_model("knowledge", "Deflection").objects.exclude(place="portal").update(person=None)


def count_people(apps, schema_editor):
    feedback = apps.get_model("knowledge", "ArticleFeedback").objects
    newer = feedback.filter(
        article=OuterRef("article"), person=OuterRef("person"), version__number__gt=OuterRef("version__number")
    )
    counted = feedback.filter(~Exists(newer)).order_by().values("article").annotate(
        helped=Count("pk", filter=Q(is_helpful=True)), not_helped=Count("pk", filter=Q(is_helpful=False))
    )
    for row in counted:
        figures = {"helped": row["helped"], "not_helped": row["not_helped"]}
        apps.get_model("knowledge", "Article").objects.filter(pk=row["article"]).update(**figures)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_search_vectors")]
    operations = [
        migrations.RemoveField(model_name="deflection", name="words"),
        migrations.RunPython(forget_recorders, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(count_people, migrations.RunPython.noop, elidable=True),
    ]
