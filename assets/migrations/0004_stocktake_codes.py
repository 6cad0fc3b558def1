from django.db import migrations, models


class Migration(migrations.Migration):
    """A code stands once in a stocktake only while nobody knows its asset: tags pass from one asset to another."""

    dependencies = [("assets", "0003_imports")]

    operations = [
        migrations.RemoveConstraint(model_name="stocktakeitem", name="stocktake_code_once"),
        migrations.AddConstraint(
            model_name="stocktakeitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("asset__isnull", True)), fields=("stocktake", "code"), name="stocktake_code_once"
            ),
        ),
    ]
