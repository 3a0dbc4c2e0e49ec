"""Django's SQLite backend, with a queue for writers that is fair."""
