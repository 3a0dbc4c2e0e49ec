"""Notices to administrators, and categories that are never ticked beforehand."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0029_required_annotations'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='is_sensitive',
            field=models.BooleanField(db_default=False, default=False, help_text='it and all below it are never ticked beforehand: a person decides'),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('training', 'Training'), ('night', 'Nightly training'), ('drift', 'Drift'), ('thin', 'Thin categories'), ('disk', 'Disk')], max_length=8)),
                ('cause', models.CharField(help_text='tells one cause of a kind from another', max_length=200)),
                ('words', models.TextField(help_text='what is so, with the figures')),
                ('what_to_do', models.TextField()),
                ('details', models.JSONField(default=dict, help_text='ids and codes that it is about')),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('closed_at', models.DateTimeField(blank=True, help_text='when its cause had ended', null=True)),
                ('dismissed_at', models.DateTimeField(blank=True, null=True)),
                ('mailed_at', models.DateTimeField(blank=True, null=True)),
                ('mail_attempts', models.PositiveSmallIntegerField(default=0)),
                ('mail_due_at', models.DateTimeField(default=django.utils.timezone.now, help_text='of the next attempt to send it')),
                ('mail_error', models.CharField(blank=True, help_text='kind of the last failure', max_length=60)),
                ('dismissed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
                'indexes': [models.Index(condition=models.Q(('closed_at', None), ('dismissed_at', None)), fields=['id'], name='notices_that_are_open')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('kind', 'cause'), name='one_standing_notice_a_cause'), models.CheckConstraint(condition=models.Q(('kind__in', ['training', 'night', 'drift', 'thin', 'disk'])), name='the_kind_of_a_notice_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('words', ''), _negated=True), models.Q(('what_to_do', ''), _negated=True)), name='a_notice_says_what_to_do'), models.CheckConstraint(condition=models.Q(models.Q(('dismissed_at', None), ('dismissed_by', None)), models.Q(('dismissed_at__isnull', False), ('dismissed_by__isnull', False)), _connector='OR'), name='a_dismissed_notice_names_who_did_it'), models.CheckConstraint(condition=models.Q(('mail_attempts__lte', 8)), name='a_notice_is_mailed_so_often')],
            },
        ),
    ]
