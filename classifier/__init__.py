"""The learning half: reads decisions, fits models, writes suggestions; has no tables of its own."""
