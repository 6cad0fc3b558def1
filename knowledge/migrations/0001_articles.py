"""Articles, their versions, and what the database itself sees to.

A text of a version that was ever published doesn't change or go any more, nor does that version but for its state; events
are append-only. The search index is the one of every kind (helpdesk/common/search_table.py).
"""

import django.db.models.deletion
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


from helpdesk.common.append_only import append_only
from helpdesk.common.search_table import SearchTable

TOKENS = SearchTable("knowledge_articlesearch", "article_id")

KEPT = ("article_id", "number", "note", "author_id", "created_at", "sent_at", "sent_by_id", "published_at", "published_by_id")
POSTGRES_UP = f"""
CREATE FUNCTION refuse_published_text() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of_version bigint;
BEGIN
  IF TG_OP = 'INSERT' THEN of_version := NEW.version_id; ELSE of_version := OLD.version_id; END IF;
  IF EXISTS (SELECT 1 FROM knowledge_articleversion WHERE id = of_version AND published_at IS NOT NULL) THEN
    RAISE EXCEPTION 'published texts do not change';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER knowledge_articletext_published BEFORE INSERT OR UPDATE OR DELETE ON knowledge_articletext
  FOR EACH ROW EXECUTE FUNCTION refuse_published_text();
CREATE TRIGGER knowledge_articleversion_no_delete BEFORE DELETE ON knowledge_articleversion
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER knowledge_articleversion_published BEFORE UPDATE ON knowledge_articleversion
  FOR EACH ROW WHEN (OLD.published_at IS NOT NULL AND ({" OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in KEPT)}))
  EXECUTE FUNCTION refuse_audit_change();
"""
_OF_PUBLISHED = "EXISTS (SELECT 1 FROM knowledge_articleversion WHERE id = {row}.version_id AND published_at IS NOT NULL)"
_RAISE = "BEGIN SELECT RAISE(ABORT, 'published texts do not change'); END"
SQLITE_UP = (
    *(
        f"CREATE TRIGGER knowledge_articletext_no_{verb} BEFORE {verb} ON knowledge_articletext "
        f"WHEN {_OF_PUBLISHED.format(row='NEW' if verb == 'INSERT' else 'OLD')} {_RAISE}"
        for verb in ("INSERT", "UPDATE", "DELETE")
    ),
    "CREATE TRIGGER knowledge_articleversion_no_DELETE BEFORE DELETE ON knowledge_articleversion "
    f"WHEN OLD.published_at IS NOT NULL {_RAISE}",
    "CREATE TRIGGER knowledge_articleversion_no_UPDATE BEFORE UPDATE ON knowledge_articleversion "
    f"WHEN OLD.published_at IS NOT NULL AND ({' OR '.join(f'NEW.{name} IS NOT OLD.{name}' for name in KEPT)}) {_RAISE}",
)
# icon, Chinese name, English name
TOPICS = (
    ("laptop", "电脑与外设", "Computers and devices"),
    ("grid", "系统与办公软件", "Systems and office programs"),
    ("wifi", "网络与远程接入", "Network and remote access"),
    ("mail", "电子邮件", "E-mail"),
    ("print", "打印与会议设备", "Printing and meeting rooms"),
    ("board", "业务系统", "Business applications"),
    ("key", "账号与密码", "Accounts and passwords"),
    ("shield", "信息安全", "Information security"),
)


def freeze(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_UP)
        return
    for statement in SQLITE_UP:
        schema_editor.execute(statement)


def thaw(apps, schema_editor):
    """Triggers go with their tables."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION refuse_published_text() CASCADE")


def add_topics(apps, schema_editor):
    topics = apps.get_model("knowledge", "Topic").objects
    for position, (icon, name_zh, name_en) in enumerate(TOPICS, 1):
        topics.create(icon=icon, name_zh=name_zh, name_en=name_en, position=position)


def keep_topics(apps, schema_editor):
    """Going back removes the tables anyway."""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0007_former_people'),
        # Makes the function that refuses changes.
        ('tickets', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ('code', models.CharField(choices=[('created', 'created the article'), ('written', 'wrote on this version'), ('discarded', 'threw the draft away'), ('sent', 'sent it for review'), ('returned', 'sent it back'), ('published', 'published it'), ('imported', 'imported it from files, as published'), ('retired', 'retired the article'), ('restored', 'brought the article back'), ('reviewed', 'checked it: still right'), ('translation_checked', 'said that the translation still fits'), ('details', 'changed who may read it, or other details')], max_length=20)),
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
                ('place', models.CharField(choices=[('portal', 'Portal'), ('call', 'Call')], max_length=8, verbose_name='where')),
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
        migrations.RunPython(TOKENS.add_index, TOKENS.remove_index, elidable=False),
        migrations.RunPython(freeze, thaw, elidable=False),
        append_only("knowledge_articleevent"),
        migrations.RunPython(add_topics, keep_topics, elidable=False),
    ]
