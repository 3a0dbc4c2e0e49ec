"""``python -m bench.history``: see the package."""

import argparse
import json
import os
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.history")
    parser.add_argument("--decisions", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", type=Path, help="file for all that is true, as JSON")
    args = parser.parse_args()

    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
    django.setup()
    call_command("migrate", verbosity=0)

    from bench.history import write_history

    began = time.monotonic(), time.process_time()
    try:
        found = write_history(args.decisions, args.seed)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    if args.truth:
        args.truth.write_text(json.dumps(found, indent=1))
    counts = ", ".join(f"{n:,} {name[2:]}" for name, n in found.items() if name.startswith("n_"))
    took = time.monotonic() - began[0], time.process_time() - began[1]
    print(f"{counts}; {took[0]:.1f} s, CPU {took[1]:.1f} s")


if __name__ == "__main__":
    main()
