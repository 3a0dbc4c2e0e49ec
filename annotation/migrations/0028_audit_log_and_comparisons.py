"""Indexes of the audit log; reports on two versions; categories that are watched."""

from django.db import migrations, models


def delete_comparisons(apps, schema_editor):
    """Before there were subjects, only one report on a question could be open."""
    apps.get_model("annotation", "StoredReport").objects.filter(question="comparison").delete()
    if schema_editor.connection.vendor == "postgresql":
        # The delete leaves checks of foreign keys for the end of the transaction, and PostgreSQL
        # alters no table while one is pending.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0027_label_checks'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='storedreport',
            name='one_open_report_a_question',
        ),
        migrations.AddField(
            model_name='category',
            name='is_watched',
            field=models.BooleanField(default=False, help_text='no version becomes active that finds it worse than the one before, by more than chance'),
        ),
        migrations.AddField(
            model_name='storedreport',
            name='subject',
            field=models.CharField(blank=True, help_text='of a comparison: the keys of the two versions, as 12-14; else empty', max_length=40),
        ),
        migrations.AlterField(
            model_name='storedreport',
            name='question',
            field=models.CharField(choices=[('agreement', 'how well people agree'), ('quality', 'how far the suggestions can be trusted'), ('label-errors', 'which labels to check again'), ('slices', 'coverage and quality by slice'), ('drift', 'what has drifted'), ('comparison', 'what has changed between two versions')], max_length=12),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['happened_at', 'id'], name='audit_by_time'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['actor', 'happened_at', 'id'], name='audit_by_person'),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['action', 'happened_at', 'id'], name='audit_by_deed'),
        ),
        migrations.AddConstraint(
            model_name='storedreport',
            constraint=models.UniqueConstraint(models.F('question'), models.F('subject'), models.Case(models.When(status__in=('requested', 'running'), then=models.Value(1))), name='one_open_report_a_question'),
        ),
        migrations.AddConstraint(
            model_name='storedreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('question', 'comparison'), models.Q(('subject', ''), _negated=True)), models.Q(models.Q(('question', 'comparison'), _negated=True), ('subject', '')), _connector='OR'), name='only_a_comparison_has_a_subject'),
        ),
        migrations.RunPython(migrations.RunPython.noop, delete_comparisons),
    ]
