"""The database itself refuses to change or delete an entry of the audit trail, whoever asks."""

from django.db import migrations

REFUSAL = "the audit trail is append-only"
POSTGRESQL = (
    f"""
    CREATE FUNCTION accounts_auditentry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER accounts_auditentry_keep BEFORE UPDATE OR DELETE ON accounts_auditentry
    FOR EACH ROW EXECUTE FUNCTION accounts_auditentry_refuse()
    """,
    """
    CREATE TRIGGER accounts_auditentry_keep_all BEFORE TRUNCATE ON accounts_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION accounts_auditentry_refuse()
    """,
)
SQLITE = tuple(
    f"""
    CREATE TRIGGER accounts_auditentry_keep_{event.lower()} BEFORE {event} ON accounts_auditentry
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """
    for event in ("UPDATE", "DELETE")
)
UNDO = {
    "postgresql": (
        "DROP TRIGGER accounts_auditentry_keep_all ON accounts_auditentry",
        "DROP TRIGGER accounts_auditentry_keep ON accounts_auditentry",
        "DROP FUNCTION accounts_auditentry_refuse()",
    ),
    "sqlite": (
        "DROP TRIGGER accounts_auditentry_keep_update",
        "DROP TRIGGER accounts_auditentry_keep_delete",
    ),
}
DO = {"postgresql": POSTGRESQL, "sqlite": SQLITE}


def keep(apps, schema_editor):
    for statement in DO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def let_go(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit_entry")]

    operations = [migrations.RunPython(keep, let_go)]
