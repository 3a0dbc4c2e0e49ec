"""``python -m classifier.backends.sagemaker_container train|serve``: SageMaker's contract.

Nothing of AWS is asked: SageMaker puts files below /opt/ml, starts this, and takes what it wrote.
"""

from __future__ import annotations

import argparse

from classifier.backends.container_paths import PREFIX, Paths


def main() -> int:
    """Do what SageMaker asks for; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m classifier.backends.sagemaker_container",
        description="Train or serve the classifier in SageMaker's container contract. "
        f"{PREFIX} names another folder than /opt/ml.",
    )
    parser.add_argument("what", choices=["train", "serve"])
    what, paths = parser.parse_args().what, Paths.given()
    # A server needs no Django, and a training no gunicorn.
    if what == "train":
        from classifier.backends.container_training import train

        return train(paths)
    from classifier.backends.container_serving import serve

    return serve(paths)


if __name__ == "__main__":
    raise SystemExit(main())
