"""What the database itself sees to for articles, and the topics that a new installation starts with.

A text of a version that was ever published doesn't change or go any more, nor does that version but for its state; events
are append-only. The search index is the one of every kind (helpdesk/common/search_table.py).
"""

from django.db import migrations

from helpdesk.common.append_only import append_only
from knowledge.search import TOKENS

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


class Migration(migrations.Migration):
    # A database made before has it already.
    replaces = [("knowledge", "0002_withdrawn_files")]
    dependencies = [("knowledge", "0001_tables")]
    operations = [
        migrations.RunPython(TOKENS.add_index, TOKENS.remove_index, elidable=False),
        append_only("knowledge_articleevent"),
        migrations.RunPython(freeze, thaw, elidable=False),
        migrations.RunPython(add_topics, migrations.RunPython.noop, elidable=False),
    ]
