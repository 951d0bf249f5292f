"""Puts the explorer into the wheel where it was built, and builds it on request; nothing else of her2kg needs Node.

``HER2KG_BUILD_EXPLORER=1 pip wheel .`` runs npm. Otherwise what is in explorer/dist is taken, if it is newer than its
sources, and an ordinary ``pip install .`` costs no more than before.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExplorerHook(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook; hatchling finds it by its base class."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add explorer/dist to the files of a wheel; an editable install finds it where it is.

        Raises
        ------
        RuntimeError : it was asked for, and npm is missing
        subprocess.CalledProcessError : npm failed
        """
        if version == "editable":
            return
        folder = Path(self.root) / "explorer"
        if os.environ.get("HER2KG_BUILD_EXPLORER") == "1":
            _build(folder)
        why = _missing(folder)
        if why:
            self.app.display_info(f"her2kg without the explorer: {why}; HER2KG_BUILD_EXPLORER=1 builds it with npm")
        else:
            build_data["force_include"][str(folder / "dist")] = "her2kg/_data/explorer"


def _build(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("HER2KG_BUILD_EXPLORER=1 needs npm, which comes with Node")
    for command in (["install", "--no-package-lock", "--no-audit", "--no-fund"], ["run", "build"]):
        subprocess.run([npm, *command], cwd=folder, check=True)


def _missing(folder: Path) -> str:
    """Say why there is nothing to put in; empty where there is."""
    page = folder / "dist" / "index.html"
    if not page.is_file():
        return "explorer/dist was not built"
    sources = [folder / "package.json", folder / "build.js", *(folder / "src").iterdir()]
    newest = max(path.stat().st_mtime for path in sources)
    return "explorer/dist is older than its sources" if page.stat().st_mtime < newest else ""
