"""Forest plots: nothing overlaps, numbers are those printed, areas are those of the weights, nothing is dropped or pooled in silence."""

import csv
import io
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import her2kg
from her2kg.answers import SourceUse
from her2kg.cli import main
from her2kg.figures.errors import FigureError
from her2kg.figures.forest import Footnotes, Forest, Group, Row, assembled, ratio_text
from her2kg.figures.forest_csv import to_csv
from her2kg.figures.forest_marks import SIDE
from her2kg.figures.forest_rows import by_line, by_subgroup
from her2kg.figures.forest_scene import draw
from her2kg.figures.forest_text import to_text
from her2kg.figures.log_axis import fitting
from her2kg.figures.scene import Circle, Line, Polygon, Rect, Scene, Text
from her2kg.figures.scene import Group as Together
from her2kg.figures.svg import to_svg
from her2kg.knowledge import KnowledgeGraph
from her2kg.synthesis.models import from_printed
from her2kg.synthesis.selecting import estimates_from
from her2kg.tables import Thing

WIDTHS = (560.0, 760.0, 1100.0)


class Remembering:
    """The graph, asking each query once: hundreds of plots ask the same two."""

    def __init__(self, kg: KnowledgeGraph) -> None:
        self.names, self.sparql = kg.names, lru_cache(kg.sparql)


@pytest.fixture(scope="module")
def graph_once(kg: KnowledgeGraph) -> KnowledgeGraph:
    return Remembering(kg)  # type: ignore[return-value]


def shapes(scene: Scene) -> Iterator[object]:
    def flat(items: tuple[object, ...]) -> Iterator[object]:
        for item in items:
            yield from flat(item.items) if isinstance(item, Together) else (item,)

    return flat(scene.items)


def row_groups(scene: Scene, forest: Forest) -> list[Together]:
    """Return what was drawn of each row, in order."""
    sentences = [row.sentence for row in forest.rows]
    found = [item for item in scene.items if isinstance(item, Together) and item.title in set(sentences)]
    assert [item.title for item in found] == sentences
    return found


def has_mark(group: Together) -> bool:
    return any(isinstance(item, (Rect, Circle)) for item in group.items)


# Everything the graph offers


def endpoints(kg: KnowledgeGraph) -> list[str]:
    query = "SELECT DISTINCT ?e WHERE { ?r a her2:EffectReport ; her2:valueText ?v ; her2:ofAnalysis/her2:endpoint ?e ; her2:ofAnalysis/her2:ofComparison ?c }"
    return [str(row["e"].id) for row in kg.sparql(query)]  # type: ignore[union-attr]


def test_every_plot_of_the_graph_is_laid_out_without_a_fault(graph_once: KnowledgeGraph) -> None:
    """Every endpoint by line and agent, with and without force, in three widths."""
    kg, drawn = graph_once, 0
    for endpoint in endpoints(kg):
        selection = estimates_from(kg, endpoint=endpoint, population="any")
        combinations = {(None, None)}
        for estimate in selection:
            lines = [line for line in estimate.line.split(", ") if line]
            agents = [agent for agent in estimate.agents if kg.names.find(agent, ["Agent"])]
            combinations |= {(line, agent) for line in [None, *lines] for agent in [None, *agents]}
        for line, agent in sorted(combinations, key=str):
            for population in ("main", "any") if agent is None else ("main",):
                try:
                    plain = by_line(kg, endpoint=endpoint, line=line, agent=agent, population=population)
                except FigureError:
                    continue  # this agent is tested in subgroups alone
                for forced in (False, True):
                    forest = assembled(plain, force=forced)
                    for width in WIDTHS:
                        scene = draw(forest, width)
                        assert scene.faults() == [], (endpoint, line, agent, population, width)
                        assert all(has_mark(group) for group in row_groups(scene, forest))
                        drawn += 1
    assert drawn > 300


def test_every_panel_of_subgroups_is_laid_out_without_a_fault(graph_once: KnowledgeGraph) -> None:
    kg, drawn = graph_once, 0
    for endpoint in ("OS", "PFS"):
        selection = estimates_from(kg, endpoint=endpoint, population="subgroup")
        for study in sorted({*(estimate.study for estimate in selection), "kg:HERIZON-GEA-01"}):
            try:
                forest = assembled(by_subgroup(kg, study, endpoint=endpoint))
            except FigureError:
                continue  # a subgroup on the other endpoint alone
            for width in WIDTHS:
                scene = draw(forest, width)
                assert scene.faults() == [], (study, endpoint, width)
                assert all(has_mark(group) for group in row_groups(scene, forest))
                drawn += 1
    assert drawn >= 24


