"""How many people decide a grant that more than one decides is a setting."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0028_audit_log_and_comparisons'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='required_annotations',
            field=models.PositiveSmallIntegerField(default=2, help_text='How many decide a grant that more than one decides. With three or more a majority shows, and each grant costs as many times the work.', verbose_name='People for such a grant'),
        ),
        migrations.AlterField(
            model_name='sitesettings',
            name='second_share',
            field=models.FloatField(default=0.0, help_text="Share of grants that more than one person decides, without seeing each other's: agreement is measured on them. Such a grant waits until all of them have come.", verbose_name='Second annotator'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('required_annotations__gte', 2), ('required_annotations__lte', 5)), name='required_annotations_is_within_limits'),
        ),
    ]
