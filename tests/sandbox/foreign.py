"""Node.js and the JavaScript SDK, installed once into a cache outside the repository."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "js"
UNREACHABLE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "EHOSTUNREACH", "network")
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def installed() -> Path:
    """A folder with the SDK and our few files; the same one as long as these files stay the same."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js and npm are not installed")
    content = b"".join(path.read_bytes() for path in sorted(HERE.iterdir()))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cx-bot-tests"
    there = cache / hashlib.sha256(content).hexdigest()[:16]
    if not there.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        _install(cache, there)
    return there


def _install(cache: Path, there: Path) -> None:
    fresh = Path(tempfile.mkdtemp(dir=cache))
    shutil.copytree(HERE, fresh, dirs_exist_ok=True)
    done = subprocess.run(INSTALL, cwd=fresh, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode and any(sign in done.stderr for sign in UNREACHABLE):
        shutil.rmtree(fresh)
        pytest.skip("the package registry cannot be reached")
    assert done.returncode == 0, done.stderr
    subprocess.run(("node", "shapes.mjs", "shapes.json"), cwd=fresh, timeout=120, check=True)
    try:
        fresh.rename(there)
    except OSError:  # another run was faster; its folder is as good as ours
        shutil.rmtree(fresh)
