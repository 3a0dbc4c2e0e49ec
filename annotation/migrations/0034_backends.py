"""Kinds of model by name: of a version, and of the nightly trainings; versions trained elsewhere.

A refresh is of its parent's kind. The trigger that watches over its parent (0023) watches over that,
too; SQLite loses it when the table is made anew for the column, so it is made again.
"""

import importlib

from django.db import migrations, models

refreshes = importlib.import_module("annotation.migrations.0023_refreshes")
BROKEN = refreshes.BROKEN.replace(
    "parent.kind = 'trained'", "parent.kind = 'trained' AND parent.backend = NEW.backend"
)
WORDS = refreshes.WORDS.replace("or is of another taxonomy", "or is of another taxonomy or backend")
COLUMNS = "parent_id, kind, taxonomy_id"


def create_triggers(apps, schema_editor):
    for sql in refreshes.statements(schema_editor.connection.vendor):
        sql = sql.replace(refreshes.BROKEN, BROKEN).replace(refreshes.WORDS, WORDS)
        schema_editor.execute(sql.replace(COLUMNS, f"{COLUMNS}, backend"), params=None)


def retire_foreign(apps, schema_editor):
    """On the way back: an earlier release would read every file as one of its own recipe.

    Where one of them is active, the word matcher takes over, as after a file that is refused.
    """
    versions = apps.get_model("annotation", "ModelVersion").objects
    others = versions.exclude(backend="production") | versions.filter(kind="foreign")
    served = list(others.filter(status="active").values_list("taxonomy_id", flat=True))
    others.update(kind="trained", status="retired", error="Of a later release.", artifact_sha256="")
    versions.filter(kind="lexical", taxonomy__in=served).update(status="active")


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0033_data_licence'),
    ]

    operations = [
        migrations.RunPython(refreshes.drop_triggers, refreshes.create_triggers),
        migrations.AddField(
            model_name='modelversion',
            name='backend',
            field=models.CharField(default='production', help_text='kind of model, by name (classifier.backends.options)', max_length=40),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='says_why',
            field=models.BooleanField(default=True, help_text='whether it can tell which words spoke for a category'),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='kind',
            field=models.CharField(choices=[('lexical', 'Lexical'), ('trained', 'Trained'), ('foreign', 'Foreign'), ('refresh', 'Refresh')], default='trained', max_length=7),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(('backend', ''), _negated=True), name='a_model_version_has_a_backend'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='backend',
            field=models.CharField(default='production', help_text='What every night trains. Before the first label it is always the site’s own recipe: the others learn from labels alone.', max_length=40, verbose_name='Kind of model'),
        ),
        migrations.RunPython(migrations.RunPython.noop, retire_foreign),
        migrations.RunPython(create_triggers, refreshes.drop_triggers),
    ]
