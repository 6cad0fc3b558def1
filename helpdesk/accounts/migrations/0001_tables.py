"""The tables, generated from the models."""

import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import helpdesk.accounts.models.user
import simple_history.models
from django.conf import settings
from django.db import migrations, models

from helpdesk.common.first_tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    # Databases made before, in these steps, have them already.
    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_requester_groups'),
        ('accounts', '0003_contacts'),
        ('accounts', '0004_person_keys'),
        ('accounts', '0005_fill_person_keys'),
        ('accounts', '0006_bounced_addresses'),
        ('accounts', '0007_former_people'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='accounts.department', verbose_name='part of')),
            ],
            options={
                'verbose_name': 'department',
                'verbose_name_plural': 'departments',
                'ordering': ['name_zh'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name')),
                ('email', models.EmailField(blank=True, max_length=254, null=True, verbose_name='e-mail')),
                ('full_name', models.CharField(max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('location', models.CharField(blank=True, max_length=120, verbose_name='seat or room')),
                ('language', models.CharField(blank=True, choices=[('zh-hans', '简体中文'), ('en', 'English')], help_text='Empty: as the browser asks.', max_length=10, verbose_name='language')),
                ('timezone', models.CharField(blank=True, help_text='Empty: as the desk.', max_length=64, validators=[helpdesk.accounts.models.user.validate_time_zone], verbose_name='time zone')),
                ('theme', models.CharField(choices=[('system', 'As my device'), ('light', 'Light'), ('dark', 'Dark')], default='system', max_length=6, verbose_name='appearance')),
                ('has_shortcuts', models.BooleanField(default=True, verbose_name='single-key shortcuts')),
                ('is_compact', models.BooleanField(default=False, verbose_name='compact lists')),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('is_contact', models.BooleanField(default=False, help_text="Known from a call or a mail. Reports problems through the desk, can't sign in.", verbose_name='contact only')),
                ('email_bounced_at', models.DateTimeField(blank=True, help_text='Nothing is sent there until a mail comes from this address, or until this is emptied.', null=True, verbose_name='mails came back')),
                ('is_agent', models.BooleanField(default=False, help_text='Works on tickets.', verbose_name='agent')),
                ('is_lead', models.BooleanField(default=False, help_text='Works on tickets of every team and assigns work.', verbose_name='lead')),
                ('is_liaison', models.BooleanField(default=False, help_text='Speaks with vendors.', verbose_name='vendor liaison')),
                ('is_admin', models.BooleanField(default=False, help_text='Configures this help desk.', verbose_name='administrator')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('anonymised_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='anonymised')),
                ('name_sound', models.CharField(blank=True, db_index=True, editable=False, max_length=200)),
                ('name_initials', models.CharField(blank=True, db_index=True, editable=False, max_length=200)),
                ('phone_key', models.CharField(blank=True, db_index=True, editable=False, max_length=200)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to=settings.AUTH_USER_MODEL, verbose_name='manager')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='accounts.department', verbose_name='department')),
            ],
            options={
                'verbose_name': 'person',
                'verbose_name_plural': 'people',
                'ordering': ['full_name'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalDepartment',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.department', verbose_name='part of')),
            ],
            options={
                'verbose_name': 'historical department',
                'verbose_name_plural': 'historical departments',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalRequesterGroup',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical requester group',
                'verbose_name_plural': 'historical requester groups',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalTeam',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('support_level', models.PositiveSmallIntegerField(choices=[(1, 'First line'), (2, 'Second line'), (3, 'Third line')], default=1, verbose_name='support level')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='team lead')),
            ],
            options={
                'verbose_name': 'historical team',
                'verbose_name_plural': 'historical teams',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='HistoricalUser',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(db_index=True, max_length=150, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='user name')),
                ('email', models.EmailField(blank=True, max_length=254, null=True, verbose_name='e-mail')),
                ('full_name', models.CharField(max_length=120, verbose_name='name')),
                ('phone', models.CharField(blank=True, max_length=40, verbose_name='phone')),
                ('location', models.CharField(blank=True, max_length=120, verbose_name='seat or room')),
                ('language', models.CharField(blank=True, choices=[('zh-hans', '简体中文'), ('en', 'English')], help_text='Empty: as the browser asks.', max_length=10, verbose_name='language')),
                ('timezone', models.CharField(blank=True, help_text='Empty: as the desk.', max_length=64, validators=[helpdesk.accounts.models.user.validate_time_zone], verbose_name='time zone')),
                ('theme', models.CharField(choices=[('system', 'As my device'), ('light', 'Light'), ('dark', 'Dark')], default='system', max_length=6, verbose_name='appearance')),
                ('has_shortcuts', models.BooleanField(default=True, verbose_name='single-key shortcuts')),
                ('is_compact', models.BooleanField(default=False, verbose_name='compact lists')),
                ('is_active', models.BooleanField(default=True, verbose_name='may sign in')),
                ('is_contact', models.BooleanField(default=False, help_text="Known from a call or a mail. Reports problems through the desk, can't sign in.", verbose_name='contact only')),
                ('is_agent', models.BooleanField(default=False, help_text='Works on tickets.', verbose_name='agent')),
                ('is_lead', models.BooleanField(default=False, help_text='Works on tickets of every team and assigns work.', verbose_name='lead')),
                ('is_liaison', models.BooleanField(default=False, help_text='Speaks with vendors.', verbose_name='vendor liaison')),
                ('is_admin', models.BooleanField(default=False, help_text='Configures this help desk.', verbose_name='administrator')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                ('anonymised_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='anonymised')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('department', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.department', verbose_name='department')),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('manager', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='manager')),
            ],
            options={
                'verbose_name': 'historical person',
                'verbose_name_plural': 'historical people',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='RequesterGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('members', models.ManyToManyField(blank=True, related_name='requester_groups', to=settings.AUTH_USER_MODEL, verbose_name='members')),
            ],
            options={
                'verbose_name': 'requester group',
                'verbose_name_plural': 'requester groups',
                'ordering': ['name_zh'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalRequesterGroup_members',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('m2m_history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, to='accounts.historicalrequestergroup')),
                ('user', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requestergroup', models.ForeignKey(blank=True, db_constraint=False, db_tablespace='', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.requestergroup')),
            ],
            options={
                'verbose_name': 'HistoricalRequesterGroup_members',
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('support_level', models.PositiveSmallIntegerField(choices=[(1, 'First line'), (2, 'Second line'), (3, 'Third line')], default=1, verbose_name='support level')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='led_teams', to=settings.AUTH_USER_MODEL, verbose_name='team lead')),
            ],
            options={
                'verbose_name': 'team',
                'verbose_name_plural': 'teams',
                'ordering': ['support_level', 'name_zh'],
            },
        ),
        migrations.CreateModel(
            name='TeamMembership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.team', verbose_name='team')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'team member',
                'verbose_name_plural': 'team members',
            },
        ),
        migrations.AddField(
            model_name='team',
            name='members',
            field=models.ManyToManyField(related_name='teams', through='accounts.TeamMembership', to=settings.AUTH_USER_MODEL, verbose_name='members'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.UniqueConstraint(fields=('parent', 'name_zh'), name='department_name_once_per_parent'),
        ),
        migrations.AddConstraint(
            model_name='department',
            constraint=models.CheckConstraint(condition=models.Q(('parent', models.F('id')), _negated=True), name='department_not_its_own_parent'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_once'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_username_once'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('is_agent', True), models.Q(('is_lead', False), ('is_liaison', False)), _connector='OR'), name='user_lead_and_liaison_are_agents', violation_error_message='A lead or a vendor liaison is also an agent.'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('is_contact', False), models.Q(('is_admin', False), ('is_agent', False)), _connector='OR'), name='user_contacts_have_no_role', violation_error_message="A contact can't sign in and so has no role."),
        ),
        migrations.AddConstraint(
            model_name='requestergroup',
            constraint=models.UniqueConstraint(fields=('name_zh',), name='requester_group_name_once'),
        ),
        migrations.AddConstraint(
            model_name='teammembership',
            constraint=models.UniqueConstraint(fields=('team', 'user'), name='team_member_once'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.UniqueConstraint(fields=('name_zh',), name='team_name_once'),
        ),
        migrations.AddConstraint(
            model_name='team',
            constraint=models.CheckConstraint(condition=models.Q(('support_level__range', (1, 3))), name='team_support_level_1_to_3'),
        ),
        ]),
    ]
