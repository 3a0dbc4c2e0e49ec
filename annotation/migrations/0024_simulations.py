"""Simulations on the site's own labels: requests, and a row for each curve."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0023_refreshes'),
    ]

    operations = [
        migrations.CreateModel(
            name='SimulationRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('requested', 'waiting for a worker'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('stopped', 'stopped')], default='requested', max_length=9)),
                ('requested_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, help_text='by the first worker', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('strategies', models.JSONField(help_text='names of mixes, random first')),
                ('n_seeds', models.PositiveSmallIntegerField(help_text='runs of each strategy')),
                ('start', models.PositiveIntegerField(help_text='grants labelled first, by lot')),
                ('batch', models.PositiveIntegerField(help_text='grants labelled between two fits')),
                ('budget', models.PositiveIntegerField(help_text='grants labelled at the end')),
                ('n_grants', models.PositiveIntegerField(help_text='labelled grants it plays on')),
                ('n_categories', models.PositiveIntegerField()),
                ('material', models.BinaryField(help_text='keys and answers of those grants, as the first worker found them, until it ends', null=True)),
                ('results', models.JSONField(default=dict, help_text='savings against random, so far')),
                ('error', models.TextField(blank=True, help_text='why it failed, in words')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('taxonomy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='simulations', to='annotation.taxonomy')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='SimulatedCurve',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('strategy', models.CharField(help_text='name of a mix', max_length=60)),
                ('seed', models.PositiveSmallIntegerField(help_text='0 for the first run of each strategy')),
                ('position', models.PositiveSmallIntegerField(help_text='the first is played first')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('playing', 'Playing'), ('done', 'Done')], default='waiting', max_length=7)),
                ('attempt', models.PositiveIntegerField(default=0, help_text='fences a worker that was given up: it may no longer write')),
                ('stalls', models.PositiveSmallIntegerField(default=0, help_text='workers that died one after the other since its last point')),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('seconds', models.FloatField(default=0.0, help_text='of work on the points there are')),
                ('points', models.JSONField(default=list, help_text='figures after the start and each batch')),
                ('n_points', models.PositiveSmallIntegerField(default=0, help_text='how many points there are')),
                ('chosen', models.JSONField(default=list, help_text='rows of the pool, as they were labelled')),
                ('simulation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='curves', to='annotation.simulationrun')),
            ],
            options={
                'ordering': ['simulation', 'position'],
            },
        ),
        migrations.AddConstraint(
            model_name='simulationrun',
            constraint=models.UniqueConstraint(models.Case(models.When(status__in=('requested', 'running'), then=models.Value(1))), name='one_simulation_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='simulationrun',
            constraint=models.CheckConstraint(condition=models.Q(('start__gte', 1), ('batch__gte', 1), ('budget__gte', models.F('start'))), name='a_simulation_labels_grants'),
        ),
        migrations.AddConstraint(
            model_name='simulationrun',
            constraint=models.CheckConstraint(condition=models.Q(('n_seeds__gte', 1), ('n_seeds__lte', 20)), name='a_simulation_has_some_runs_of_each'),
        ),
        migrations.AddConstraint(
            model_name='simulationrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status__in', ('requested', 'running'))), models.Q(models.Q(('status__in', ('requested', 'running')), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_simulation_that_is_over_has_ended'),
        ),
        migrations.AddConstraint(
            model_name='simulatedcurve',
            constraint=models.UniqueConstraint(fields=('simulation', 'strategy', 'seed'), name='one_curve_a_strategy_and_seed'),
        ),
        migrations.AddConstraint(
            model_name='simulatedcurve',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'playing'), _negated=True), ('heartbeat_at__isnull', False), _connector='OR'), name='a_curve_that_is_played_has_a_heartbeat'),
        ),
    ]
