"""Of each grant the first and the last instant at which anything that stands for it was given."""

import django.utils.timezone
from django.db import migrations, models


def ask_for_a_count(apps, schema_editor):
    """It fills what was counted before; until then such grants are looked at one by one."""
    if not apps.get_model("annotation", "GrantRollup").objects.filter(is_labelled=True).exists():
        return
    today = django.utils.timezone.localdate()
    nights = apps.get_model("annotation", "CoverageNight").objects
    night, _ = nights.get_or_create(for_date=today)
    nights.filter(pk=night.pk).update(n_asked=models.F("n_asked") + 1)


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0040_training_set_form'),
    ]

    operations = [
        migrations.AddField(
            model_name='grantrollup',
            name='given_first_at',
            field=models.DateTimeField(blank=True, help_text='when the first of all that stands for it was given; empty: nothing does, or nobody has counted it since this is kept', null=True),
        ),
        migrations.AddField(
            model_name='grantrollup',
            name='given_last_at',
            field=models.DateTimeField(blank=True, help_text='when the last of it was given', null=True),
        ),
        migrations.AddIndex(
            model_name='grantrollup',
            index=models.Index(condition=models.Q(('is_labelled', True)), fields=['given_first_at', 'given_last_at'], name='labelled_grants_by_day'),
        ),
        migrations.AddConstraint(
            model_name='grantrollup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('given_first_at', None), ('given_last_at', None)), models.Q(('given_first_at__isnull', False), ('given_first_at__lte', models.F('given_last_at')), ('given_last_at__isnull', False)), _connector='OR'), name='what_stands_was_given_from_a_first_to_a_last'),
        ),
        migrations.RunPython(ask_for_a_count, migrations.RunPython.noop),
    ]
