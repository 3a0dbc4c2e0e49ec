"""Comparisons of the ways to train: requests, and a row for each way."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0035_sagemaker'),
    ]

    operations = [
        migrations.CreateModel(
            name='BackendComparison',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('requested', 'waiting for a worker'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('stopped', 'stopped')], default='requested', max_length=9)),
                ('requested_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, help_text='by the first worker', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('texts_a_month', models.PositiveIntegerField(help_text='that the costs are reckoned for')),
                ('trainings_a_month', models.PositiveIntegerField()),
                ('price_an_hour', models.FloatField(blank=True, help_text='of one processor, in any currency; none: hours alone', null=True)),
                ('held_out', models.CharField(blank=True, choices=[('audit', 'the audit stream'), ('folds', 'the labelled grants, fold after fold')], help_text='what is measured on; empty until the first worker has looked', max_length=5)),
                ('n_train', models.PositiveIntegerField(default=0, help_text='labelled grants it learns from')),
                ('n_measured', models.PositiveIntegerField(default=0, help_text='grants it is measured on')),
                ('n_categories', models.PositiveIntegerField(default=0)),
                ('n_labelled', models.PositiveIntegerField(default=0, help_text='labelled grants there were, of pool and audit stream')),
                ('snapshot_sha256', models.CharField(blank=True, help_text='of texts, answers and categories it runs on', max_length=64)),
                ('material', models.BinaryField(help_text='keys and answers of those grants, as the first worker found them, until it ends', null=True)),
                ('basis', models.JSONField(default=dict, help_text='what decides the figures, but the grants')),
                ('results', models.JSONField(default=dict, help_text='recommendation and costs a month, of what is measured so far')),
                ('error', models.TextField(blank=True, help_text='why it ended early, in words')),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('taxonomy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backend_comparisons', to='annotation.taxonomy')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='MeasuredBackend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='of the backend', max_length=60)),
                ('position', models.PositiveSmallIntegerField(help_text='the first is measured first')),
                ('effort', models.PositiveSmallIntegerField(default=1, help_text='how long it takes beside the others, about')),
                ('status', models.CharField(choices=[('waiting', 'waiting'), ('measuring', 'being measured'), ('done', 'measured'), ('failed', 'failed')], default='waiting', max_length=9)),
                ('attempt', models.PositiveIntegerField(default=0, help_text='fences a worker that was given up: it may no longer write')),
                ('taken_at', models.DateTimeField(blank=True, help_text='by the last worker', null=True)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('seconds', models.FloatField(default=0.0, help_text='of its whole measuring, on the clock')),
                ('row', models.JSONField(default=dict, help_text='figures with intervals, costs, near misses, what it is')),
                ('categories', models.JSONField(default=list, help_text='figures of each category')),
                ('replicates', models.JSONField(default=dict, help_text='deciding figures on resampled grants')),
                ('error', models.TextField(blank=True, help_text='why it could not be measured, in words')),
                ('comparison', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backends', to='annotation.backendcomparison')),
            ],
            options={
                'ordering': ['comparison', 'position'],
            },
        ),
        migrations.AddConstraint(
            model_name='backendcomparison',
            constraint=models.UniqueConstraint(models.Case(models.When(status__in=('requested', 'running'), then=models.Value(1))), name='one_backend_comparison_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='backendcomparison',
            constraint=models.CheckConstraint(condition=models.Q(('price_an_hour', None), ('price_an_hour__gte', 0), _connector='OR'), name='a_processor_costs_nothing_or_more'),
        ),
        migrations.AddConstraint(
            model_name='backendcomparison',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status__in', ('requested', 'running'))), models.Q(models.Q(('status__in', ('requested', 'running')), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_backend_comparison_that_is_over_has_ended'),
        ),
        migrations.AddConstraint(
            model_name='measuredbackend',
            constraint=models.UniqueConstraint(fields=('comparison', 'name'), name='a_comparison_measures_a_backend_once'),
        ),
        migrations.AddConstraint(
            model_name='measuredbackend',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'measuring'), _negated=True), models.Q(('heartbeat_at__isnull', False), ('taken_at__isnull', False)), _connector='OR'), name='a_backend_that_is_measured_has_a_heartbeat'),
        ),
    ]
