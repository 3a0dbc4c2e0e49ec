"""How many examples of a category are wanted, and who asks for them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0020_queue_turns'),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='asked_for_by',
            field=models.ForeignKey(blank=True, help_text='who wants grants likely to be of it to come first of their stream', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='category',
            name='target',
            field=models.PositiveIntegerField(blank=True, help_text='examples wanted; empty: no number, the fewer the sooner', null=True),
        ),
        migrations.AddConstraint(
            model_name='category',
            constraint=models.CheckConstraint(condition=models.Q(('target', None), models.Q(('target__gte', 1), ('target__lte', 10000)), _connector='OR'), name='a_target_is_a_number_that_can_be_reached'),
        ),
    ]
