"""The maps of the shipped graph: nothing overlaps, nothing is lost on the way from the rows to the picture."""

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path as FilePath

import pytest

from her2kg.errors import Her2kgError
from her2kg.figures import evidence_map, marks, mechanisms, network, timeline
from her2kg.figures.errors import FigureError
from her2kg.figures.figure import Figure
from her2kg.figures.maps import MAPS, drawn, with_conditions
from her2kg.figures.scene import Circle, Group, Line, Path, Polygon, Scene
from her2kg.figures.svg import to_svg
from her2kg.knowledge import KnowledgeGraph, load

DAYS = ("2020-04-30", None)
WIDTHS = (1104, 1250, 1600)
FILTERS = {
    "evidence": [{}, {"line": "second line"}, {"agent": "pembrolizumab"}, {"agent": "lapatinib", "line": "1"}],
    "timeline": [{}, {"line": "third line"}, {"agent": "trastuzumab"}],
    "mechanisms": [{}, {"agent": "trastuzumab"}, {"agent": "HER2 siRNA"}],
    "network": [{}, {"line": "first line"}, {"agent": "T-DM1"}],
}
FIXTURES = FilePath(__file__).parent.parent / "fixtures"
SVG = "{http://www.w3.org/2000/svg}"
each_kind = pytest.mark.parametrize("kind", MAPS)
each_filter = pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param(kind, values, id=f"{kind}-{'-'.join(values.values()) or 'all'}")
        for kind, each in FILTERS.items()
        for values in each
    ],
)


def groups(scene: Scene) -> list[Group]:
    """Return all groups of a scene, nested ones included."""

    def inside(items) -> list[Group]:
        return [g for item in items if isinstance(item, Group) for g in (item, *inside(item.items))]

    return inside(scene.items)


def shape_of(outcome: str) -> list[tuple[type, str | None]]:
    """Return what tells the mark of an outcome from others: its shapes and their fills."""
    return [(type(shape), shape.fill) for shape in marks.mark(outcome, 0, 0, 6) if not isinstance(shape, Line)]


@each_filter
@pytest.mark.parametrize("as_of", DAYS)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_texts_overlap_and_all_are_on_the_canvas(kg: KnowledgeGraph, kind: str, values, as_of, width: int) -> None:
    scene = drawn(kg, kind, as_of=as_of, width=width, **values).scene
    assert scene.faults() == []
    assert scene.width == width
    assert scene.boxes()


@each_filter
def test_at_its_own_width_too(kg: KnowledgeGraph, kind: str, values) -> None:
    assert drawn(kg, kind, **values).scene.faults() == []


@each_kind
@pytest.mark.parametrize("as_of", DAYS)
def test_the_same_bytes_twice(kg: KnowledgeGraph, kind: str, as_of) -> None:
    one, two = drawn(kg, kind, as_of=as_of), drawn(kg, kind, as_of=as_of)
    assert one.svg() == two.svg()
    assert one.csv == two.csv


@each_kind
def test_the_order_of_rows_changes_nothing(kg: KnowledgeGraph, kind: str) -> None:
    found = MAPS[kind]
    answer = kg.query(found.query)
    rows = found.read(answer.table)
    forward, backward = found.draw(rows, answer.as_of, 1250.0), found.draw(rows[::-1], answer.as_of, 1250.0)
    assert to_svg(forward) == to_svg(backward)


@each_kind
@pytest.mark.parametrize("as_of", DAYS)
def test_no_text_is_an_identifier_or_a_missing_value(kg: KnowledgeGraph, kind: str, as_of) -> None:
    figure = drawn(kg, kind, as_of=as_of)
    said = [box.text for box in figure.scene.boxes()] + [group.title for group in groups(figure.scene)]
    said.append(figure.scene.description)
    bad = re.compile(r"\b(None|NaN|nan|True|False)\b|https?://|\b(her2|kg):\w")
    assert [text for text in said if bad.search(text)] == []


@each_kind
def test_svg_has_a_name_and_a_description(kg: KnowledgeGraph, kind: str) -> None:
    root = ET.fromstring(drawn(kg, kind, as_of="2020-04-30").svg())  # noqa: S314 - our own file
    named = root.attrib["aria-labelledby"].split()
    texts = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert root.attrib["role"] == "img"
    assert len(texts[named[0]]) > 10
    assert "2020-04-30" in texts[named[1]]


@each_kind
def test_nothing_is_said_that_was_not_known(kg: KnowledgeGraph, kind: str) -> None:
    scene = drawn(kg, kind, as_of="2015-12-31").scene if kind != "mechanisms" else None
    if scene is None:
        with pytest.raises(FigureError, match="2015-12-31"):
            drawn(kg, kind, as_of="2015-12-31")
        return
    said = " ".join([scene.description, *(group.title for group in groups(scene))])
    assert "T-DXd" not in said
    assert "JACOB" not in said
    assert "ToGA" in said


