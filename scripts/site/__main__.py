"""Build the documentation site: ``python -m scripts.site [FOLDER]``, by default build/site.

Every warning of Sphinx, every dead link within the site and every file that a page would load from the network is an
error: exit code 1.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from scripts.site import links, sources


def build(folder: Path) -> int:
    """Write the site to folder/html, from Markdown in folder/source; return the exit code."""
    from sphinx.cmd.build import build_main

    about = sources.write(folder / "source")
    site = folder / "html"
    shutil.rmtree(site, ignore_errors=True)
    options = {
        "project": about.name,
        "html_title": about.name,
        "version": about.version,
        "release": about.version,
    }
    settings = [item for name, value in options.items() for item in ("-D", f"{name}={value}")]
    here = Path(__file__).parent
    arguments = ["-q", "-W", "--keep-going", "-j", "auto", "-d", str(folder / "doctrees"), "-c", str(here), *settings]
    code = build_main([*arguments, str(folder / "source"), str(site)])
    if code:
        return 1
    shutil.copytree(folder / "source" / "report", site / "report")
    found = links.problems(site)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else sources.ROOT / "build" / "site"
    sys.exit(build(chosen))
