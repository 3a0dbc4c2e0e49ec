"""A training set is sent in file mode, or as an augmented manifest."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0038_version_ends'),
    ]

    operations = [
        migrations.AddField(
            model_name='sagemakeraccount',
            name='training_form',
            field=models.CharField(choices=[('file', 'File mode'), ('augmented_manifest', 'Augmented manifest, with class map')], default='file', help_text='How BlazingText is sent the same texts: a file of labelled lines, copied to the instance, which is the safe choice; or numbers for categories, streamed to it, so that codes stay out of the model’s file.', max_length=18, verbose_name='Training set'),
        ),
        migrations.AddConstraint(
            model_name='sagemakeraccount',
            constraint=models.CheckConstraint(condition=models.Q(('training_form__in', ['file', 'augmented_manifest'])), name='a_training_set_has_a_known_form', violation_error_message='A training set is sent in file mode, or as an augmented manifest.'),
        ),
    ]
