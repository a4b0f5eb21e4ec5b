"""Site generators that tests run."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

DOCUSAURUS_PACKAGES = Path(__file__).parent / "docusaurus" / "package.json"


def install_docusaurus(folder: Path) -> None:
    """Install Docusaurus into a folder, or skip where that is not asked for (it takes minutes)."""
    if not (os.environ.get("RAGBOOK_TEST_NPM") and shutil.which("npm")):
        pytest.skip("RAGBOOK_TEST_NPM is not set, or there is no npm")
    shutil.copy(DOCUSAURUS_PACKAGES, folder)
    run(folder, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock")


def build_docusaurus(folder: Path, *options: str) -> None:
    """Build the site in a folder, which lies in one with Docusaurus, into its ``build``."""
    command = folder.parent / "node_modules" / ".bin" / "docusaurus"
    run(folder, str(command), "build", *options)


def run(folder: Path, *command: str) -> None:
    """Run a command to its end; a failure shows what it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
