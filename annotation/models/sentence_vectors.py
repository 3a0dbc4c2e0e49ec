"""What a sentence encoder has made of the grants' texts."""

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

BYTES = 768  # 384 numbers of half precision


class SentenceVector(models.Model):
    """A grant's text as numbers, kept because reading one costs some 20 ms.

    It stands for one text, named by its hash: a grant whose text has changed, or of which other
    fields are read now, has none that counts. It goes with its grant, as it tells of the text.
    """

    grant = models.OneToOneField(
        "Grant", on_delete=models.CASCADE, primary_key=True, related_name="sentence_vector"
    )
    encoder = models.CharField(max_length=100, help_text="whose numbers these are")
    text_sha256 = models.CharField(max_length=64, help_text="of the text as it was read")
    numbers = models.BinaryField(
        max_length=BYTES, help_text="384 numbers of half precision, the low byte first"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Exact(Length("numbers"), BYTES), name="a_sentence_vector_is_whole"
            )
        ]

    def __str__(self) -> str:
        return f"of grant {self.grant_id}"
