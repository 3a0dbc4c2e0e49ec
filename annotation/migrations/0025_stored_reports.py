"""Stored reports: figures worked out at night or on request."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0024_simulations'),
    ]

    operations = [
        migrations.CreateModel(
            name='StoredReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(choices=[('agreement', 'how well people agree'), ('quality', 'how far the suggestions can be trusted'), ('label-errors', 'which labels to check again'), ('slices', 'coverage and quality by slice'), ('drift', 'what has drifted')], max_length=12)),
                ('status', models.CharField(choices=[('requested', 'waiting for a worker'), ('running', 'being worked out'), ('done', 'done'), ('failed', 'failed')], default='requested', max_length=9)),
                ('for_date', models.DateField(blank=True, help_text='the local date of the night that asked', null=True)),
                ('requested_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, help_text='by the worker that has it', null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('attempt', models.PositiveSmallIntegerField(default=0, help_text='fences a worker that was given up: it may no longer write')),
                ('progress', models.FloatField(default=0.0, help_text='share that is done, 0-1')),
                ('phase', models.CharField(blank=True, max_length=200)),
                ('body', models.JSONField(default=dict, help_text="the figures, as the question's page has them")),
                ('error', models.TextField(blank=True, help_text='why it failed, in words')),
                ('requested_by', models.ForeignKey(blank=True, help_text='none: the night, or a command', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(blank=True, help_text='the one that was active when it was worked out', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.modelversion')),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(models.F('question'), models.Case(models.When(status__in=('requested', 'running'), then=models.Value(1))), name='one_open_report_a_question'), models.UniqueConstraint(fields=('question', 'for_date'), name='one_nightly_report_a_date'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('status__in', ('requested', 'running'))), models.Q(models.Q(('status__in', ('requested', 'running')), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='a_report_that_is_over_has_ended'), models.CheckConstraint(condition=models.Q(('progress__gte', 0), ('progress__lte', 1)), name='progress_of_a_report_is_a_share')],
            },
        ),
    ]