@each_kind
def test_csv_holds_the_rows_of_the_named_query(kg: KnowledgeGraph, kind: str) -> None:
    figure = drawn(kg, kind, as_of="2020-04-30")
    table = kg.query(MAPS[kind].query, "2020-04-30").table
    table = with_conditions(kg, table, "2020-04-30") if kind == "evidence" else table
    assert figure.csv == table.render("csv") + "\n"
    assert len(figure.csv.splitlines()) == len(table) + 1


# Marks


def test_every_outcome_has_a_shape_of_its_own(kg: KnowledgeGraph) -> None:
    known = [
        row["outcome"].id
        for row in kg.sparql("SELECT DISTINCT ?outcome WHERE { ?v a her2:ComparisonVerdict ; her2:outcome ?outcome }")
    ]
    outcomes = [*known, marks.NO_VERDICT]
    assert set(known) <= set(marks.ORDER)
    drawings = [repr(marks.mark(outcome, 0, 0, 6)) for outcome in outcomes]
    assert len(set(drawings)) == len(outcomes)
    grey = [re.sub(r"positive|negative|mixed|pending", "grey", drawing) for drawing in drawings]
    assert len(set(grey)) == len(outcomes), "told apart without colour"


@pytest.mark.parametrize("outcome", marks.ORDER)
def test_marks_of_one_radius_cover_the_same_area(outcome: str) -> None:
    shape = marks.mark(outcome, 3.0, 4.0, 10.0)[0]
    if isinstance(shape, Circle):
        # An open ring is drawn on the inner side of its edge.
        reach = shape.r + (shape.stroke_width / 2 if shape.fill == "ground" else 0.0)
        assert reach == pytest.approx(10.0)
    else:
        assert isinstance(shape, Polygon)
        around = zip(shape.points, (*shape.points[1:], shape.points[0]), strict=True)
        area = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in around)) / 2
        assert area == pytest.approx(3.14159265 * 100, rel=1e-6)


# Each figure against the graph


@pytest.mark.parametrize("as_of", DAYS)
def test_evidence_map_shows_each_verdict_of_the_graph_once(kg: KnowledgeGraph, as_of) -> None:
    table = with_conditions(kg, kg.query("evidence-map", as_of).table, as_of)
    figure = drawn(kg, "evidence", as_of=as_of)
    rows = evidence_map.trials(table)
    wanted = Counter(row.outcome for row in rows if row.compares)
    titles = Counter(group.title for group in groups(figure.scene))
    shown = Counter()
    for row in rows:
        if row.compares:
            assert titles[row.sentence()] == sum(other.sentence() == row.sentence() for other in rows)
            shown[row.outcome] += 1
    assert shown == wanted
    marks_shown = Counter(
        (type(shape).__name__, shape.fill, getattr(shape, "stroke", None), len(getattr(shape, "points", ())))
        for group in groups(figure.scene)
        if group.title in {row.sentence() for row in rows if row.compares}
        for shape in group.items[:1]
    )
    # Compare with an independent count, by SPARQL, of verdicts held on that day in the rows' comparisons.
    assert marks_shown[("Circle", "positive", "ground", 0)] == wanted["her2:Succeeded"]
    assert marks_shown[("Polygon", "negative", "ground", 12)] == wanted["her2:Failed"]
    assert sum(marks_shown.values()) == sum(wanted.values())


def test_evidence_map_agrees_with_the_verdicts_on_agents(kg: KnowledgeGraph) -> None:
    """The rows of agents-by-verdict, which come by another way, are all on the map with the same outcome."""
    shown = {(r.agent, r.study, r.outcome, r.column) for r in evidence_map.trials(kg.query("evidence-map").table)}
    by_rule = kg.query("agents-by-verdict", target="HER2").table
    missing = [
        (str(row["agent"]), str(row["study"]), row["ofOutcome"].id, str(row["line"]))
        for row in by_rule
        if (str(row["agent"]), str(row["study"]), row["ofOutcome"].id, str(row["line"])) not in shown
    ]
    assert missing == []


def test_conflict_and_dose_questions() -> None:
    succeeded = evidence_map.Trial(
        "a", True, "first line", "S", "randomised trial", "", 9, "her2:Succeeded", "succeeded", False, "", "", "2020"
    )
    failed = evidence_map.Trial(
        "a", True, "first line", "F", "randomised trial", "", 9, "her2:Failed", "failed", False, "", "", "2020"
    )
    of_dose = evidence_map.Trial(
        "a", True, "first line", "D", "randomised trial", "", 9, "her2:Failed", "failed", True, "", "", "2020"
    )
    assert evidence_map.disagree([succeeded, failed])
    assert not evidence_map.disagree([succeeded, of_dose])
    assert not evidence_map.disagree([failed])


