"""One grant in twenty is decided blind, unless staff have said otherwise: a row that is there keeps its share."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotation", "0014_import_speed")]

    operations = [
        migrations.AlterField(
            model_name="sitesettings",
            name="blind_share",
            field=models.FloatField(default=0.05, help_text="Share of all other grants that are decided before the suggestions are shown, so that it can be seen how much the suggestions sway people. 0: none.", verbose_name="Blind controls"),
        ),
        migrations.AlterField(
            model_name="sitesettings",
            name="second_share",
            field=models.FloatField(default=0.0, help_text="Share of grants that two people decide without seeing each other's. It takes two annotators: such a grant waits until the second one comes.", verbose_name="Second annotator"),
        ),
    ]
