"""References of the grants that are here already in the form (NFC) in which imports look for them."""

import logging
import unicodedata

from django.db import migrations

BATCH = 2_000
LIMIT = 200  # characters: a few become two, so that a text can grow
logger = logging.getLogger(__name__)


def compose_references(apps, schema_editor):
    """A batch at a time; the search index follows by its triggers.

    Where another grant has the composed reference already, both stay as they are: whoever knows them
    decides which is right. They are named by their keys, as in the address of a grant's page.
    """
    Grant = apps.get_model("annotation", "Grant")
    last = 0
    rows = Grant.objects.order_by("pk").values_list("pk", "reference")
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        last = batch[-1][0]
        composed = {
            pk: unicodedata.normalize("NFC", reference)
            for pk, reference in batch
            if not unicodedata.is_normalized("NFC", reference)
        }
        if composed:
            _write(Grant, composed)


def _write(model, composed):
    taken = model.objects.filter(reference__in=composed.values())
    holders = dict(taken.values_list("reference", "pk"))
    changed = []
    for pk, reference in composed.items():
        if len(reference) > LIMIT:
            logger.warning(
                "Grant %s keeps its reference: composed it has over %s characters, and no import "
                "finds it.", pk, LIMIT,
            )  # fmt: skip
        elif reference in holders:
            logger.warning(
                "Grant %s keeps its reference: it looks the same as that of grant %s, and an "
                "import finds only the latter. Compare the two.", pk, holders[reference],
            )  # fmt: skip
        else:
            holders[reference] = pk
            changed.append(model(pk=pk, reference=reference))
    model.objects.bulk_update(changed, ["reference"], batch_size=100)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0021_wanted_categories")]
    operations = [migrations.RunPython(compose_references, migrations.RunPython.noop)]
