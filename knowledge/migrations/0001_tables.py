"""The tables, generated from the models."""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models

from helpdesk.common.first_tables import CreateTables


class Migration(migrations.Migration):

    initial = True

    # Databases made before, in these steps, have them already.
    replaces = [
        ('knowledge', '0001_articles'),
    ]

    dependencies = [
        ('accounts', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables([
        migrations.CreateModel(
            name='Article',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(help_text='Names its files in an export.', max_length=80, unique=True, verbose_name='short name')),
                ('audience', models.CharField(choices=[('public', 'Everybody who signs in'), ('staff', 'The whole desk'), ('team', 'One team')], default='public', max_length=8, verbose_name='who may read it')),
                ('review_on', models.DateField(blank=True, null=True, verbose_name='to be checked on')),
                ('review_told_for', models.DateField(editable=False, null=True)),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('published_at', models.DateTimeField(null=True, verbose_name='published')),
                ('reviewed_at', models.DateTimeField(null=True, verbose_name='checked')),
                ('retired_at', models.DateTimeField(null=True, verbose_name='retired')),
                ('version', models.PositiveIntegerField(default=1)),
                ('translation', models.CharField(blank=True, choices=[('current', 'Both languages are current'), ('zh_outdated', 'The Chinese text is older than the English one'), ('en_outdated', 'The English text is older than the Chinese one'), ('zh_missing', 'There is no Chinese text'), ('en_missing', 'There is no English text')], max_length=12, verbose_name='languages')),
                ('zh_checked_in', models.PositiveIntegerField(default=0)),
                ('en_checked_in', models.PositiveIntegerField(default=0)),
                ('helped', models.PositiveIntegerField(default=0, verbose_name='helped')),
                ('not_helped', models.PositiveIntegerField(default=0, verbose_name="didn't help")),
                ('solved_tickets', models.PositiveIntegerField(default=0, verbose_name='tickets solved')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='articles', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='articles', to='accounts.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'article',
                'verbose_name_plural': 'articles',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ArticleSearch',
            fields=[
                ('article', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='knowledge.article')),
                ('public_tokens', models.TextField()),
                ('internal_tokens', models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            name='ArticleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('review', 'In review'), ('published', 'Published'), ('superseded', 'Replaced by a newer version'), ('discarded', 'Thrown away')], default='draft', max_length=10, verbose_name='state')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='what changed')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('sent_at', models.DateTimeField(null=True, verbose_name='sent for review')),
                ('returned_at', models.DateTimeField(null=True, verbose_name='sent back')),
                ('return_reason', models.CharField(blank=True, max_length=500, verbose_name='why it was sent back')),
                ('published_at', models.DateTimeField(null=True, verbose_name='published')),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='knowledge.article')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('sent_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'version of an article',
                'verbose_name_plural': 'versions of articles',
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='ArticleText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('zh-hans', '简体中文'), ('en', 'English')], max_length=10, verbose_name='language')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('symptom', models.TextField(blank=True, max_length=20000)),
                ('cause', models.TextField(blank=True, max_length=20000)),
                ('solution', models.TextField(blank=True, max_length=20000)),
                ('advice', models.TextField(blank=True, max_length=20000)),
                ('body', models.TextField(blank=True, max_length=20000)),
                ('changed_in', models.PositiveIntegerField()),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='knowledge.articleversion')),
            ],
            options={
                'verbose_name': 'text of an article',
                'verbose_name_plural': 'texts of articles',
                'ordering': ['-language'],
            },
        ),
        migrations.CreateModel(
            name='ArticleFeedback',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_helpful', models.BooleanField(verbose_name='helped')),
                ('reason', models.CharField(blank=True, choices=[('not_my_problem', 'It is about another problem'), ('did_not_work', "I did it, but it didn't work"), ('unclear', "I don't understand it"), ('outdated', 'It is out of date'), ('other', 'Something else')], max_length=16, verbose_name='why not')),
                ('words', models.CharField(blank=True, max_length=500, verbose_name='in their words')),
                ('at', models.DateTimeField()),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='knowledge.article')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='knowledge.articleversion')),
            ],
            options={
                'verbose_name': 'feedback on an article',
                'verbose_name_plural': 'feedback on articles',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ArticleEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('created', 'created the article'), ('written', 'wrote on this version'), ('discarded', 'threw the draft away'), ('sent', 'sent it for review'), ('returned', 'sent it back'), ('published', 'published it'), ('imported', 'imported it from files, as published'), ('retired', 'retired the article'), ('restored', 'brought the article back'), ('reviewed', 'checked it: still right'), ('translation_checked', 'said that the translation still fits'), ('details', 'changed who may read it, or other details'), ('file_withdrawn', 'withdrew a file')], max_length=20)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='knowledge.article')),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='knowledge.articleversion')),
            ],
            options={
                'verbose_name': 'event of an article',
                'verbose_name_plural': 'events of articles',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Deflection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.CharField(choices=[('portal', 'Portal'), ('call', 'Call'), ('walk_in', 'In person')], max_length=8, verbose_name='where')),
                ('words', models.CharField(blank=True, max_length=500, verbose_name='what was typed')),
                ('at', models.DateTimeField(db_index=True)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deflections', to='knowledge.article')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'problem solved by an article',
                'verbose_name_plural': 'problems solved by articles',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='HistoricalTopic',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('icon', models.CharField(choices=[('book', 'Book'), ('laptop', 'Computer'), ('print', 'Printer'), ('wifi', 'Network'), ('mail', 'Mail'), ('key', 'Key'), ('shield', 'Shield'), ('grid', 'Programs'), ('board', 'Business application'), ('phone', 'Telephone'), ('tool', 'Tool'), ('help', 'Question mark')], default='book', max_length=20, verbose_name='icon')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Small numbers stand first.', verbose_name='position')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
                ('history_id', models.AutoField(primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.CharField(max_length=100, null=True)),
                ('history_type', models.CharField(choices=[('+', 'Created'), ('~', 'Changed'), ('-', 'Deleted')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical topic',
                'verbose_name_plural': 'historical topics',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Topic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name_zh', models.CharField(max_length=120, verbose_name='Chinese name')),
                ('name_en', models.CharField(blank=True, max_length=120, verbose_name='English name')),
                ('icon', models.CharField(choices=[('book', 'Book'), ('laptop', 'Computer'), ('print', 'Printer'), ('wifi', 'Network'), ('mail', 'Mail'), ('key', 'Key'), ('shield', 'Shield'), ('grid', 'Programs'), ('board', 'Business application'), ('phone', 'Telephone'), ('tool', 'Tool'), ('help', 'Question mark')], default='book', max_length=20, verbose_name='icon')),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Small numbers stand first.', verbose_name='position')),
                ('is_retired', models.BooleanField(default=False, verbose_name='retired')),
            ],
            options={
                'verbose_name': 'topic',
                'verbose_name_plural': 'topics',
                'ordering': ['position', 'name_zh', 'id'],
                'constraints': [models.UniqueConstraint(fields=('name_zh',), name='topic_name_once')],
            },
        ),
        migrations.AddField(
            model_name='article',
            name='topics',
            field=models.ManyToManyField(blank=True, related_name='articles', to='knowledge.topic', verbose_name='topics'),
        ),
        migrations.CreateModel(
            name='AppliesTo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('key', models.CharField(max_length=120)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='applies_to', to='knowledge.article')),
            ],
            options={
                'verbose_name': 'applies to',
                'verbose_name_plural': 'applies to',
                'ordering': ['id'],
                'indexes': [models.Index(fields=['key'], name='article_applies_to_key')],
                'constraints': [models.UniqueConstraint(fields=('article', 'key'), name='article_applies_to_once')],
            },
        ),
        migrations.CreateModel(
            name='ArticleFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('name', models.CharField(max_length=150, verbose_name='name')),
                ('content_type', models.CharField(max_length=100, verbose_name='type')),
                ('size', models.PositiveIntegerField(verbose_name='size')),
                ('sha256', models.CharField(max_length=64)),
                ('storage_key', models.CharField(max_length=64, unique=True)),
                ('created_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='knowledge.article')),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'file of an article',
                'verbose_name_plural': 'files of articles',
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('article', 'sha256', 'name'), name='article_file_once')],
            },
        ),
        migrations.AddIndex(
            model_name='articleversion',
            index=models.Index(condition=models.Q(('state__in', ['draft', 'review'])), fields=['state', 'article'], name='article_version_open'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(fields=('article', 'number'), name='article_version_number_once'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'review'])), fields=('article',), name='article_one_open_version'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'published')), fields=('article',), name='article_one_published_version'),
        ),
        migrations.AddConstraint(
            model_name='articleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', False), ('state__in', ['published', 'superseded'])), models.Q(('published_at__isnull', True), ('state__in', ['draft', 'review', 'discarded'])), _connector='OR'), name='article_version_published_has_instant'),
        ),
        migrations.AddConstraint(
            model_name='articletext',
            constraint=models.UniqueConstraint(fields=('version', 'language'), name='article_text_language_once'),
        ),
        migrations.AddConstraint(
            model_name='articletext',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='article_text_has_title'),
        ),
        migrations.AddConstraint(
            model_name='articlefeedback',
            constraint=models.UniqueConstraint(fields=('version', 'person'), name='article_feedback_once'),
        ),
        migrations.AddConstraint(
            model_name='articlefeedback',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_helpful', True), ('reason', '')), models.Q(('is_helpful', False), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='article_feedback_reason_where_not_helpful'),
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(condition=models.Q(('published_at__isnull', False), ('retired_at__isnull', True)), fields=['-published_at', '-id'], name='article_current'),
        ),
        migrations.AddIndex(
            model_name='article',
            index=models.Index(condition=models.Q(('published_at__isnull', False), ('retired_at__isnull', True)), fields=['review_on'], name='article_review_due'),
        ),
        migrations.AddConstraint(
            model_name='article',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('audience', 'team'), ('team__isnull', False)), models.Q(models.Q(('audience', 'team'), _negated=True), ('team__isnull', True)), _connector='OR'), name='article_team_with_its_audience'),
        ),
        ]),
    ]
