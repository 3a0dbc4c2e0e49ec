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
    parser.add_argument(
        "--check", action="store_true", help="work out the figures, hold them to it"
    )
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
    if args.check:
        _check(found)


def _check(truth: dict) -> None:
    from annotation.models import StoredReport
    from annotation.services.stored_reports import request_report
    from bench.history.recovery import print_recovery
    from bench.history.recovery_models import lost_to_mistakes
    from bench.history.recovery_of_all import QUESTIONS, recoveries
    from classifier.stored_reports import write_requested_reports

    for question in QUESTIONS:
        request_report(question)
    began = time.process_time()
    for report in write_requested_reports():
        print(f"{report.question} is {report.status}, CPU {time.process_time() - began:.1f} s")
        began = time.process_time()
    bodies = {q: report.body for q in QUESTIONS if (report := StoredReport.objects.newest(q))}
    if len(bodies) < len(QUESTIONS):
        raise SystemExit("Some figures could not be worked out: see above.")
    for name, found in recoveries(bodies, truth):
        print_recovery(name, found)
    for name, less in lost_to_mistakes(bodies["quality"], truth).items():
        print(f"people's mistakes make {name} {less:.3f} lower than it is by what is true")


if __name__ == "__main__":
    main()
