"""Writing a file's faults so that its owner can mend them."""

from annotation.importers.faults import Fault

SHOWN = 20


def write_faults(stream, faults: list[Fault]) -> None:
    for fault in faults[:SHOWN]:
        stream.write(str(fault))
    if len(faults) > SHOWN:
        stream.write(f"... and {len(faults) - SHOWN:,} more.")
