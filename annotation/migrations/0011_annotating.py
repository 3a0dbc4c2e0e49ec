"""Revisions of blind annotations, what was revealed, notes on grants, keys of one's own."""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def restore_triggers(apps, schema_editor):
    """SQLite makes a table anew for a constraint, and the append-only triggers go with the old."""
    if schema_editor.connection.vendor != "sqlite":
        return
    append_only = import_module("annotation.migrations.0002_append_only")
    append_only.drop_triggers(apps, schema_editor)
    append_only.create_triggers(apps, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0009_tour_seen'),
    ]

    operations = [
        # Backwards this is the last step, behind all that makes the tables anew.
        migrations.RunPython(migrations.RunPython.noop, restore_triggers),
        migrations.CreateModel(
            name='KeyChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deed', models.CharField(max_length=20)),
                ('key', models.CharField(max_length=1)),
            ],
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('flag', 'Flag'), ('comment', 'Comment')], max_length=7)),
                ('text', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Reveal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shown', models.JSONField(help_text='the suggestions as they were shown, none of them ticked')),
                ('revealed_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='annotation',
            name='one_chain_of_annotations_per_annotator',
        ),
        migrations.AddField(
            model_name='annotation',
            name='revises',
            field=models.ForeignKey(blank=True, help_text='the blind annotation that its maker changed after they saw the suggestions', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='annotation.annotation'),
        ),
        migrations.AlterField(
            model_name='skip',
            name='reason',
            field=models.CharField(choices=[('unknown_field', 'I do not know this field'), ('other_language', 'The text is in another language'), ('distressing', 'It holds private or distressing details'), ('not_a_grant', 'It is not a grant (acquittal, test, duplicate)'), ('knows_applicant', 'I know the applicant'), ('other', 'Something else'), ('parked', 'Parked for later')], max_length=15),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.UniqueConstraint(condition=models.Q(('revises', None), ('supersedes', None)), fields=('grant', 'annotator'), name='one_chain_of_annotations_per_annotator'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.UniqueConstraint(condition=models.Q(('revises__isnull', False), ('supersedes', None)), fields=('revises',), name='one_chain_of_revisions'),
        ),
        migrations.AddConstraint(
            model_name='annotation',
            constraint=models.CheckConstraint(condition=models.Q(('revises', None), ('is_blind', False), _connector='OR'), name='a_revision_saw_suggestions'),
        ),
        migrations.AddField(
            model_name='keychoice',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='key_choices', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='note',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='annotation.grant'),
        ),
        migrations.AddField(
            model_name='reveal',
            name='annotation',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reveal', to='annotation.annotation'),
        ),
        migrations.AddField(
            model_name='reveal',
            name='model_version',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.modelversion'),
        ),
        migrations.AddConstraint(
            model_name='keychoice',
            constraint=models.UniqueConstraint(fields=('user', 'deed'), name='one_key_a_deed'),
        ),
        migrations.AddConstraint(
            model_name='keychoice',
            constraint=models.UniqueConstraint(fields=('user', 'key'), name='one_deed_a_key'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'flag')), fields=('grant', 'author'), name='one_flag_per_person'),
        ),
        migrations.AddConstraint(
            model_name='note',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'flag'), models.Q(('text', ''), _negated=True), _connector='OR'), name='a_comment_has_text'),
        ),
        migrations.RunPython(restore_triggers, migrations.RunPython.noop),
    ]