def test_no_study_is_dropped(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="OS")
    selection = estimates_from(graph_once, endpoint="OS")
    assert len(forest.rows) == len(selection) + len(selection.left_out)
    labels = {row.label: row.printed for row in forest.rows}
    assert labels["GATSBY"] == "1.15 (CI not reported)"
    assert labels["TyTAN"] == "0.84 (CI not reported)"


def test_groups_are_lines_in_order_and_rows_are_by_date(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="OS")
    assert [group.title for group in forest.groups] == [
        "First line",
        "Second line",
        "Third line or later",
        "Perioperative",
    ]
    for group in forest.groups:
        assert [row.date for row in group.rows] == sorted(row.date for row in group.rows)


def test_numbers_in_the_svg_are_those_printed_in_the_graph(graph_once: KnowledgeGraph) -> None:
    """Read back from the SVG by an XML parser, asked from the graph by another query than the plot's own."""
    for endpoint in ("OS", "PFS"):
        forest = by_line(graph_once, endpoint=endpoint, population="any")
        root = ElementTree.fromstring(to_svg(draw(forest)))  # noqa: S314
        drawn = {text.text for text in root.iter("{http://www.w3.org/2000/svg}text")}
        described = root.findtext("{http://www.w3.org/2000/svg}desc") or ""
        for row in forest.rows:
            query = f"SELECT ?v ?l ?u WHERE {{ {row.identity[3]} her2:valueText ?v OPTIONAL {{ {row.identity[3]} her2:lowerText ?l ; her2:upperText ?u }} }}"
            (printed,) = graph_once.sparql(query)
            interval = f"{printed['l']} to {printed['u']}" if printed["l"] else "CI not reported"
            assert f"{printed['v']} ({interval})" in drawn
            assert row.sentence in described


# Areas, places


def sides(group: Together) -> list[float]:
    """Return the outer side of the square of a row; a hollow one's outline lies on its edge."""
    return [
        item.width + (item.stroke_width if item.stroke else 0.0)
        for item in group.items
        if isinstance(item, Rect) and item.fill in {"mark", "ground"}
    ]


@pytest.mark.parametrize("force", [False, True])
def test_areas_of_squares_are_as_weights_in_a_pool_and_as_precision_elsewhere(
    graph_once: KnowledgeGraph, force: bool
) -> None:
    forest = assembled(by_line(graph_once, endpoint="OS"), force=force)
    drawn = iter(row_groups(draw(forest), forest))
    for group in forest.groups:
        areas, expected = [], []
        for row, weight in zip(group.rows, group.weights(), strict=True):
            squares = sides(next(drawn))
            assert len(squares) == (row.estimate is not None)
            if row.estimate is not None:
                areas.append(squares[0] ** 2)
                expected.append(weight if weight is not None else 1.0 / row.estimate.vi)
        if len(areas) > 1:
            ratios = [area / share for area, share in zip(areas, expected, strict=True)]
            assert ratios == pytest.approx([ratios[0]] * len(ratios), rel=1e-9)
    largest = [side for item in row_groups(draw(forest), forest) for side in sides(item)]
    assert max(largest) == pytest.approx(SIDE)


def test_marks_stand_where_the_axis_says(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="OS", study="ToGA")
    scene = draw(forest)
    ticks = {item.text: item.x for item in shapes(scene) if isinstance(item, Text) and item.anchor == "middle"}
    per_log = (ticks["2"] - ticks["0.5"]) / math.log(4)
    (row,) = row_groups(scene, forest)
    square = next(item for item in row.items if isinstance(item, Rect))
    interval = next(item for item in row.items if isinstance(item, Line))
    places = [square.x + square.width / 2, interval.x1, interval.x2]
    assert places == pytest.approx([ticks["1"] + per_log * math.log(ratio) for ratio in (0.74, 0.60, 0.91)])


def test_an_interval_that_is_cut_ends_in_an_arrow(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="PFS", line="1")
    drawn = dict(zip(forest.rows, row_groups(draw(forest), forest), strict=True))
    cut = {row.printed for row, group in drawn.items() if any(isinstance(item, Polygon) for item in group.items)}
    assert cut == {"0.1 (0.04 to 0.52)"}
    text = to_text(forest)
    assert text.count("←") == 2  # that one, and the left end of the axis


