"""The drawing layer: what is measured holds what is drawn, files are sound and the same twice, colours can be told apart."""

import os
import re
import subprocess
import sys
import unicodedata
from itertools import combinations
from pathlib import Path as File
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.figures.errors import FigureError
from her2kg.figures.metrics import text_width, wrap
from her2kg.figures.plates import to_bytes
from her2kg.figures.saving import save
from her2kg.figures.scene import Circle, Group, Line, Path, Polygon, Rect, Scene, Text, paragraph
from her2kg.figures.svg import to_svg
from her2kg.figures.theme import DECORATION, ROLES, TEXT_ROLES, colour, contrast

SVG = "{http://www.w3.org/2000/svg}"
SCENE = Scene(
    320,
    160,
    "Every <primitive> & \"quote\"",
    "One of each.",
    (
        Rect(10, 10, 100, 30, fill="band", stroke="rule", radius=8, dash=(2, 2)),
        Group(
            (Text(20, 30, "ToGA ≥ 3 + a < b & c"), Group((Circle(50, 60, 9, fill="negative"),))),
            title="A trial & its 'result'",
            href="https://example.org/?a=1&b=2",
        ),
        Line(10, 80, 300, 80, dash=(4, 3)),
        Polygon(((100, 110), (120, 100), (140, 110), (120, 120)), fill="pooled", stroke="ink"),
        Path((("M", 150, 110), ("C", 180, 90, 200, 130, 220, 110), ("Q", 230, 90, 240, 110), ("L", 250, 120))),
        Path((("M", 260, 110), ("L", 270, 120), ("L", 250, 120), ("Z",)), stroke="positive", fill="positive-wash"),
        Text(310, 84, "halo, bold", anchor="end", bold=True, halo=True, colour="muted"),
        Text(160, 150, "middle", anchor="middle", italic=True),
    ),
)  # fmt: skip


# Measures

FONTS = {
    "regular": ["LiberationSans-Regular.ttf", "DejaVuSans.ttf"],
    "bold": ["LiberationSans-Bold.ttf", "DejaVuSans-Bold.ttf"],
}
TEXTS = [
    "trastuzumab deruxtecan v ramucirumab + paclitaxel",
    "0.74 [0.60 to 0.91]",
    "AVAToGA, WAVY Té, LOGIC; P < 0.0001; τ² = 0.008; I² = 40% — ≥ 3 – ½ ←→",
    "Σ μ π Ünïcödé naïve fiancé affluent, Жираф",
]


def font_files(name: str) -> list[File]:
    """Return where a font is on this machine: with matplotlib, or installed."""
    import matplotlib

    places = [File(matplotlib.get_data_path()) / "fonts" / "ttf", File("/usr/share/fonts/truetype/liberation")]
    return [place / name for place in places if (place / name).exists()]


@pytest.mark.parametrize("name", [*FONTS["regular"], *FONTS["bold"]])
def test_text_is_measured_no_narrower_than_the_font_draws_it(name: str) -> None:
    from PIL import ImageFont

    files = font_files(name)
    if not files:
        pytest.skip(f"{name} is not installed")
    font = ImageFont.truetype(files[0], 1000)
    for text in TEXTS:
        drawn = font.getlength(text) / 1000
        measured = text_width(text, 1.0, bold=name in FONTS["bold"])
        assert drawn <= measured <= 1.35 * drawn, text


@given(st.text(max_size=80), st.floats(5, 40), st.floats(1, 400), st.booleans())
def test_wrapped_lines_fit_and_lose_nothing(text: str, size: float, width: float, bold: bool) -> None:
    lines = wrap(text, size, width, bold=bold)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(text_width(line, size, bold=bold) <= width or len(line) == 1 for line in lines)


def test_a_long_word_breaks_behind_its_hyphen() -> None:
    width = text_width("fluoropyrimidine-cisplat", 10)
    assert wrap("fluoropyrimidine-cisplatin", 10, width) == ["fluoropyrimidine-", "cisplatin"]


# What a scene finds out about itself


def test_overlap_and_leaving_the_canvas_are_found() -> None:
    scene = Scene(100, 50, "", "", (Text(10, 20, "one"), Group((Text(20, 24, "two"),)), Text(95, 45, "three")))
    assert [fault.partition(" ")[0] for fault in scene.faults()] == ["'three'", "'one'"]
    assert SCENE.faults() == []


def test_lines_of_a_paragraph_touch_nothing() -> None:
    texts, end = paragraph(5, 20, "one two three four five six seven", 60, size=10, colour="muted")
    after, _ = paragraph(5, end, "after", 60, size=10)
    assert len(texts) > 2
    assert Scene(100, 200, "", "", (*texts, *after)).faults() == []


# SVG


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_svg_is_well_formed_named_and_described(theme: str) -> None:
    root = ElementTree.fromstring(to_svg(SCENE, theme))  # noqa: S314 (our own bytes)
    named = [root.find(f"{SVG}{tag}") for tag in ("title", "desc")]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == " ".join(str(node.get("id")) for node in named if node is not None)
    assert [node.text for node in named if node is not None] == [SCENE.title, SCENE.description]
    assert [node.text for node in root.iter(f"{SVG}text")] == [box.text for box in SCENE.boxes()]
    link = root.find(f"{SVG}a")
    assert link is not None
    assert link.get("href") == "https://example.org/?a=1&b=2"


