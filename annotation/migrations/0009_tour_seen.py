"""When somebody saw the tour. Whoever has signed in before this update knows the site already."""

from django.db import migrations, models
from django.db.models import F


def old_hands_need_no_tour(apps, schema_editor):
    apps.get_model("annotation", "User").objects.exclude(last_login=None).update(tour_seen_at=F("last_login"))


class Migration(migrations.Migration):
    dependencies = [("annotation", "0008_site_settings")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="tour_seen_at",
            field=models.DateTimeField(blank=True, help_text="when the tour was ended or skipped; empty: it is offered", null=True),
        ),
        migrations.RunPython(old_hands_need_no_tour, migrations.RunPython.noop),
    ]
