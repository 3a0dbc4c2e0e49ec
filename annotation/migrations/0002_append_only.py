"""Annotations, outcomes, decisions and the audit log only grow: the database sees to it."""

from django.db import migrations

TABLES = [
    "annotation_annotation",
    "annotation_outcome",
    "annotation_decision",
    "annotation_auditevent",
]
PERMITTED = "EXISTS (SELECT 1 FROM annotation_erasurepermit)"


def create_triggers(apps, schema_editor):
    for sql in statements(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


def drop_triggers(apps, schema_editor):
    for sql in statements_to_drop(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


def statements(vendor: str) -> list[str]:
    """SQL that makes the tables append-only; deletes pass while a permit is held."""
    if vendor == "sqlite":
        return triggers(vendor, TABLES)
    function = f"""
        CREATE FUNCTION annotation_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND {PERMITTED} THEN RETURN OLD; END IF;
            RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END $$"""
    return [function, *triggers(vendor, TABLES)]


def triggers(vendor: str, tables: list[str]) -> list[str]:
    """SQL of the tables' triggers alone; later migrations add their own tables with it."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {table}_append_only_{deed} BEFORE {deed} ON {table} {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in tables
            for deed, condition in (("update", ""), ("delete", f"WHEN NOT {PERMITTED}"))
        ]
    return [
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION annotation_append_only()"
        for table in tables
    ]


def statements_to_drop(vendor: str) -> list[str]:
    dropped = triggers_to_drop(vendor, TABLES)
    if vendor == "sqlite":
        return dropped
    return [*dropped, "DROP FUNCTION IF EXISTS annotation_append_only()"]


def triggers_to_drop(vendor: str, tables: list[str]) -> list[str]:
    if vendor == "sqlite":
        return [
            f"DROP TRIGGER IF EXISTS {table}_append_only_{deed}"
            for table in tables
            for deed in ("update", "delete")
        ]
    return [f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}" for table in tables]


class Migration(migrations.Migration):
    dependencies = [("annotation", "0001_initial")]
    operations = [migrations.RunPython(create_triggers, drop_triggers)]
