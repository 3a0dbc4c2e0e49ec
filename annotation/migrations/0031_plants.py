"""Plants: wrong suggestions on settled grants; what people reply to them only grows."""

import importlib
import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

APPEND_ONLY = importlib.import_module("annotation.migrations.0002_append_only")
TABLES = ["annotation_plantreply"]


def create_triggers(apps, schema_editor):
    for sql in APPEND_ONLY.triggers(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(sql, params=None)


def drop_triggers(apps, schema_editor):
    for sql in APPEND_ONLY.triggers_to_drop(schema_editor.connection.vendor, TABLES):
        schema_editor.execute(sql, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0030_notices_and_sensitive_categories'),
    ]

    operations = [
        migrations.CreateModel(
            name='Plant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shown', models.JSONField(help_text='the suggestions as they are shown, the wrong one ticked')),
                ('content_sha256', models.CharField(help_text='of the grant that is shown', max_length=64)),
                ('claim', models.UUIDField(default=uuid.uuid4, help_text='token, as of a claim', unique=True)),
                ('claimed_until', models.DateTimeField()),
                ('handed_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='PlantReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('answered', 'Answered'), ('skipped', 'Skipped'), ('withdrawn', 'Withdrawn')], max_length=9)),
                ('verdict', models.CharField(blank=True, help_text='on the planted category; of an answer only', max_length=8)),
                ('reason', models.CharField(blank=True, choices=[('unknown_field', 'I do not know this field'), ('other_language', 'The text is in another language'), ('distressing', 'It holds private or distressing details'), ('not_a_grant', 'It is not a grant (acquittal, test, duplicate)'), ('knows_applicant', 'I know the applicant'), ('other', 'Something else'), ('parked', 'Parked for later')], help_text='of a skip only', max_length=15)),
                ('answers', models.JSONField(default=dict, help_text='by facet code, as they were given')),
                ('is_measured', models.BooleanField(default=False, help_text='answered while plants were on and the planted category was offered and wrong')),
                ('seconds', models.PositiveIntegerField(default=0, help_text='active time, idle left out')),
                ('idempotency_key', models.CharField(max_length=100)),
                ('body_sha256', models.CharField(help_text='of the answer, to tell a replay', max_length=64)),
                ('replied_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='plant_share',
            field=models.FloatField(default=0.0, help_text='At most this share of what a person is handed are grants that were adjudicated, shown with one wrong suggestion ticked, to see how often wrong ones are accepted. The guidelines tell everybody while it is on. Such answers are never labels. 0: none.', verbose_name='Planted wrong suggestions'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('plant_share__gte', 0.0), ('plant_share__lte', 0.01)), name='plant_share_is_within_limits'),
        ),
        migrations.AddField(
            model_name='plant',
            name='adjudication',
            field=models.ForeignKey(help_text='by which the planted category is wrong', on_delete=django.db.models.deletion.PROTECT, related_name='plants', to='annotation.adjudication'),
        ),
        migrations.AddField(
            model_name='plant',
            name='annotator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plants', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plant',
            name='category',
            field=models.ForeignKey(help_text='the wrong one', on_delete=django.db.models.deletion.PROTECT, related_name='plants', to='annotation.category'),
        ),
        migrations.AddField(
            model_name='plant',
            name='grant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plants', to='annotation.grant'),
        ),
        migrations.AddField(
            model_name='plantreply',
            name='plant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='annotation.plant'),
        ),
        migrations.AddField(
            model_name='plantreply',
            name='supersedes',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.plantreply'),
        ),
        migrations.AddConstraint(
            model_name='plant',
            constraint=models.UniqueConstraint(fields=('annotator', 'grant'), name='one_plant_a_person_and_grant'),
        ),
        migrations.AddConstraint(
            model_name='plantreply',
            constraint=models.UniqueConstraint(condition=models.Q(('supersedes', None)), fields=('plant',), name='one_chain_of_replies_a_plant'),
        ),
        migrations.AddConstraint(
            model_name='plantreply',
            constraint=models.UniqueConstraint(fields=('plant', 'idempotency_key'), name='one_reply_per_key_of_a_plant'),
        ),
        migrations.AddConstraint(
            model_name='plantreply',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'answered'), ('reason', ''), ('verdict__in', ['accepted', 'rejected', 'left'])), models.Q(('kind', 'skipped'), ('reason__in', ['unknown_field', 'other_language', 'distressing', 'not_a_grant', 'knows_applicant', 'other', 'parked']), ('verdict', '')), models.Q(('kind', 'withdrawn'), ('reason', ''), ('supersedes__isnull', False), ('verdict', '')), _connector='OR'), name='a_reply_answers_skips_or_withdraws'),
        ),
        migrations.AddConstraint(
            model_name='plantreply',
            constraint=models.CheckConstraint(condition=models.Q(('is_measured', False), ('kind', 'answered'), _connector='OR'), name='only_answers_are_measured'),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
