"""Guidelines and adjudications only grow, as annotations do."""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = importlib.import_module("annotation.migrations.0002_append_only")
TABLES = [
    "annotation_guidelinesversion",
    "annotation_adjudication",
    "annotation_ruling",
    "annotation_facetruling",
]


def create_triggers(apps, schema_editor):
    for sql in APPEND_ONLY.triggers(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(sql, params=None)


def drop_triggers(apps, schema_editor):
    for sql in APPEND_ONLY.triggers_to_drop(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0005_imports'),
    ]

    operations = [
        migrations.CreateModel(
            name='Adjudication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('both_may_stand', models.BooleanField(default=False, help_text='the difference is allowed, so nothing is decided for anybody')),
                ('note', models.CharField(blank=True, help_text='shown to the annotators', max_length=500)),
                ('adjudicated_at', models.DateTimeField(auto_now_add=True)),
                ('adjudicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjudications', to=settings.AUTH_USER_MODEL)),
                ('annotations', models.ManyToManyField(related_name='adjudications', to='annotation.annotation')),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjudications', to='annotation.grant')),
                ('supersedes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.adjudication')),
                ('taxonomy_release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjudications', to='annotation.taxonomyrelease')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='FacetRuling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.CharField(choices=[('labelled', 'Labelled'), ('none_fits', 'None Fits'), ('not_enough_text', 'Not Enough Text'), ('general_public', 'General Public')], max_length=15)),
                ('adjudication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='facet_rulings', to='annotation.adjudication')),
                ('facet', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='annotation.facet')),
            ],
        ),
        migrations.CreateModel(
            name='GuidelinesVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='1 for the first', unique=True)),
                ('text', models.TextField(help_text='Markdown without HTML')),
                ('note', models.CharField(blank=True, help_text='what has changed, in words', max_length=200)),
                ('written_at', models.DateTimeField(auto_now_add=True)),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='Ruling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_in', models.BooleanField()),
                ('adjudication', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rulings', to='annotation.adjudication')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='annotation.category')),
            ],
        ),
        migrations.AddConstraint(
            model_name='adjudication',
            constraint=models.UniqueConstraint(condition=models.Q(('supersedes', None)), fields=('grant',), name='one_chain_of_adjudications_a_grant'),
        ),
        migrations.AddConstraint(
            model_name='facetruling',
            constraint=models.UniqueConstraint(fields=('adjudication', 'facet'), name='one_ruling_a_facet'),
        ),
        migrations.AddConstraint(
            model_name='ruling',
            constraint=models.UniqueConstraint(fields=('adjudication', 'category'), name='one_ruling_a_category'),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