def test_axis_shows_every_estimate_and_is_symmetric() -> None:
    axis = fitting([0.74, 1.2], [(0.6, 0.9), (0.5, 3.1)], [])
    assert [float(tick) * float(other) for tick, other in zip(axis.ticks, axis.ticks[::-1], strict=True)] == (
        pytest.approx([1.0] * len(axis.ticks), rel=0.06)
    )
    wide = fitting([0.8, 0.9, 1.1, 1.0], [(0.7, 0.9), (0.8, 1.0), (1.0, 1.2), (0.001, 900.0)], [])
    assert wide.place(0.001) < 0.0
    assert wide.place(0.7) > 0.0
    far = fitting([0.02], [(0.0001, 5.0)], [])
    assert 0.0 < far.place(0.02) < 0.5
    assert 0.0 < fitting([0.47, 0.65], [(0.51, 0.78)], []).place(0.47) < 0.5


# Pools


def test_a_pool_that_is_allowed_is_drawn_with_its_statistics() -> None:
    rows = [
        made(f"Trial {i}", *texts)
        for i, texts in enumerate((("0.7", "0.5", "0.9"), ("0.8", "0.6", "1.1"), ("0.95", "0.7", "1.3")))
    ]
    forest = assembled(plot([Group("First line", tuple(rows))]), method="dl")
    pooled = forest.groups[0].pooled
    assert pooled is not None
    assert forest.overall is None  # one group: its pool is all there is
    scene = draw(forest)
    texts = [box.text for box in scene.boxes()]
    assert (
        f"{ratio_text(pooled.ratio)} ({ratio_text(pooled.limits.lower)} to {ratio_text(pooled.limits.upper)})" in texts
    )
    joined = " ".join(texts).replace("\u00a0", " ")
    assert f"τ² = {pooled.tau2:.4f} (DL), Q = {pooled.q:.2f}, df = 2" in joined
    assert "95% prediction interval (Higgins-Thompson-Spiegelhalter, t with 1 degree of freedom)" in joined
    weights = [float(text[:-1]) for text in texts if re.fullmatch(r"\d+\.\d%", text)]
    assert sum(weights) == pytest.approx(100.0, abs=0.2)
    diamond = next(
        item for item in shapes(scene) if isinstance(item, Polygon) and item.fill == "pooled" and len(item.points) == 4
    )
    (left, _), (middle, _), (right, _), _ = diamond.points
    ratio = (middle - left) / (right - left)
    assert ratio == pytest.approx(0.5, abs=1e-6)  # symmetric on the log scale


def test_a_refused_pool_says_why_and_force_pools_with_a_warning(graph_once: KnowledgeGraph) -> None:
    plain = by_line(graph_once, endpoint="OS", line="3")
    refused = assembled(plain)
    assert refused.pools == []
    assert "Not pooled: these estimates (different agents, different controls)." in refused.notes
    forced = assembled(plain, force=True)
    assert forced.pools
    assert forced.warnings
    assert all("forced: " in warning for warning in forced.warnings)
    assert any(note.startswith("Pooled by force in spite of: different agents") for note in forced.notes)
    assert assembled(plain, pools=False).notes == plain.notes


def test_groups_that_are_pooled_are_compared() -> None:
    first = [made(f"A{i}", text, "0.5", "1.0") for i, text in enumerate(("0.7", "0.71"))]
    second = [made(f"B{i}", text, "0.9", "1.6") for i, text in enumerate(("1.2", "1.21"))]
    forest = assembled(plot([Group("First line", tuple(first)), Group("Second line", tuple(second))]))
    assert forest.overall is not None
    assert forest.overall.k == 4
    assert forest.difference is not None
    assert forest.difference.freedom == 1
    assert f"Difference between groups: Q = {forest.difference.q:.2f}, df = 1" in forest.describe()


# Signs and notes


def test_remarks_tell_what_a_reader_must_know(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="PFS", line="2")
    rows = {row.label: row for row in forest.rows}
    told = " | ".join(rows["T-ACT"].remarks)
    assert "level of 80%" in told
    assert "one-sided" in told
    assert rows["Palle 2017 cohort"].remarks[0] == "retrospective cohort"
    assert any("also printed: 0.51 (0.33 to 0.79)" in remark for remark in rows["Palle 2017 cohort"].remarks)
    assert forest.header == "HR (95% CI unless noted)"
    group = dict(zip(forest.rows, row_groups(draw(forest), forest), strict=True))[rows["T-ACT"]]
    widths = sorted(item.stroke_width for item in group.items if isinstance(item, Line))
    assert widths[-1] > 2 * widths[0]  # thick as printed, thin for 95%


