"""Guidelines, adjudications and what sprints decide only grow, as annotations do."""

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
    "annotation_sprintdecision",
]


def create_triggers(apps, schema_editor):
    for sql in APPEND_ONLY.triggers(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(sql, params=None)


def drop_triggers(apps, schema_editor):
    for sql in APPEND_ONLY.triggers_to_drop(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0011_annotating'),
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
        migrations.CreateModel(
            name='Sprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('requested', 'waiting for its grants'), ('filling', 'looking for grants'), ('ready', 'ready'), ('ended', 'ended'), ('failed', 'failed')], default='requested', max_length=9)),
                ('n_wanted', models.PositiveSmallIntegerField(default=40, help_text='grants to ask about')),
                ('attempt', models.PositiveSmallIntegerField(default=0, help_text='fences a worker that was given up: it may no longer write')),
                ('progress', models.FloatField(default=0.0, help_text='share of the pool read, 0 to 1')),
                ('requested_at', models.DateTimeField(auto_now_add=True)),
                ('taken_at', models.DateTimeField(blank=True, help_text='by the present attempt', null=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.TextField(blank=True, help_text='why it failed, in words')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sprints', to='annotation.category')),
                ('model_version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.modelversion')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sprints', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='SprintGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(help_text='1 for the first that is asked about')),
                ('source', models.CharField(choices=[('model', 'likely, as the model sees it'), ('words', 'shares words with the category'), ('random', 'drawn at random')], max_length=6)),
                ('score', models.FloatField(help_text='probability of the model version, 0 to 1')),
                ('evidence', models.JSONField(default=list, help_text='words that speak for the category')),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sprint_grants', to='annotation.grant')),
                ('sprint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='annotation.sprint')),
            ],
            options={
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='SprintDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('yes', 'Yes'), ('no', 'No'), ('unsure', 'Unsure')], max_length=6)),
                ('is_withdrawal', models.BooleanField(default=False)),
                ('content_sha256', models.CharField(help_text='of the grant that was read', max_length=64)),
                ('seconds', models.PositiveIntegerField(default=0, help_text='active time, idle left out')),
                ('decided_at', models.DateTimeField(auto_now_add=True)),
                ('annotator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sprint_decisions', to=settings.AUTH_USER_MODEL)),
                ('supersedes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.sprintdecision')),
                ('sprint_grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='annotation.sprintgrant')),
            ],
            options={
                'ordering': ['pk'],
            },
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
        migrations.AddConstraint(
            model_name='sprint',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['requested', 'filling', 'ready'])), fields=('category',), name='one_open_sprint_a_category'),
        ),
        migrations.AddConstraint(
            model_name='sprintgrant',
            constraint=models.UniqueConstraint(fields=('sprint', 'grant'), name='a_sprint_asks_once'),
        ),
        migrations.AddConstraint(
            model_name='sprintgrant',
            constraint=models.UniqueConstraint(fields=('sprint', 'position'), name='one_grant_a_position'),
        ),
        migrations.AddIndex(
            model_name='sprintdecision',
            index=models.Index(fields=['annotator', '-id'], name='newest_sprint_decision'),
        ),
        migrations.AddConstraint(
            model_name='sprintdecision',
            constraint=models.UniqueConstraint(condition=models.Q(('supersedes', None)), fields=('sprint_grant', 'annotator'), name='one_chain_of_sprint_decisions_per_annotator'),
        ),
        migrations.AddConstraint(
            model_name='sprintdecision',
            constraint=models.CheckConstraint(condition=models.Q(('is_withdrawal', False), ('supersedes__isnull', False), _connector='OR'), name='a_sprint_withdrawal_supersedes'),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
