"""Examples are found by the days on which they were given."""

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
    ]
