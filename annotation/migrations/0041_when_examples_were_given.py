"""When what stands for a grant was given, first and last; what waits outside the audit stream."""

from zoneinfo import ZoneInfo

import django.utils.timezone
from django.db import migrations, models
from django.db.models import F, Q


def ask_for_a_count(apps, schema_editor):
    """It fills what was counted before; until then such grants are looked at one by one.

    And of what waits the audit stream is taken for none, so that nothing seems not to be waited
    for.
    """
    of_categories = apps.get_model("annotation", "CategoryRollup").objects.exclude(pending=0)
    of_grants = apps.get_model("annotation", "GrantRollup").objects.filter(is_labelled=True)
    n_waiting = of_categories.update(pending_of_pool=F("pending"))
    if not n_waiting and not of_grants.exists():
        return
    nights = apps.get_model("annotation", "CoverageNight").objects
    # As CoverageNight.objects.due() has it: two counts after each other would find nothing more.
    due = nights.filter(
        Q(counted_at=None) | Q(counted_at__lt=F("requested_at")) | Q(n_answered__lt=F("n_asked"))
    )
    night = due.order_by("for_date").last() or nights.get_or_create(for_date=_today(apps))[0]
    nights.filter(pk=night.pk).update(n_asked=F("n_asked") + 1)


def _today(apps):
    """Of the site, as its nights are dated."""
    settings = apps.get_model("annotation", "SiteSettings").objects.first()
    zone = ZoneInfo(settings.time_zone) if settings else None
    return django.utils.timezone.localdate(timezone=zone)


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
        migrations.AddField(
            model_name='categoryrollup',
            name='pending_of_pool',
            field=models.IntegerField(default=0, help_text='those of them outside the audit stream'),
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
