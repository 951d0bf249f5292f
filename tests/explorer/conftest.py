"""Headless Chromium over the built explorer; skipped, with the reason, where one of the two is missing."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from her2kg.explorer.site import files, page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

ROOT = Path(__file__).parent.parent.parent
EXPLORER = ROOT / "explorer"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def built() -> Path:
    """The explorer, built from its sources as they are now."""
    if shutil.which("npm") is None:
        pytest.skip("building the explorer needs npm (Debian package npm)")
    if not (EXPLORER / "node_modules").is_dir():
        pytest.skip("packages of the explorer are missing: npm --prefix explorer install --no-package-lock")
    subprocess.run(["npm", "run", "--silent", "build"], cwd=EXPLORER, check=True, capture_output=True, timeout=60)
    return EXPLORER / "dist"


@pytest.fixture(scope="session")
def parts(built, kg) -> dict[str, bytes]:
    """The files of the explorer."""
    return files(kg)


@pytest.fixture(scope="session")
def page_file(parts: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The explorer as one file, as the command writes it (`test_site` compares the two)."""
    file = tmp_path_factory.mktemp("site") / "her2kg.html"
    file.write_bytes(page(parts))
    return file


@pytest.fixture(scope="session")
def chromium() -> Iterator["Browser"]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[dev]'")
    path = os.environ.get("HER2KG_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium here (Debian package chromium); HER2KG_CHROMIUM names another")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Watched:
    """A page, and everything that must not happen on it."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("console", lambda message: message.type == "log" or self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._requested)

    def _requested(self, request: "Request") -> None:
        own = self.address.rpartition("/")[0]
        if not request.url.startswith((own, "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")

    def open(self, place: str = "#/") -> "Page":
        """Go to a view and wait until it is shown; where it is shown already there is nothing to wait for."""
        if self.page.url == self.address + place:
            return self.page
        turn = self.page.evaluate("document.getElementById('main')?.dataset.ready ?? ''")
        self.page.goto(self.address + place)
        self.shown(turn)
        return self.page

    def shown(self, turn: str) -> None:
        """Wait for a view other than the one with this number."""
        self.page.wait_for_function("turn => (document.getElementById('main').dataset.ready ?? '') !== turn", arg=turn)

    def then(self, act: Callable[[], object]) -> "Page":
        """Do something that leads to another view, and wait for that."""
        turn = self.page.evaluate("document.getElementById('main').dataset.ready")
        act()
        self.shown(turn)
        return self.page


@pytest.fixture(scope="session")
def opened(chromium, page_file: Path) -> Iterator[Callable[..., Watched]]:
    """Open the page, by default that of one file, with a viewport and a theme."""
    contexts = []

    def start(address: str = "", viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Watched:
        context = chromium.new_context(viewport=viewport, color_scheme=scheme, accept_downloads=True, locale="en-GB")
        context.set_default_timeout(30_000)
        contexts.append(context)
        return Watched(context.new_page(), address or page_file.as_uri())

    yield start
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def desktop(opened) -> Iterator[Watched]:
    """One page that many tests use one after the other."""
    watched = opened()
    watched.open()
    yield watched
    assert watched.complaints == []