def test_svg_holds_nothing_from_elsewhere() -> None:
    text = to_svg(SCENE)
    assert re.findall(r"@import|@font-face|<script|<image|url\(", text) == []
    assert set(re.findall(r'https?://[^"]+', text)) == {
        "http://www.w3.org/2000/svg",
        "https://example.org/?a=1&amp;b=2",
    }


def test_fixed_themes_have_literal_colours_alone_and_auto_has_both() -> None:
    assert "var(" not in to_svg(SCENE, "dark")
    assert colour("ink", "dark") in to_svg(SCENE, "dark")
    auto = to_svg(SCENE, "auto")
    assert f'fill="{colour("ink")}"' in auto
    assert "prefers-color-scheme:dark" in auto
    used = set(re.findall(r"(?:fill|stroke)-([a-z0-9-]+)[ \"]", re.sub(r"(?s)<style>.*?</style>", "", auto)))
    ruled = set(re.findall(r"var\(--her2kg-([a-z0-9-]+)\)", auto))
    assert used - {"width", "dasharray", "linejoin"} <= ruled


@given(st.text(max_size=40))
def test_any_text_gives_well_formed_svg(text: str) -> None:
    scene = Scene(100, 50, text, text, (Group((Text(10, 20, text),), title=text, href=text),))
    root = ElementTree.fromstring(to_svg(scene))  # noqa: S314
    drawn = [node.text or "" for node in root.iter(f"{SVG}text")]
    assert drawn == [scene.items[0].items[0].text]  # type: ignore[union-attr]


# PDF and PNG


def test_png_and_pdf_are_what_their_name_says_and_hold_the_text() -> None:
    png, pdf = to_bytes(SCENE, "png"), to_bytes(SCENE, "pdf", "dark")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (960, 480)
    assert pdf[:5] == b"%PDF-"
    assert b"/FontFile2" in pdf
    assert b"/URI (https://example.org/?a=1&b=2)" in pdf


def test_a_sign_the_font_lacks_is_no_reason_to_fail() -> None:
    assert to_bytes(Scene(100, 50, "t", "d", (Text(10, 20, "胃癌 $x_2$"),)), "png")


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("her2kg.figures.plates.find_spec", lambda _name: None)
    with pytest.raises(FigureError, match=r"PDF needs matplotlib: pip install 'her2kg\[figures\]', or write SVG"):
        to_bytes(SCENE, "pdf")
    assert to_svg(SCENE)


PRINT = """
import hashlib
from her2kg.figures.plates import to_bytes
from her2kg.figures.svg import to_svg
from test_scene import SCENE
for data in (to_svg(SCENE).encode(), to_bytes(SCENE, "pdf"), to_bytes(SCENE, "png", "dark")):
    print(hashlib.sha256(data).hexdigest())
"""


def test_the_same_scene_gives_the_same_bytes_in_every_process() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT],
            capture_output=True,
            text=True,
            check=True,
            cwd=File(__file__).parent,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(printed) == 1


def test_a_file_is_of_the_kind_its_name_says(tmp_path: File) -> None:
    for name, start in (("a.svg", b"<svg"), ("a.PDF", b"%PDF"), ("a.png", b"\x89PNG")):
        save(SCENE, str(tmp_path / name))
        assert (tmp_path / name).read_bytes().startswith(start)
    with pytest.raises(FigureError, match=r"a\.jpg: the name must end with \.svg, \.pdf, \.png"):
        save(SCENE, str(tmp_path / "a.jpg"))


# Colours


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_can_be_seen(theme: str) -> None:
    ground, band = colour("ground", theme), colour("band", theme)
    for role in TEXT_ROLES:
        assert min(contrast(colour(role, theme), ground), contrast(colour(role, theme), band)) >= 4.5, role
    for role in set(ROLES) - set(DECORATION) - set(TEXT_ROLES):
        assert contrast(colour(role, theme), ground) >= 3.0, role


# What a person without one kind of cone sees, in linear light. Viénot, Brettel, Mollon. Color Res Appl 1999;24:243.
CONES = {
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}


def seen(hexadecimal: str, by: str) -> tuple[float, ...]:
    linear = [((int(hexadecimal[i : i + 2], 16) / 255 + 0.055) / 1.055) ** 2.4 for i in (1, 3, 5)]
    mixed = [max(0.0, sum(w * c for w, c in zip(row, linear, strict=True))) for row in CONES[by]]
    return tuple(255 * (1.055 * c ** (1 / 2.4) - 0.055) for c in mixed)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("by", CONES)
def test_verdicts_are_told_apart_without_colour_vision(theme: str, by: str) -> None:
    for one, other in combinations(("positive", "negative"), 2):
        far = sum(
            (a - b) ** 2 for a, b in zip(seen(colour(one, theme), by), seen(colour(other, theme), by), strict=True)
        )
        assert far**0.5 > 40, (one, other)


def test_an_unknown_role_or_theme_is_named() -> None:
    with pytest.raises(FigureError, match="no colour role named 'pink'"):
        to_svg(Scene(10, 10, "", "", (Text(1, 9, "x", colour="pink"),)))
    with pytest.raises(FigureError, match="no theme named 'sepia'; known: auto, light, dark"):
        to_svg(SCENE, "sepia")


def test_control_characters_and_half_pairs_become_a_sign() -> None:
    assert Text(0, 0, "a\x00b\ud800c\td").text == "a\ufffdb\ufffdc d"
    assert unicodedata.category("\ufffd") == "So"
