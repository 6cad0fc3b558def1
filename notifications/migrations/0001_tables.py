"""The tables, generated from the models."""

import django.core.validators
import django.db.models.deletion
import helpdesk.common.sealed
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from helpdesk.common.first_tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    # Databases made before, in these steps, have them already.
    replaces = [
        ('notifications', '0001_initial'),
        ('notifications', '0002_facts'),
        ('notifications', '0003_destinations'),
        ('notifications', '0004_preferences'),
        ('notifications', '0005_mail_texts'),
        ('notifications', '0006_days_off'),
    ]

    dependencies = [
        ('accounts', '0001_tables'),
        ('common', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='MailText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(editable=False, max_length=60, unique=True, verbose_name='mail')),
                ('subject_zh', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('opening_zh', models.CharField(blank=True, max_length=300, verbose_name='first sentence')),
                ('next_step_zh', models.TextField(blank=True, max_length=2000, verbose_name='what happens next')),
                ('action_zh', models.CharField(blank=True, max_length=60, verbose_name='button')),
                ('subject_en', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('opening_en', models.CharField(blank=True, max_length=300, verbose_name='first sentence')),
                ('next_step_en', models.TextField(blank=True, max_length=2000, verbose_name='what happens next')),
                ('action_en', models.CharField(blank=True, max_length=60, verbose_name='button')),
            ],
            options={
                'verbose_name': 'mail text',
                'verbose_name_plural': 'mail texts',
            },
        ),
        migrations.CreateModel(
            name='DeliveryPause',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('paused_at', models.DateTimeField(verbose_name='paused since')),
            ],
            options={
                'verbose_name': 'delivery pause',
                'verbose_name_plural': 'delivery pauses',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='delivery_pause_one_row')],
            },
        ),
        migrations.CreateModel(
            name='HistoricalChatChannel',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('codes', models.JSONField(blank=True, default=list, verbose_name='told of')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('service', models.CharField(editable=False, max_length=20, verbose_name='chat program')),
                ('language', models.CharField(choices=[('zh-hans', '简体中文'), ('en', 'English')], default='zh-hans', max_length=10, verbose_name='language')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('team', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'historical chat channel',
                'verbose_name_plural': 'historical chat channels',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalMailText',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('key', models.CharField(db_index=True, editable=False, max_length=60, verbose_name='mail')),
                ('subject_zh', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('opening_zh', models.CharField(blank=True, max_length=300, verbose_name='first sentence')),
                ('next_step_zh', models.TextField(blank=True, max_length=2000, verbose_name='what happens next')),
                ('action_zh', models.CharField(blank=True, max_length=60, verbose_name='button')),
                ('subject_en', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('opening_en', models.CharField(blank=True, max_length=300, verbose_name='first sentence')),
                ('next_step_en', models.TextField(blank=True, max_length=2000, verbose_name='what happens next')),
                ('action_en', models.CharField(blank=True, max_length=60, verbose_name='button')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical mail text',
                'verbose_name_plural': 'historical mail texts',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalWebhookEndpoint',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('codes', models.JSONField(blank=True, default=list, verbose_name='told of')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('url', models.CharField(max_length=1000, verbose_name='address')),
                ('includes_internal', models.BooleanField(default=False, help_text='Notes, and the reasons that were given for acts.', verbose_name='also what is internal')),
                ('includes_confidential', models.BooleanField(default=False, help_text='Whoever reads there reads tickets that otherwise only their team may see.', verbose_name='also confidential tickets')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, db_constraint=False, help_text='Only tickets of this team. Empty: all tickets.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'historical webhook',
                'verbose_name_plural': 'historical webhooks',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='ChatChannel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('codes', models.JSONField(blank=True, default=list, verbose_name='told of')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='failures in a row')),
                ('blocked_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='not tried before')),
                ('last_error', models.CharField(blank=True, editable=False, max_length=300, verbose_name='last error')),
                ('url', helpdesk.common.sealed.SealedTextField(editable=False, verbose_name='address')),
                ('service', models.CharField(editable=False, max_length=20, verbose_name='chat program')),
                ('language', models.CharField(choices=[('zh-hans', '简体中文'), ('en', 'English')], default='zh-hans', max_length=10, verbose_name='language')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'chat channel',
                'verbose_name_plural': 'chat channels',
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(fields=('name',), name='chat_channel_name_once'), models.CheckConstraint(condition=models.Q(models.Q(('person__isnull', True), ('team__isnull', False)), models.Q(('person__isnull', False), ('team__isnull', True)), _connector='OR'), name='chat_channel_of_a_team_or_a_person')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('destination', models.CharField(max_length=40)),
                ('attempt', models.PositiveSmallIntegerField(verbose_name='attempt')),
                ('tried_at', models.DateTimeField(verbose_name='tried at')),
                ('duration_ms', models.PositiveIntegerField(verbose_name='milliseconds')),
                ('status', models.PositiveSmallIntegerField(null=True, verbose_name='answer')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                ('answer', models.TextField(blank=True, verbose_name='what was answered')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='common.outboxmessage', verbose_name='message')),
            ],
            options={
                'verbose_name': 'delivery attempt',
                'verbose_name_plural': 'delivery attempts',
                'indexes': [models.Index(fields=['destination', '-id'], name='delivery_of_destination'), models.Index(fields=['tried_at'], name='delivery_when')],
            },
        ),
        migrations.CreateModel(
            name='MailTimes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quiet_from', models.TimeField(blank=True, null=True, verbose_name='no mails from')),
                ('quiet_until', models.TimeField(blank=True, null=True, verbose_name='until')),
                ('days_off', models.CharField(blank=True, max_length=20, verbose_name='no mails on')),
                ('digest_hour', models.PositiveSmallIntegerField(default=8, validators=[django.core.validators.MaxValueValidator(23)], verbose_name='hour of the daily summary')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail_times', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'mail times',
                'verbose_name_plural': 'mail times',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from__isnull', True), ('quiet_until__isnull', True)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='mail_times_quiet_from_until'), models.CheckConstraint(condition=models.Q(('digest_hour__lte', 23)), name='mail_times_digest_hour')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_id', models.UUIDField(editable=False, unique=True, verbose_name='event id')),
                ('topic', models.CharField(max_length=40, verbose_name='topic')),
                ('subject_type', models.CharField(max_length=40, verbose_name='about (type)')),
                ('subject_id', models.BigIntegerField(verbose_name='about (id)')),
                ('trail_event_id', models.BigIntegerField(null=True)),
                ('facts', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='read at')),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL, verbose_name='recipient')),
            ],
            options={
                'verbose_name': 'notification',
                'verbose_name_plural': 'notifications',
                'indexes': [models.Index(fields=['recipient', '-created_at', '-id'], name='notification_newest'), models.Index(condition=models.Q(('read_at__isnull', True)), fields=['recipient'], name='notification_unread')],
            },
        ),
        migrations.CreateModel(
            name='NotificationPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.CharField(max_length=20, verbose_name='group')),
                ('channel', models.CharField(choices=[('in_app', 'Notification centre'), ('email', 'E-mail'), ('webhook', 'Webhook'), ('chat', 'Chat')], max_length=20, verbose_name='channel')),
                ('mode', models.CharField(choices=[('at_once', 'At once'), ('digest', 'In the daily summary'), ('off', 'Not at all')], max_length=10, verbose_name='mode')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_preferences', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'notification preference',
                'verbose_name_plural': 'notification preferences',
                'constraints': [models.UniqueConstraint(fields=('person', 'group', 'channel'), name='notification_preference_once')],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('codes', models.JSONField(blank=True, default=list, verbose_name='told of')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='failures in a row')),
                ('blocked_until', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='not tried before')),
                ('last_error', models.CharField(blank=True, editable=False, max_length=300, verbose_name='last error')),
                ('url', models.CharField(max_length=1000, verbose_name='address')),
                ('includes_internal', models.BooleanField(default=False, help_text='Notes, and the reasons that were given for acts.', verbose_name='also what is internal')),
                ('includes_confidential', models.BooleanField(default=False, help_text='Whoever reads there reads tickets that otherwise only their team may see.', verbose_name='also confidential tickets')),
                ('secret', helpdesk.common.sealed.SealedTextField(editable=False)),
                ('previous_secret', helpdesk.common.sealed.SealedTextField(blank=True, editable=False)),
                ('previous_secret_until', models.DateTimeField(editable=False, null=True)),
                ('team', models.ForeignKey(blank=True, help_text='Only tickets of this team. Empty: all tickets.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'ordering': ['name', 'id'],
                'constraints': [models.UniqueConstraint(fields=('name',), name='webhook_name_once')],
            },
        ),
        ]),
    ]
