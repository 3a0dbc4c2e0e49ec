"""Staff may name the licence of the data, for the model cards."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0032_the_night_asks_by_itself'),
    ]

    operations = [
        migrations.AddField(
            model_name='sitesettings',
            name='data_licence',
            field=models.CharField(blank=True, default='', help_text='Under which terms grants, labels and taxonomy may be used. It stands on every model card; empty: the card says that it is not stated.', max_length=300, verbose_name='Licence of the data'),
        ),
    ]
