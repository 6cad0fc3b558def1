"""Who needs to know of a confidential ticket, who read it, and what a security incident keeps."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from helpdesk.common.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_bounced_addresses"),
        ("tickets", "0024_promises"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BreakGlass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=2000, verbose_name="reason")),
                ("started_at", models.DateTimeField(verbose_name="opened")),
                ("ends_at", models.DateTimeField(verbose_name="until")),
            ],
            options={
                "verbose_name": "emergency access",
                "verbose_name_plural": "emergency accesses",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ConfidentialRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.CharField(
                        choices=[
                            ("page", "Page of the ticket"),
                            ("dossier", "Dossier"),
                            ("report", "First-response report"),
                            ("handover", "Hand-over"),
                            ("mail", "Mail"),
                            ("file", "File"),
                            ("api", "Another system"),
                        ],
                        max_length=8,
                        verbose_name="where",
                    ),
                ),
                ("read_at", models.DateTimeField(verbose_name="when")),
                ("quarter_at", models.DateTimeField()),
                ("file", models.CharField(blank=True, max_length=36, verbose_name="file")),
            ],
            options={
                "verbose_name": "reading of a confidential ticket",
                "verbose_name_plural": "readings of confidential tickets",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="CustodyEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveSmallIntegerField()),
                ("passed_from", models.CharField(max_length=200, verbose_name="from")),
                ("passed_to", models.CharField(max_length=200, verbose_name="to")),
                ("passed_at", models.DateTimeField(verbose_name="when")),
                ("purpose", models.CharField(blank=True, max_length=200, verbose_name="purpose")),
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
            ],
            options={
                "verbose_name": "link of a chain of custody",
                "verbose_name_plural": "links of chains of custody",
                "ordering": ["sequence"],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=200, verbose_name="what it is")),
                ("found_where", models.CharField(max_length=200, verbose_name="where it was found")),
                ("taken_at", models.DateTimeField(verbose_name="secured")),
                ("created_at", models.DateTimeField(verbose_name="recorded")),
            ],
            options={
                "verbose_name": "piece of evidence",
                "verbose_name_plural": "evidence",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="SecurityIncident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("suspicion", models.TextField(max_length=2000, verbose_name="what is suspected")),
                ("started_at", models.DateTimeField(verbose_name="raised")),
            ],
            options={
                "verbose_name": "security incident",
                "verbose_name_plural": "security incidents",
            },
        ),
        migrations.CreateModel(
            name="SecurityStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("isolate", "Isolate the device"),
                            ("keep_running", "Leave the device switched on"),
                            ("preserve", "Secure the evidence"),
                            ("credentials", "Change passwords and keys"),
                            ("report", "Report the incident"),
                        ],
                        max_length=12,
                        verbose_name="step",
                    ),
                ),
                ("due_at", models.DateTimeField(null=True, verbose_name="due")),
                ("alert_at", models.DateTimeField(editable=False, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("not_applicable", "Not applicable")],
                        default="open",
                        max_length=14,
                        verbose_name="state",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="what was done")),
            ],
            options={
                "verbose_name": "step of a security incident",
                "verbose_name_plural": "steps of security incidents",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="TicketReader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("added_at", models.DateTimeField(verbose_name="added")),
            ],
            options={
                "verbose_name": "reader of a confidential ticket",
                "verbose_name_plural": "readers of confidential tickets",
                "ordering": ["id"],
            },
        ),
        migrations.RemoveIndex(
            model_name="ticket",
            name="ticket_open_counts",
        ),
        migrations.AddField(
            model_name="desksettings",
            name="security_officer",
            field=models.ForeignKey(
                blank=True,
                help_text="Called at once, day and night, when somebody raises a security incident.",
                limit_choices_to={"is_active": True, "is_agent": True},
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="security duty officer",
            ),
        ),
        migrations.AddField(
            model_name="desksettings",
            name="security_team",
            field=models.ForeignKey(
                blank=True,
                help_text="Its people are called where no duty officer is chosen. Without both it is all leads.",
                limit_choices_to={"is_retired": False},
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.team",
                verbose_name="security team",
            ),
        ),
        migrations.AddField(
            model_name="historicaldesksettings",
            name="security_officer",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Called at once, day and night, when somebody raises a security incident.",
                limit_choices_to={"is_active": True, "is_agent": True},
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="security duty officer",
            ),
        ),
        migrations.AddField(
            model_name="historicaldesksettings",
            name="security_team",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Its people are called where no duty officer is chosen. Without both it is all leads.",
                limit_choices_to={"is_retired": False},
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="accounts.team",
                verbose_name="security team",
            ),
        ),
        migrations.AddField(
            model_name="historicalticket",
            name="is_named_only",
            field=models.BooleanField(default=False, verbose_name="for named people only"),
        ),
        migrations.AddField(
            model_name="ticket",
            name="is_named_only",
            field=models.BooleanField(default=False, verbose_name="for named people only"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=[
                    "status",
                    "assignee",
                    "team",
                    "waiting_reason",
                    "is_confidential",
                    "is_named_only",
                    "requester",
                    "reported_by",
                    "offered_to",
                    "next_due_at",
                    "escalation_level",
                    "promised_at",
                ],
                name="ticket_open_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_named_only", False), ("is_confidential", True), _connector="OR"),
                name="ticket_named_only_is_confidential",
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="ticket",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="glasses", to="tickets.ticket"
            ),
        ),
        migrations.AddField(
            model_name="breakglass",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="confidentialread",
            name="reader",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="confidentialread",
            name="ticket",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="readings",
                to="tickets.ticket",
            ),
        ),
        migrations.AddField(
            model_name="custodyentry",
            name="recorded_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="tickets.attachment"
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="taken_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="evidence",
            name="ticket",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="tickets.ticket",
            ),
        ),
        migrations.AddField(
            model_name="custodyentry",
            name="evidence",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="custody",
                to="tickets.evidence",
            ),
        ),
        migrations.AddField(
            model_name="securityincident",
            name="officers",
            field=models.ManyToManyField(related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="duty officers"),
        ),
        migrations.AddField(
            model_name="securityincident",
            name="started_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="securityincident",
            name="ticket",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="security", to="tickets.ticket"
            ),
        ),
        migrations.AddField(
            model_name="securitystep",
            name="ended_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="securitystep",
            name="ticket",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="security_steps",
                to="tickets.ticket",
            ),
        ),
        migrations.AddField(
            model_name="ticketreader",
            name="added_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="ticketreader",
            name="team",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.team",
                verbose_name="team",
            ),
        ),
        migrations.AddField(
            model_name="ticketreader",
            name="ticket",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reader_rows", to="tickets.ticket"
            ),
        ),
        migrations.AddField(
            model_name="ticketreader",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="person",
            ),
        ),
        migrations.AddIndex(
            model_name="breakglass",
            index=models.Index(fields=["user", "ends_at"], name="glass_of_person"),
        ),
        migrations.AddConstraint(
            model_name="breakglass",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("started_at"))), name="glass_ends_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="confidentialread",
            constraint=models.UniqueConstraint(
                fields=("ticket", "reader", "quarter_at", "place", "file"), name="reading_once_per_quarter"
            ),
        ),
        migrations.AddIndex(
            model_name="evidence",
            index=models.Index(fields=["ticket", "id"], name="evidence_of_ticket"),
        ),
        migrations.AddConstraint(
            model_name="custodyentry",
            constraint=models.UniqueConstraint(fields=("evidence", "sequence"), name="custody_sequence_once"),
        ),
        migrations.AddConstraint(
            model_name="securitystep",
            constraint=models.UniqueConstraint(fields=("ticket", "code"), name="security_step_once"),
        ),
        migrations.AddConstraint(
            model_name="securitystep",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "open")),
                    models.Q(
                        ("alert_at__isnull", True),
                        ("ended_at__isnull", False),
                        ("state__in", ["done", "not_applicable"]),
                    ),
                    _connector="OR",
                ),
                name="security_step_ended_has_instant",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketreader",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("team__isnull", True), ("user__isnull", False)),
                    models.Q(("team__isnull", False), ("user__isnull", True)),
                    _connector="OR",
                ),
                name="reader_is_person_or_team",
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketreader",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)), fields=("user", "ticket"), name="reader_person_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="ticketreader",
            constraint=models.UniqueConstraint(
                condition=models.Q(("team__isnull", False)), fields=("team", "ticket"), name="reader_team_once"
            ),
        ),
        # What a trail rests on is never changed.
        append_only("tickets_confidentialread"),
        append_only("tickets_breakglass"),
        append_only("tickets_evidence"),
        append_only("tickets_custodyentry"),
    ]