def test_every_source_and_remark_stands_below_with_its_sign(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="OS")
    notes = Footnotes(forest.rows)
    used = {sign for row in forest.rows for sign in notes.signs(row).split(",")}
    assert used == {*notes.remarks.values(), *(number for number, _ in notes.sources())}
    assert {source.source.id for _, source in notes.sources()} == {row.source.source.id for row in forest.rows}
    words = " ".join(box.text for box in draw(forest, 1100).boxes())
    for _, source in notes.sources():
        assert source.source.label.split()[0] in words


def test_exploratory_rows_are_hollow_and_rows_without_an_interval_are_dots(graph_once: KnowledgeGraph) -> None:
    forest = by_subgroup(graph_once, "ToGA", endpoint="OS")
    drawn = dict(zip(forest.rows, row_groups(draw(forest), forest), strict=True))
    assert [row.main for row in forest.rows] == [True, *[False] * (len(forest.rows) - 1)]
    for row, group in drawn.items():
        (mark,) = [item for item in group.items if isinstance(item, (Rect, Circle))]
        assert (mark.fill == "ground") == row.hollow
        assert isinstance(mark, Circle) == (row.estimate is None)
    assert forest.reference == (pytest.approx(0.74), "main analysis")


def test_an_interval_of_unknown_level_is_dashed_and_without_weight() -> None:
    row = made("Unknown", "0.8", "0.6", "1.1", level=None, estimate=None)
    unknown = plot([Group("", (row,))])
    (group,) = row_groups(draw(unknown), unknown)
    assert [item.dash for item in group.items if isinstance(item, Line)] == [(3.0, 2.0)]
    assert any(isinstance(item, Circle) for item in group.items)
    assert row.sentence == "Unknown: hazard ratio 0.8, CI of a level not stated 0.6 to 1.1, crosses the null."


def test_a_level_is_assumed_only_when_asked_to(kg: KnowledgeGraph, tmp_path: Path) -> None:
    own = tmp_path / "own.ttl"
    own.write_text(
        """@prefix her2: <https://w3id.org/her2kg/ontology#> . @prefix kg: <https://w3id.org/her2kg/id/> .
        kg:TyTAN-OS-own a her2:EffectReport ; her2:ofAnalysis kg:TyTAN-OS ; her2:source kg:satoh-2014 ; her2:locator "x" ;
          her2:measure her2:HazardRatio ; her2:value 0.84 ; her2:valueText "0.84" ; her2:lower 0.64 ; her2:lowerText "0.64" ;
          her2:upper 1.11 ; her2:upperText "1.11" ; her2:levelStatus her2:NotStated .""",
        encoding="utf-8",
    )
    more = her2kg.load([own])
    (without,) = by_line(more, endpoint="OS", study="TyTAN").rows
    assert (without.printed, without.estimate) == ("0.84 (0.64 to 1.11)", None)
    assert "no weight: level of the interval not stated" in without.remarks
    (assumed,) = by_line(more, endpoint="OS", study="TyTAN", assume_level=95.0).rows
    assert assumed.estimate is not None
    assert any("95% assumed" in remark for remark in assumed.remarks)


def test_response_rates_turn_the_ends_round(graph_once: KnowledgeGraph) -> None:
    assert by_line(graph_once, endpoint="ORR").ends == ("Favours control", "Favours tested treatment")
    assert by_line(graph_once, endpoint="OS", agent="trastuzumab").ends == ("Favours trastuzumab", "Favours control")


def test_patients_are_those_of_the_arms_only_where_all_randomised_are_meant(graph_once: KnowledgeGraph) -> None:
    rows = {row.label: row.patients for row in by_line(graph_once, endpoint="OS").rows}
    assert rows["JACOB"] == "388 v 392"
    assert rows["ToGA"] == "584"  # of 594 randomised
    assert rows["HLX22-GC-201"] == ""  # not told


def test_as_of_leaves_out_what_came_later(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="OS", as_of="2014-12-31")
    assert "as known on 2014-12-31" in forest.subtitle
    assert {row.label for row in forest.rows} == {"ToGA", "TyTAN"}
    assert all(row.date <= "2014-12-31" for row in forest.rows)


# Any estimates


def fields(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in Row.__slots__}


