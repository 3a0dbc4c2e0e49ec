"""Figures of categories kept beside what they are counted from; a site with grants counts at once."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def ask_for_a_count(apps, schema_editor):
    """The first tick counts what is here already; until then the page says so."""
    if apps.get_model("annotation", "Grant").objects.exists():
        today = django.utils.timezone.localdate()
        apps.get_model("annotation", "CoverageNight").objects.create(for_date=today, n_asked=1)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0025_stored_reports'),
    ]

    operations = [
        migrations.CreateModel(
            name='CoverageNight',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('for_date', models.DateField(help_text='local date of the site', unique=True)),
                ('requested_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('counted_at', models.DateTimeField(blank=True, help_text='empty: it is still due', null=True)),
                ('n_asked', models.PositiveIntegerField(default=0, help_text='times that something has changed which only a whole count follows')),
                ('n_answered', models.PositiveIntegerField(default=0, help_text='those of them that the last count began after')),
                ('n_drifted', models.PositiveIntegerField(default=0, help_text='rows of rollups that were wrong though nothing had asked for a count')),
                ('n_labelled', models.PositiveIntegerField(default=0, help_text='grants with any category')),
                ('bands', models.JSONField(default=dict, help_text='facet -> [categories in each of the five bands], categories in use')),
                ('examples', models.JSONField(default=dict, help_text='facet -> [examples of the categories in each of the five bands]')),
            ],
            options={
                'ordering': ['for_date'],
                'constraints': [models.CheckConstraint(condition=models.Q(('n_answered__lte', models.F('n_asked'))), name='a_count_answers_what_was_asked')],
            },
        ),
        migrations.CreateModel(
            name='CategoryRollup',
            fields=[
                ('category', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rollup', serialize=False, to='annotation.category')),
                ('examples', models.IntegerField(default=0, help_text='grants it stands for')),
                ('of_pool', models.IntegerField(default=0, help_text='those of them outside the audit stream')),
                ('with_below', models.IntegerField(default=0, help_text='grants that it or anything below it stands for')),
                ('pending', models.IntegerField(default=0, help_text='waiting grants it is ticked for')),
                ('accepted', models.IntegerField(default=0, help_text='verdicts of standing annotations whose makers saw suggestions')),
                ('rejected', models.IntegerField(default=0, help_text='as accepted')),
                ('added', models.IntegerField(default=0, help_text='as accepted')),
                ('left', models.IntegerField(default=0, help_text='as accepted')),
                ('reviewed_at', models.DateTimeField(blank=True, help_text='newest verdict of anybody on it, in whatever way, taken back since or not', null=True)),
                ('audit_right', models.PositiveIntegerField(default=0, help_text='audit grants decided blind to which it belongs; of the last night')),
                ('audit_ticked', models.PositiveIntegerField(default=0, help_text='those that the model ticks it for; of the last night')),
                ('audit_hits', models.PositiveIntegerField(default=0, help_text='those of both; of the last night')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('audit_hits__lte', models.F('audit_right')), ('audit_hits__lte', models.F('audit_ticked'))), name='audit_hits_are_right_and_ticked')],
            },
        ),
        migrations.CreateModel(
            name='GrantRollup',
            fields=[
                ('grant', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='rollup', serialize=False, to='annotation.grant')),
                ('examples', models.JSONField(default=list, help_text='sorted keys of the categories that stand for it')),
                ('pending', models.JSONField(default=list, help_text='sorted keys of those offered and ticked while it waits')),
                ('is_labelled', models.BooleanField(default=False, help_text='some category stands for it')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('is_labelled', True)), fields=['grant'], name='grants_that_are_labelled')],
            },
        ),
        migrations.RunPython(ask_for_a_count, migrations.RunPython.noop),
    ]
