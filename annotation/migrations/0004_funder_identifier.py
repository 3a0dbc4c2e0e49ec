"""A column that grants may leave empty: the funder's identifier, which 360Giving requires."""

from django.db import migrations, models


class Migration(migrations.Migration):
    # The number is kept free of those that other branches add; the merge puts them in a row.
    dependencies = [
        ("annotation", "0003_people"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="funder_identifier",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
    ]