def test_conditional_verdicts_are_those_that_why_calls_so(kg: KnowledgeGraph) -> None:
    rows = evidence_map.trials(with_conditions(kg, kg.query("evidence-map").table, None))
    hinging = {row.study for row in rows if row.conditional}
    assert {"TyTAN", "PETRARCA"} <= hinging
    assert not hinging & {"ToGA", "GATSBY", "HELOISE", "JACOB"}
    for study in ("TyTAN", "KEYNOTE-062", "ToGA", "GATSBY"):
        proof = kg.why(study, sensitivity=True).render("text")
        assert ("depends on what is unstated" in proof) == (study in hinging)
    titles = [group.title for group in groups(drawn(kg, "evidence", agent="lapatinib").scene)]
    assert [("TyTAN" in title) for title in titles if "conditional on" in title] == [True]


def test_perioperative_trials_stand_apart(kg: KnowledgeGraph) -> None:
    rows = evidence_map.trials(kg.query("evidence-map").table)
    assert {row.column for row in rows if row.study in {"PETRARCA", "INNOVATION"}} == {"perioperative"}
    texts = [box for box in drawn(kg, "evidence").scene.boxes() if box.text in {"Perioperative", "Line not stated"}]
    apart, before = sorted(texts, key=lambda box: -box.left)
    assert (apart.text, before.text) == ("Perioperative", "Line not stated")


def test_area_is_in_proportion_to_the_number_of_patients() -> None:
    assert evidence_map.radius(800) ** 2 / evidence_map.radius(400) ** 2 == pytest.approx(2)
    assert evidence_map.radius(3) == evidence_map.radius(1)


@pytest.mark.parametrize("as_of", DAYS)
def test_timeline_shows_every_event_and_the_review(kg: KnowledgeGraph, as_of) -> None:
    answer = kg.query("trial-timeline", as_of)
    rows = timeline.events(answer.table)
    scene = drawn(kg, "timeline", as_of=as_of).scene
    titles = Counter(group.title for group in groups(scene))
    for row in rows:
        if row.kind == timeline.REVIEW:
            continue
        if row.sort in {"approval", "report", "data cut-off"}:
            assert titles[f"{row.day}: {row.words}"] >= 1
    assert "review published" in [box.text for box in scene.boxes()]
    stretches = [
        stretch
        for comparison in {row.comparison for row in rows if row.sort == "verdict"}
        for stretch in timeline.stretches([r for r in rows if r.comparison == comparison], rows[0].day)
    ]
    assert sum(n for title, n in titles.items() if title.startswith("from ")) == len(stretches)
    held = {
        (row["comparison"].id, row["outcome"].id) for row in kg.query("trial-network", as_of).table if row["outcome"]
    }
    last = {}
    for row in sorted((r for r in rows if r.sort == "verdict"), key=lambda r: r.day):
        last[row.comparison] = row.kind
    assert set(last.items()) == held, "the last verdict of each comparison is that of the network, which is asked apart"


def test_timeline_marks_no_review_before_it_came(kg: KnowledgeGraph) -> None:
    assert "review published" not in [box.text for box in drawn(kg, "timeline", as_of="2019-06-30").scene.boxes()]


def test_mechanisms_show_what_speaks_against_them(kg: KnowledgeGraph) -> None:
    rows = mechanisms.links(kg.query("mechanism-map").table)
    scene = drawn(kg, "mechanisms").scene
    labels = Counter(box.text for box in scene.boxes())
    for name in {row.mechanism for row in rows}:
        for strand in mechanisms.strands(rows, name):
            assert labels[strand.label] >= 1
    against = [row for row in rows if row.direction and row.direction != "her2:Supports"]
    assert {row.mechanism for row in against} == {"HER2 heterogeneity", "loss of HER2 positivity"}
    assert [
        group for group in groups(scene) if "no difference found" in group.title and group.title.startswith("patients")
    ]


def test_lines_of_mechanisms_differ_by_system(kg: KnowledgeGraph) -> None:
    styles = [(dash, thick) for _, _, dash, thick in mechanisms.SYSTEMS]
    assert len(set(styles)) == len(styles)
    systems = [system for _, own, _, _ in mechanisms.SYSTEMS for system in own]
    known = {row["s"].id for row in kg.sparql("SELECT DISTINCT ?s WHERE { ?i her2:evidenceSystem ?s }")}
    assert known <= set(systems)
    assert len(systems) == len(set(systems))


