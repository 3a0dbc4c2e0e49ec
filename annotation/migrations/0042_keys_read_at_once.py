"""The categories in a grant's rollup as keys of four bytes, and all that stands above them."""

from django.db import migrations, models

import annotation.models.keys_field

ROWS = 1_000  # of a statement


def keep_as_keys(apps, schema_editor):
    """With what stands above as it is now: whoever counts a grant next adds what differs."""
    over = dict(apps.get_model("annotation", "Category").objects.values_list("pk", "broader_id"))

    def fill(row):
        row.examples, row.pending = row.listed_examples, row.listed_pending
        named = {pk for category in row.examples for pk in _line(category, over)}
        row.above = sorted(named.difference(row.examples))

    _rewrite(apps, fill, ["examples", "above", "pending"])


def keep_as_lists(apps, schema_editor):
    def fill(row):
        row.listed_examples, row.listed_pending = row.examples, row.pending

    _rewrite(apps, fill, ["listed_examples", "listed_pending"])


def _rewrite(apps, fill, fields):
    rows, last = apps.get_model("annotation", "GrantRollup").objects.order_by("pk"), 0
    while some := list(rows.filter(pk__gt=last)[:ROWS]):
        for row in some:
            fill(row)
        rows.bulk_create(some, update_conflicts=True, unique_fields=["grant"], update_fields=fields)
        last = some[-1].pk


def _line(category, over):
    while category is not None:
        yield category
        category = over.get(category)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0041_when_examples_were_given'),
    ]

    operations = [
        migrations.RenameField('grantrollup', 'examples', 'listed_examples'),
        migrations.RenameField('grantrollup', 'pending', 'listed_pending'),
        migrations.AddField(
            model_name='grantrollup',
            name='examples',
            field=annotation.models.keys_field.KeysField(default=list, help_text='sorted keys of the categories that stand for it'),
        ),
        migrations.AddField(
            model_name='grantrollup',
            name='above',
            field=annotation.models.keys_field.KeysField(default=list, help_text='sorted keys of all above these that do not stand for it themselves'),
        ),
        migrations.AddField(
            model_name='grantrollup',
            name='pending',
            field=annotation.models.keys_field.KeysField(default=list, help_text='sorted keys of those offered and ticked while it waits'),
        ),
        migrations.RunPython(keep_as_keys, keep_as_lists),
        migrations.RemoveField('grantrollup', 'listed_examples'),
        migrations.RemoveField('grantrollup', 'listed_pending'),
        migrations.AddIndex(
            model_name='grant',
            index=models.Index(condition=models.Q(('stream', 'audit')), fields=['id'], name='grants_of_the_audit_stream'),
        ),
    ]
