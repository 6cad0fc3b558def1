"""The tables, generated from the models."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from helpdesk.common.first_tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    # Databases made before, in these steps, have them already.
    replaces = [
        ('common', '0001_initial'),
        ('common', '0002_outbox_doubts'),
        ('common', '0003_outbox_destinations'),
        ('common', '0004_bounced'),
        ('common', '0005_carried'),
        ('common', '0006_outbox_order'),
    ]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='name')),
                ('seen_at', models.DateTimeField(verbose_name='last seen')),
            ],
        ),
        migrations.CreateModel(
            name='JobSlot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.CharField(max_length=60)),
                ('slot', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['slot'], name='job_slot_age')],
                'constraints': [models.UniqueConstraint(fields=('job', 'slot'), name='job_slot_once')],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('request_hash', models.CharField(max_length=64)),
                ('response_status', models.PositiveSmallIntegerField(null=True)),
                ('response_body', models.JSONField(null=True)),
                ('created_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['created_at'], name='idempotency_age')],
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='idempotency_key_once_per_user')],
            },
        ),
        migrations.CreateModel(
            name='OutboxMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='event id')),
                ('event_key', models.CharField(max_length=80, verbose_name='event')),
                ('topic', models.CharField(max_length=40, verbose_name='topic')),
                ('channel', models.CharField(choices=[('in_app', 'Notification centre'), ('email', 'E-mail'), ('webhook', 'Webhook'), ('chat', 'Chat')], max_length=20, verbose_name='channel')),
                ('destination', models.CharField(blank=True, max_length=40, verbose_name='destination')),
                ('subject_type', models.CharField(max_length=40, verbose_name='about (type)')),
                ('subject_id', models.BigIntegerField(verbose_name='about (id)')),
                ('payload', models.JSONField(blank=True, default=dict, verbose_name='data')),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('leased', 'Being sent'), ('sent', 'Sent'), ('skipped', 'Not sent: no longer meant for the recipient'), ('carried', 'Went along with another message'), ('uncertain', 'Perhaps sent'), ('bounced', 'Came back'), ('dead', 'Failed for good')], default='pending', max_length=12, verbose_name='state')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                ('doubts', models.PositiveSmallIntegerField(default=0, verbose_name='unanswered attempts')),
                ('next_attempt_at', models.DateTimeField(blank=True, null=True, verbose_name='next attempt')),
                ('give_up_at', models.DateTimeField(blank=True, null=True, verbose_name='given up at')),
                ('lease_expires_at', models.DateTimeField(blank=True, null=True, verbose_name='lease ends')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('last_error', models.CharField(blank=True, max_length=300, verbose_name='last error')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('carrier', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='carried', to='common.outboxmessage', verbose_name='went along with')),
                ('recipient', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='recipient')),
            ],
            options={
                'verbose_name': 'outgoing message',
                'verbose_name_plural': 'outgoing messages',
                'indexes': [models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['channel', 'next_attempt_at', 'id'], name='outbox_due'), models.Index(condition=models.Q(('attempts__gt', 0), ('channel', 'email'), ('state__in', ['pending', 'leased', 'uncertain'])), fields=['recipient', 'subject_type', 'subject_id'], name='outbox_tried'), models.Index(condition=models.Q(('next_attempt_at__isnull', False), models.Q(('destination', ''), _negated=True)), fields=['destination', 'next_attempt_at'], name='outbox_due_there'), models.Index(condition=models.Q(('state__in', ['pending', 'leased', 'uncertain']), models.Q(('destination', ''), _negated=True)), fields=['destination', 'subject_type', 'subject_id'], name='outbox_in_turn'), models.Index(condition=models.Q(('carrier__isnull', False)), fields=['carrier'], name='outbox_carried'), models.Index(condition=models.Q(('state', 'leased')), fields=['lease_expires_at'], name='outbox_leased'), models.Index(condition=models.Q(('state__in', ['dead', 'uncertain'])), fields=['created_at'], name='outbox_trouble')],
                'constraints': [models.UniqueConstraint(fields=('event_key', 'channel', 'recipient'), name='outbox_once_per_recipient'), models.UniqueConstraint(condition=models.Q(('destination', ''), _negated=True), fields=('event_key', 'channel', 'destination'), name='outbox_once_per_destination'), models.CheckConstraint(condition=models.Q(models.Q(('destination', ''), ('recipient__isnull', False)), models.Q(('recipient__isnull', True), models.Q(('destination', ''), _negated=True)), _connector='OR'), name='outbox_recipient_or_destination'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'pending'), _negated=True), ('next_attempt_at__isnull', False), _connector='OR'), name='outbox_pending_has_next_attempt'), models.CheckConstraint(condition=models.Q(models.Q(('carrier__isnull', False), ('state', 'carried')), models.Q(models.Q(('state', 'carried'), _negated=True), ('carrier__isnull', True)), _connector='OR'), name='outbox_carried_has_carrier')],
            },
        ),
        ]),
    ]
