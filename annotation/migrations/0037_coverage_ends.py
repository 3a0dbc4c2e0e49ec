"""Examples are found by the days on which they were given; label checks may be taken back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0036_backend_comparisons'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='annotation',
            index=models.Index(fields=['submitted_at'], name='annotations_by_day'),
        ),
        migrations.AddIndex(
            model_name='label',
            index=models.Index(fields=['created_at'], name='labels_by_day'),
        ),
        migrations.AddField(
            model_name='labelcheck',
            name='taken_back_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='labelcheck',
            name='taken_back_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.RemoveConstraint(
            model_name='labelcheck',
            name='a_label_in_doubt_is_checked_once',
        ),
        migrations.AddConstraint(
            model_name='labelcheck',
            constraint=models.UniqueConstraint(condition=models.Q(('taken_back_at', None)), fields=('grant', 'category'), name='a_label_in_doubt_is_checked_once'),
        ),
        migrations.AddConstraint(
            model_name='labelcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('taken_back_at', None), ('taken_back_by', None)), models.Q(('taken_back_at__isnull', False), ('taken_back_by__isnull', False)), _connector='OR'), name='a_check_taken_back_names_who_did_it'),
        ),
    ]
