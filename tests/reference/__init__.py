"""The computation that fixes the classifier's numbers, dense on purpose and left as it was written."""
