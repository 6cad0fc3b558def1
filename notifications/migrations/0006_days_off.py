from django.db import migrations, models


def keep_weekends(apps, schema_editor):
    apps.get_model("notifications", "MailTimes").objects.filter(is_quiet_at_weekends=True).update(days_off="weekends")


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_mail_texts")]

    operations = [
        migrations.AddField(
            model_name="mailtimes",
            name="days_off",
            field=models.CharField(blank=True, max_length=20, verbose_name="no mails on"),
        ),
        migrations.RunPython(keep_weekends, migrations.RunPython.noop),
        migrations.RemoveField(model_name="mailtimes", name="is_quiet_at_weekends"),
    ]
