"""Pages that go over the wire packed.

What is packed tells its reader by its length what repeats itself (BREACH): whoever can have words
of theirs set beside a secret, ask again and again, and see the lengths, can guess the secret. So
a page is packed only if it says nothing back of what it was asked; the CSRF token in it is masked
anew each time, and Django adds up to a hundred bytes by lot. tests/annotation/test_packing.py
asks every packed page with a word that must not come back.
"""

from django.views.decorators.gzip import gzip_page as packed

__all__ = ["packed"]
