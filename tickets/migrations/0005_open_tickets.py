"""Indexes over open tickets in words that SQLite can match with a query: `closed_at IS NULL` instead of a status list.

A list arrives as parameters, and a partial index is only taken where the statement itself shows that it covers
the question. One more index serves lists of one status, such as closed, one answers the counts beside the queue by itself.
"""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('tickets', '0004_ticket_search'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_open_due',
        ),
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_open_priority',
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['next_due_at', 'id'], name='ticket_open_due'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['priority', 'created_at', 'id'], name='ticket_open_priority'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['status', 'priority', 'created_at', 'id'], name='ticket_status_priority'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['status', 'assignee', 'team', 'waiting_reason', 'is_confidential', 'requester', 'reported_by'], name='ticket_open_counts'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ('closed', 'cancelled')), ('closed_at__isnull', True), _connector='OR'), name='ticket_open_has_no_closing'),
        ),
    ]