def test_evidence_items_are_counted_once(kg: KnowledgeGraph) -> None:
    """Against an independent count of the items for the statements that HER2 heterogeneity rests on."""
    rows = mechanisms.links(kg.query("mechanism-map").table)
    found = {(s.style, s.said): s.count for s in mechanisms.strands(rows, "HER2 heterogeneity")}
    assert found == {(0, ""): 3, (0, "no difference found"): 1, (5, ""): 1}


@pytest.mark.parametrize("as_of", DAYS)
def test_network_has_one_line_for_each_comparison(kg: KnowledgeGraph, as_of) -> None:
    answer = kg.query("trial-network", as_of)
    rows = network.comparisons(answer.table)
    scene = drawn(kg, "network", as_of=as_of).scene
    lines = [group for group in groups(scene) if isinstance(group.items[0], Path)]
    assert len(lines) == len(rows) == len(answer.table)
    assert Counter(line.title for line in lines) == Counter(row.sentence() for row in rows)
    colours = Counter(marks.role(row.outcome) for row in rows)
    assert Counter(line.items[0].stroke for line in lines) == colours
    boxes = [group for group in groups(scene) if not isinstance(group.items[0], Path)]
    assert len(boxes) == len({(row.panel, node) for row in rows for node in (row.regimen, row.against)})


def test_parallel_comparisons_stay_apart(kg: KnowledgeGraph) -> None:
    scene = drawn(kg, "network", agent="T-DM1").scene
    ends = [group.items[0].steps[-1] for group in groups(scene) if isinstance(group.items[0], Path)]
    assert len(ends) == 2
    assert len({y for _, _, y in ends}) == 2


def test_a_trial_of_dose_has_two_regimens(kg: KnowledgeGraph) -> None:
    row = next(r for r in network.comparisons(kg.query("trial-network").table) if r.study == "HELOISE")
    assert row.regimen != row.against


# Wrong use


@each_kind
def test_too_narrow_is_an_error_that_names_a_width_which_works(kg: KnowledgeGraph, kind: str) -> None:
    with pytest.raises(FigureError, match="too small") as caught:
        drawn(kg, kind, width=300)
    needed = int(re.findall(r"(\d+) or more", str(caught.value))[0])
    assert drawn(kg, kind, width=needed + 2).scene.faults() == []


def test_bad_values_are_named(kg: KnowledgeGraph) -> None:
    with pytest.raises(FigureError, match="no map named 'atlas'; known: evidence"):
        drawn(kg, "atlas")
    with pytest.raises(FigureError, match="leave the line out"):
        drawn(kg, "mechanisms", line="2")
    with pytest.raises(Her2kgError, match="aspirin"):
        drawn(kg, "evidence", agent="aspirin")
    with pytest.raises(FigureError, match="another agent, line or day"):
        drawn(kg, "network", as_of="2000-01-01")


def test_on_the_command_line(run, tmp_path) -> None:
    out, data = tmp_path / "network.svg", tmp_path / "network.csv"
    done = run("map", "network", "--as-of", "2020-04-30", "-o", str(out), "--csv", str(data), "--theme", "dark")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert ET.parse(out).getroot().tag == f"{SVG}svg"  # noqa: S314 - our own file
    assert data.read_text(encoding="utf-8").startswith("study,studyId,")
    printed = run("map", "network", "--as-of", "2020-04-30", "--theme", "dark")
    assert printed.stdout == out.read_text(encoding="utf-8")
    for wrong in (["map", "atlas"], ["map", "evidence", "-o", "evidence.doc"], ["map", "mechanisms", "--line", "2"]):
        done = run(*wrong)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_figure_saves_and_shows_itself(kg: KnowledgeGraph, tmp_path) -> None:
    figure = drawn(kg, "network", as_of="2020-04-30", line="3")
    assert isinstance(figure, Figure)
    assert figure._repr_svg_() == figure.svg()
    assert "Trial network" in repr(figure)
    for suffix, start in (("svg", b"<svg"), ("pdf", b"%PDF"), ("png", b"\x89PNG")):
        path = tmp_path / f"figure.{suffix}"
        figure.save(str(path))
        assert path.read_bytes().startswith(start)


# Data of the user's own


@pytest.fixture(scope="module")
def with_fixtures() -> KnowledgeGraph:
    """The shipped graph with the invented trials of the rules laid over it: every outcome there is."""
    return load(sorted(FIXTURES.glob("*.ttl")))


@each_kind
def test_figures_hold_with_data_laid_over_the_graph(with_fixtures: KnowledgeGraph, kind: str) -> None:
    figure = drawn(with_fixtures, kind, width=1600)
    assert figure.scene.faults() == []
    if kind != "mechanisms":
        assert "F-conflict" in figure.scene.description
        assert "contested" in {box.text for box in figure.scene.boxes()}
