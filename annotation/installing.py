"""What an option needs beyond the site itself, and the line that installs it."""

from importlib.util import find_spec

EXTRAS = {"boto3": "sagemaker", "fasttext": "fasttext"}


def install_line(*libraries: str) -> str:
    """What to type for those of the libraries that are not installed here; empty if all are."""
    missing = [EXTRAS[library] for library in libraries if find_spec(library) is None]
    return f"pip install 'classie-annotation[{','.join(missing)}]'" if missing else ""