def made(label: str, value: str, lower: str, upper: str, **more: object) -> Row:
    """Return a row of a made-up trial; limits are empty where there are none."""
    estimate = from_printed(label, value, lower, upper, endpoint="OS", agents=["a"], control=["b"]) if lower else None
    given = {
        "label": label,
        "comparison": "",
        "population": "",
        "patients": "",
        "measure": "hazard ratio",
        "value_text": value,
        "lower_text": lower,
        "upper_text": upper,
        "value": float(value),
        "lower": float(lower) if lower else None,
        "upper": float(upper) if upper else None,
        "level": 95.0 if lower else None,
        "estimate": estimate,
        "hollow": False,
        "main": True,
        "remarks": (),
        "source": SourceUse(Thing("kg:x", "A source"), ("abstract",)),
        **more,
    }
    return Row(**given)  # type: ignore[arg-type]


def plot(groups: list[Group], title: str = "Overall survival") -> Forest:
    return Forest(
        title, "made up", "hazard ratio", "Study", ("Favours tested treatment", "Favours control"), tuple(groups)
    )


words = st.text(min_size=0, max_size=60)


@st.composite
def rows(draw_: st.DrawFn) -> Row:
    centre = draw_(st.floats(-6, 6))
    spread = draw_(st.floats(0.01, 9))
    digits = draw_(st.integers(0, 6))
    texts = [f"{math.exp(centre + side * spread):.{digits}f}" for side in (0, -1, 1)]
    usable = float(texts[1]) > 0.0 and float(texts[1]) < float(texts[2]) and float(texts[0]) > 0.0
    if not usable:
        texts = [f"{math.exp(centre):.4f}", "", ""]
    number = draw_(st.integers(0, 10**9))
    return made(
        draw_(words) or "x",
        *texts,
        comparison=draw_(words),
        population=draw_(words),
        patients=draw_(st.sampled_from(["", "584", "123 v 4567", "1000000"])),
        hollow=draw_(st.booleans()),
        main=draw_(st.booleans()),
        remarks=tuple(draw_(st.lists(words, max_size=3))),
        source=SourceUse(Thing(f"kg:{number}", draw_(words)), (draw_(words),), draw_(words), "", draw_(words)),
    )


@st.composite
def forests(draw_: st.DrawFn) -> Forest:
    groups = [
        Group(draw_(words), tuple(members))
        for members in draw_(st.lists(st.lists(rows(), min_size=1, max_size=14), min_size=1, max_size=3))
    ]
    # Different studies, so that their patients are not counted twice.
    named, number = [], 0
    for group in groups:
        members = []
        for row in group.rows:
            estimate = row.estimate
            if estimate is not None:
                estimate = from_printed(
                    f"s{number}", row.value_text, row.lower_text, row.upper_text, agents=["a"], control=["b"]
                )
            members.append(Row(**{**fields(row), "estimate": estimate}))  # type: ignore[arg-type]
            number += 1
        named.append(Group(group.title, tuple(members)))
    return plot(named, draw_(words))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(forests(), st.sampled_from(("ee", "dl", "pm")))
def test_any_estimates_are_laid_out_without_a_fault(forest: Forest, method: str) -> None:
    pooled = assembled(forest, method=method)
    for width in (700.0, 1200.0):
        try:
            scene = draw(pooled, width)
        except FigureError as error:
            needed = math.ceil(float(re.findall(r": (\d+) or more", str(error))[0])) + 1
            scene = draw(pooled, needed)
        assert scene.faults() == []
        numbers = [value for item in shapes(scene) for value in vars_of(item)]
        assert all(math.isfinite(value) for value in numbers)
        ElementTree.fromstring(to_svg(scene))  # noqa: S314
    assert to_text(pooled)
    assert len(list(csv.DictReader(io.StringIO(to_csv(pooled))))) >= len(forest.rows)


def vars_of(item: object) -> list[float]:
    return [getattr(item, name) for name in item.__slots__ if isinstance(getattr(item, name), float)]  # type: ignore[attr-defined]


def test_a_page_too_narrow_is_refused_with_the_least_width(graph_once: KnowledgeGraph) -> None:
    forest = by_line(graph_once, endpoint="OS")
    with pytest.raises(FigureError, match="a width of 200 is too small for this plot") as caught:
        draw(forest, 200)
    least = float(re.findall(r": (\d+) or more", str(caught.value))[0])
    assert draw(forest, least + 1).faults() == []


# Text, CSV


def test_text_fits_its_columns_and_holds_every_row(graph_once: KnowledgeGraph) -> None:
    forest = assembled(by_line(graph_once, endpoint="OS"), force=True)
    for columns in (80, 110, 160):
        lines = to_text(forest, columns).splitlines()
        assert max(len(line) for line in lines if "http" not in line and "doi:" not in line) <= columns
        for row in forest.rows:
            assert any(row.printed in line for line in lines)


