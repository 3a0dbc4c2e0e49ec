"""Labels in doubt that were sent to be checked."""


import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0026_rollups'),
    ]

    operations = [
        migrations.CreateModel(
            name='LabelCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('was_given', models.BooleanField(help_text='the label was given; else it was missing')),
                ('proba', models.FloatField(help_text='of the category, by a model that had not seen the answer, 0 to 1')),
                ('asked_at', models.DateTimeField(auto_now_add=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.category')),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='label_checks', to='annotation.grant')),
                ('report', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.storedreport')),
            ],
            options={
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(fields=('grant', 'category'), name='a_label_in_doubt_is_checked_once'), models.CheckConstraint(condition=models.Q(('proba__gte', 0), ('proba__lte', 1)), name='a_doubt_has_a_probability')],
            },
        ),
    ]
