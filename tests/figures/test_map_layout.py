"""The layout functions of the maps, on inputs that no graph has held yet."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from her2kg.figures import evidence_map, layout, mechanism_map, network, timeline
from her2kg.figures.errors import FigureError
from her2kg.figures.marks import ORDER
from her2kg.figures.mechanisms import SYSTEMS, Link
from her2kg.figures.metrics import text_width
from her2kg.figures.sheet import fit

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=24).filter(str.strip)
NODES = st.integers(0, 8).map(lambda i: f"n{i}")
EDGES = st.lists(st.tuples(NODES, NODES).filter(lambda pair: pair[0] != pair[1]), max_size=20)
OUTCOMES = st.sampled_from([*ORDER, "her2:Unheard"])
SIZES = st.none() | st.integers(1, 5000)


# Functions


@given(st.dictionaries(NAMES, st.tuples(st.floats(0, 500), st.floats(1, 80)), max_size=12), st.floats(0, 20))
def test_stack_keeps_boxes_apart_and_in_order(boxes, gap: float) -> None:
    wanted = {name: want for name, (want, _) in boxes.items()}
    heights = {name: high for name, (_, high) in boxes.items()}
    places = layout.stack(wanted, heights, 0.0, 500.0, gap)
    assert places.keys() == wanted.keys()
    order = sorted(wanted, key=lambda name: (wanted[name], name))
    for one, other in pairwise(order):
        assert places[one] + heights[one] / 2 + gap <= places[other] - heights[other] / 2 + 1e-6
    if order:
        assert places[order[0]] - heights[order[0]] / 2 >= -1e-9
        if sum(heights.values()) + gap * (len(order) - 1) <= 500:
            assert places[order[-1]] + heights[order[-1]] / 2 <= 500 + 1e-6


def test_stack_moves_nothing_that_has_room() -> None:
    assert layout.stack({"a": 50.0, "b": 150.0}, {"a": 20.0, "b": 20.0}, 0, 200, 5) == {"a": 50.0, "b": 150.0}


def test_stack_shares_a_wish_fairly() -> None:
    places = layout.stack({"a": 100.0, "b": 100.0}, {"a": 20.0, "b": 20.0}, 0, 200, 10)
    assert places == {"a": 85.0, "b": 115.0}


@given(EDGES)
def test_layers_go_up_along_every_edge_that_closes_no_circle(edges) -> None:
    found = layout.layers(edges)
    assert set(found) == {node for edge in edges for node in edge}
    ups = {(a, b) for a, b in edges if found[a] < found[b]}
    assert layout.layers(ups) == {node: layer for node, layer in found.items() if any(node in edge for edge in ups)}
    if all(a < b for a, b in edges):  # no circles: every edge goes up
        assert ups == set(edges)
    assert found == layout.layers(edges[::-1])


@given(st.lists(st.tuples(NODES, st.integers(0, 5).map(lambda i: f"m{i}")), max_size=20))
def test_by_neighbours_is_a_permutation_with_no_more_crossings(links) -> None:
    names = sorted({one for one, _ in links} | {"alone"})
    order = layout.by_neighbours(names, links)
    assert sorted(order) == names
    assert order == layout.by_neighbours(names, links)


def test_by_neighbours_uncrosses() -> None:
    links = [("a", "x"), ("a", "y"), ("b", "z"), ("c", "x"), ("c", "y")]
    order = layout.by_neighbours(["a", "b", "c"], links)
    assert order.index("b") != 1


@given(st.lists(NAMES, min_size=1, max_size=6), st.floats(60, 300))
def test_fit_leaves_nothing_out(parts, width: float) -> None:
    lines = fit(parts, 10, width)
    squeezed = "".join("".join(lines).split())
    assert squeezed == "".join("".join(",".join(parts)).split())
    assert all(text_width(line, 10) <= width or len(line) == 1 for line in lines)


@given(st.lists(st.tuples(st.integers(0, 4000), OUTCOMES), min_size=1, max_size=12, unique_by=lambda pair: pair[0]))
def test_stretches_are_without_gaps_and_change_each_time(found) -> None:
    start, end = date(2010, 1, 1), date(2025, 1, 1)
    verdicts = [event("S", start + timedelta(days), "verdict", outcome) for days, outcome in found]
    stretches = timeline.stretches(verdicts, end)
    assert stretches[0][0].day == min(verdict.day for verdict in verdicts)
    assert stretches[-1][1] == end
    for (one, until), (other, _) in pairwise(stretches):
        assert until == other.day
        assert one.kind != other.kind


# Whole figures of synthetic rows


def event(
    study: str, day: date, sort: str, kind: str = "", lane: str = "first line", about: str = ""
) -> timeline.Event:
    return timeline.Event(study, lane, 1, "phase III", sort, day, kind, f"{kind} in words", about, "arm", f"{study}-c")


def drawn_without_faults(draw, rows, as_of: str, width: float) -> None:
    """Draw at a width, or at the one that the refusal names, and find nothing wrong."""
    try:
        scene = draw(rows, as_of, width)
    except FigureError as error:
        needed = float(str(error).rsplit(":", 1)[1].split()[0])
        scene = draw(rows, as_of, needed + 2)
    assert scene.faults() == []


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            evidence_map.Trial,
            agent=NAMES,
            hits_her2=st.booleans(),
            column=st.sampled_from(["first line", "second line", "perioperative", "line not stated"]),
            study=NAMES,
            design=st.sampled_from(["randomised trial", "single-arm trial", "prospective cohort"]),
            phase=st.sampled_from(["", "phase III"]),
            n=SIZES,
            outcome=OUTCOMES,
            verdict=NAMES,
            dose=st.booleans(),
            arm=NAMES,
            comparison=NAMES,
            known=st.just("2020-01-01"),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_evidence_map_of_anything(rows) -> None:
    drawn_without_faults(evidence_map.draw, rows, "2020-01-01", 1000.0)


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            network.Comparison,
            study=NAMES,
            panel=st.sampled_from(["first line", "second line"]),
            line_number=st.just(1),
            phase=st.sampled_from(["", "phase III"]),
            regimen=NODES.map(lambda n: f"regimen {n}"),
            against=st.just("chemotherapy") | NODES.map(lambda n: f"regimen {n}"),
            arm=NAMES,
            n=SIZES,
            outcome=OUTCOMES,
            verdict=NAMES,
            comparison=NAMES,
        ).filter(lambda row: row.regimen != row.against),
        min_size=1,
        max_size=10,
    )
)
def test_network_of_anything(rows) -> None:
    drawn_without_faults(network.draw, rows, "2020-01-01", 1100.0)


@settings(max_examples=40)
@given(
    st.lists(
        st.builds(
            event,
            study=NAMES,
            day=st.dates(date(2005, 1, 1), date(2024, 12, 31)),
            sort=st.sampled_from(["report", "verdict", "approval", "data cut-off"]),
            kind=OUTCOMES,
            lane=st.sampled_from(["first line", "second line"]),
            about=st.sampled_from(["FDA", "EMA", "agency of a long name"]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_timeline_of_anything(rows) -> None:
    drawn_without_faults(timeline.draw, rows, "2025-01-01", 900.0)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            NODES.map(lambda n: f"mechanism {n}"),
            st.sampled_from(["primary resistance", "acquired resistance"]),
            st.sampled_from(["gene or factor", "pathway", "resistance to", "may be overcome by"]),
            st.sampled_from(["trastuzumab", "lapatinib", "a long name of something that is linked"]),
        ),
        min_size=1,
        max_size=24,
    ),
    st.lists(
        st.tuples(
            NODES.map(lambda n: f"mechanism {n}"),
            st.sampled_from([system for _, systems, _, _ in SYSTEMS for system in systems]),
            st.sampled_from(["her2:Supports", "her2:Refutes"]),
        ),
        max_size=16,
    ),
)
def test_mechanisms_of_anything(found, evidence) -> None:
    rows = [Link(*row) for row in found]
    rows += [
        Link(mechanism, "primary resistance", sort, "trastuzumab", *rest)
        for mechanism, system, direction in evidence
        for sort, rest in (("resistance to", ()), ("evidence", (system, direction, "refutes", "kg:p", 2)))
    ]
    drawn_without_faults(mechanism_map.draw, rows, "2020-01-01", 1300.0)


@pytest.mark.parametrize("draw", [evidence_map.draw, network.draw, timeline.draw, mechanism_map.draw])
def test_nothing_to_draw_is_said(draw) -> None:
    with pytest.raises(FigureError, match="2020-01-01"):
        draw([], "2020-01-01")