def test_text_is_plain_where_the_terminal_is(graph_once: KnowledgeGraph) -> None:
    forest = assembled(by_line(graph_once, endpoint="OS", agent="trastuzumab"), force=True)
    plain = to_text(forest, 100, "ascii")
    assert plain.isascii()
    assert "tau2 = " in plain
    assert "?" not in plain
    assert len(plain.splitlines()) == len(to_text(forest, 100).splitlines())


def test_csv_holds_what_is_drawn(graph_once: KnowledgeGraph) -> None:
    forest = assembled(by_line(graph_once, endpoint="OS"), force=True)
    table = list(csv.DictReader(io.StringIO(to_csv(forest))))
    estimates = [line for line in table if line["kind"] == "estimate"]
    assert [(line["estimate"], line["lower"], line["upper"]) for line in estimates] == [
        (row.value_text, row.lower_text, row.upper_text) for row in forest.rows
    ]
    assert [line["report_id"] for line in estimates] == [row.identity[3] for row in forest.rows]
    pools = [line for line in table if line["kind"] == "pool"]
    assert [float(line["estimate"]) for line in pools] == [pooled.ratio for pooled in forest.pools]
    assert sum(float(line["weight"]) for line in estimates if line["group"] == "First line" and line["weight"]) == (
        pytest.approx(100.0)
    )


# The command


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, ["forest", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_writes_each_kind_of_file(kg: KnowledgeGraph, tmp_path: Path) -> None:
    for name, start in (("a.svg", b"<svg"), ("a.pdf", b"%PDF"), ("a.png", b"\x89PNG")):
        code, out, _ = run("--endpoint", "OS", "--line", "2", "-o", str(tmp_path / name))
        assert (code, out) == (0, "")
        assert (tmp_path / name).read_bytes().startswith(start)
    code, out, _ = run("--endpoint", "OS", "--line", "2", "--csv", str(tmp_path / "a.csv"))
    assert out.startswith("<svg")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("kind,group,label")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_on_a_terminal_it_is_text_as_wide_as_the_terminal(kg: KnowledgeGraph) -> None:
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 96, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    command = [sys.executable, "-m", "her2kg", "forest", "--endpoint", "OS", "--study", "ToGA"]
    process = subprocess.Popen(command, stdout=theirs, env={**environment, "PYTHONIOENCODING": "utf-8"})
    os.close(theirs)
    shown = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not more:
            break
        shown += more
    os.close(ours)
    assert process.wait() == 0
    lines = shown.decode().splitlines()
    assert lines[0] == "Overall survival"
    assert any("0.74 (0.60 to 0.91)" in line and "■" in line for line in lines)
    assert max(len(line) for line in lines if "doi:" not in line) <= 96


def test_force_warns_on_standard_error(kg: KnowledgeGraph) -> None:
    code, out, error = run("--endpoint", "OS", "--line", "3", "--force", "--format", "text")
    assert code == 0
    assert "Warning: forced: different agents" in error
    assert "◆" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--endpoint", "OS", "--force", "--no-pool"), "contradict"),
        (("--endpoint", "OS", "--subgroups", "ToGA", "--line", "1"), "leave out"),
        (("--endpoint", "OS", "-o", "x.jpg"), "must end with .svg, .pdf, .png"),
        (("--endpoint", "OS", "-o", "x.svg", "--format", "text"), "leave out --format"),
        (("--endpoint", "OS", "--width", "100", "--format", "svg"), "too small"),
        (("--endpoint", "OS", "--width", "760", "--format", "text"), "for a figure"),
        (("--endpoint", "OS", "--subgroups", "HELOISE"), "no overall survival in a subgroup"),
        (("--endpoint", "no such endpoint"), "no Endpoint named"),
        (("--endpoint", "OS", "--agent", "ramucirumab"), "nothing to draw"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(kg: KnowledgeGraph, arguments: tuple[str, ...], message: str) -> None:
    code, out, error = run(*arguments)
    assert (code, out) == (2, "")
    assert message in error


def test_the_same_question_gives_the_same_bytes(kg: KnowledgeGraph) -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-m", "her2kg", "forest", "--endpoint", "PFS", "--force", "--format", form],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for form in ("svg", "text")
        for seed in ("0", "4242")
    }
    assert len(printed) == 2
