"""Machine learning in numpy and scikit-learn: texts in, arrays out; no Django, no settings."""
