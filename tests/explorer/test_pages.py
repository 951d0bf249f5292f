"""The pages as a reader meets them: content, keyboard, the day, links, the SPARQL tab; offline and without complaint."""

import csv
import functools
import http.server
import io
import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from her2kg.knowledge import KnowledgeGraph
from her2kg.sensitivity import conditional
from her2kg.tables import Thing

from .conftest import DESKTOP, EXPLORER, PHONE, ROOT

PAGES = {
    "home": "#/",
    "study": "#/study/GATSBY?as_of=2020-04-30",
    "agent": "#/agent/trastuzumab",
    "target": "#/target/HER2",
    "mechanism": "#/mechanism/PTEN loss",
    "endpoint": "#/endpoint/her2:OS",
    "source": "#/source/review-2020",
    "thing": "#/thing/ToGA-OS",
    "proof": "#/why/lapatinib",
    "evidence": "#/map/evidence",
    "timeline": "#/map/timeline",
    "timeline on another day": "#/map/timeline?as_of=2016-01-01",
    "resistance": "#/map/mechanisms",
    "network": "#/map/network",
    "forest": "#/forest?endpoint=her2:PFS",
    "questions": "#/queries",
    "question": "#/query/agents-by-verdict?outcome=her2:Failed",
    "question that needs more": "#/query/study-results",
    "list": "#/all/agent",
    "findings": "#/findings",
    "SPARQL": "#/sparql",
    "downloads": "#/downloads",
    "about": "#/about",
    "nothing": "#/study/no-such-trial",
}
AXE = """async rules => {
  const options = rules.length ? { runOnly: { type: "rule", values: rules } } : { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
  const { violations } = await axe.run(document, options);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, any }) => html.slice(0, 160) + (any[0] ? ` (${any[0].message})` : "")).join(" | ")}`);
}"""
# What a theme or a viewport can change; the rest is the same page, looked at once.
OF_LOOKS = ("color-contrast", "target-size", "scrollable-region-focusable")


@pytest.mark.parametrize(
    ("viewport", "scheme", "other"),
    [(DESKTOP, "light", "dark"), (PHONE, "dark", "light")],
    ids=["desktop", "phone"],
)
def test_every_page_is_accessible_fits_and_complains_of_nothing(opened, viewport, scheme, other) -> None:
    watched = opened(viewport=viewport, scheme=scheme)
    axe = EXPLORER / "node_modules" / "axe-core" / "axe.min.js"
    watched.open()
    watched.page.evaluate(axe.read_text(encoding="utf-8"))
    found = {}
    for name, place in PAGES.items():
        page = watched.open(place)
        page.emulate_media(color_scheme=other)
        found[name] = page.evaluate(AXE, list(OF_LOOKS))
        page.emulate_media(color_scheme=scheme)
        found[name] += page.evaluate(AXE, [])
        assert page.locator("h1").count() == 1, name
        assert page.locator("main").inner_text().find("undefined") == -1, name
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, f"{name} is too wide"
    assert [f"{name}: {one}" for name, said in found.items() for one in said] == []
    assert watched.complaints == []


def chips(page) -> list[str]:
    return page.locator(".card").first.locator(".chips > li > a:first-child").all_inner_texts()


def test_the_founding_question_on_two_days(kg: KnowledgeGraph, desktop) -> None:
    page = desktop.open("#/")
    assert chips(page) == ["lapatinib", "trastuzumab emtansine"]
    desktop.then(lambda: page.locator("#as-of").fill("2020-04-30"))
    assert "as_of=2020-04-30" in page.url
    assert chips(page) == ["lapatinib", "trastuzumab emtansine"]
    desktop.then(lambda: page.locator("#as-of").fill("2010-01-01"))
    assert page.locator(".card").first.inner_text().count("None, as of this day.") == 1
    desktop.then(lambda: page.get_by_role("button", name="now").click())
    desktop.then(page.locator(".card h2 a").first.click)
    rows = page.locator("main table tbody tr")
    assert rows.count() == 2
    assert "hazard ratio 0.84" in rows.nth(0).inner_text()
    assert "hazard ratio 1.15" in rows.nth(1).inner_text()
    verdict = rows.nth(0).locator("a.verdict")
    assert verdict.inner_text() == "failed"
    desktop.then(verdict.click)
    assert page.locator("h1").inner_text() == "Why: TyTAN"
    assert "p = 0.1044" in page.locator(".proof").inner_text()


def test_the_day_changes_what_is_shown_and_stays_on_the_way(desktop) -> None:
    page = desktop.open("#/query/agents-by-verdict?outcome=her2:Succeeded&as_of=2020-04-30")
    before = page.locator("main table tbody tr").count()
    desktop.then(lambda: page.get_by_role("button", name="now").click())
    assert page.locator("main table tbody tr").count() > before
    desktop.then(lambda: page.get_by_role("button", name="the review").click())
    assert page.get_by_role("button", name="the review").get_attribute("aria-pressed") == "true"
    desktop.then(page.locator("main table tbody th a").first.click)
    assert "as_of=2020-03-31" in page.url
    desktop.then(page.go_back)
    assert page.locator("h1").inner_text() == "Agents by the verdict of their confirmatory phase III comparisons"


def test_a_deep_link_opens_in_a_fresh_page_on_its_day(opened, kg: KnowledgeGraph) -> None:
    watched = opened()
    page = watched.open("#/study/GATSBY?as_of=2020-04-30")
    assert page.title() == "GATSBY · her2kg"
    assert page.locator("#as-of").input_value() == "2020-04-30"
    results = page.locator("section", has=page.get_by_role("heading", name="Results", exact=True)).locator("tbody tr")
    assert results.count() == len(kg.query("study-results", "2020-04-30", study="GATSBY").table)
    assert watched.complaints == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("#/?as_of=soon", "“soon” is no day"),
        ("#/?as_of=2020-02-31", "“2020-02-31” is no day"),
        ("#/study/<img src=x onerror=alert(1)>", "nothing named “<img src=x onerror=alert(1)>”"),
        ("#/query/no-such-query", "no query named “no-such-query”"),
        ("#/query/hazard-ratios?line=tenth", "no LineOfTherapy named “tenth”"),
        ("#/map/nowhere", "no map named “nowhere”"),
        ("#/%E0%A4%A", "nothing named"),
    ],
)
def test_an_address_that_means_nothing_is_answered_in_words(desktop, place: str, said: str) -> None:
    page = desktop.open(place)
    assert page.locator("h1").inner_text() == "This cannot be shown"
    assert said in page.locator(".error").inner_text()


def test_a_source_opens_in_one_click_and_closes_by_key(desktop) -> None:
    page = desktop.open("#/study/ToGA")
    number = page.locator("button.cite").first
    number.click()
    box = page.get_by_role("dialog", name="Source")
    assert "Bang et al., Lancet 2010" in box.inner_text()
    assert "Place:" in box.inner_text()
    assert box.get_by_role("link").last.get_attribute("href").startswith("https://doi.org/10.1016/")
    page.keyboard.press("Escape")
    assert box.count() == 0


def test_search_finds_things_by_any_name_and_questions(desktop) -> None:
    page = desktop.open("#/")
    box = page.get_by_role("combobox", name="Search")
    for typed, first in (("t-dm1", "trastuzumab emtansine"), ("NCT01041404", "ToGA"), ("pten", "PTEN")):
        box.fill(typed)
        assert first in page.locator("#hits li").first.inner_text()
    box.fill("failed second line")
    assert "question" in page.locator("#hits").inner_text()
    for typed, first in (
        ("Herceptin", "trastuzumab"),
        ("Enhertu", "trastuzumab deruxtecan"),
        ("tratuzumab", "trastuzumab"),
    ):
        box.fill(typed)
        assert page.locator("#hits li span").first.inner_text() == first
    box.fill("xyzzy plugh")
    assert page.locator("#hits li").all_inner_texts() == ["Nothing goes by this name: look through all questions"]
    box.fill("gats")
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == "hit-0"
    desktop.then(lambda: page.keyboard.press("Enter"))
    assert page.locator("h1").inner_text() == "GATSBY"
    assert page.evaluate("document.activeElement.tagName") == "H1"


def test_everything_can_be_reached_by_keyboard(opened) -> None:
    watched = opened()
    page = watched.open("#/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.card') !== null")
    watched.then(lambda: page.keyboard.press("Enter"))
    assert page.locator("h1").inner_text().startswith("Agents by the verdict")


def run_query(page, text: str) -> None:
    page.locator("#query").fill(text)
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_function(
        "() => document.querySelector('#results > :not(.wait)') && !document.querySelector('#results .wait')"
    )


def test_the_sparql_tab(kg: KnowledgeGraph, desktop) -> None:
    page = desktop.open("#/sparql")
    text = "SELECT ?agent ?label WHERE { ?agent a her2:Agent ; rdfs:label ?label } ORDER BY ?label"
    run_query(page, text)
    wanted = kg.sparql(text)
    assert page.locator("#results tbody tr").count() == len(wanted)
    assert page.locator("#results td:last-child").all_inner_texts() == [str(row["label"]) for row in wanted]
    assert quote("SELECT ?agent", safe="").replace("%20", "+") in page.url
    with page.expect_download() as downloaded:
        page.locator("#results").get_by_role("button", name="CSV").click()
    rows = list(csv.reader(io.StringIO(Path(downloaded.value.path()).read_text(encoding="utf-8"))))
    assert rows[0] == ["agent", "agentId", "label"]
    assert len(rows) == len(wanted) + 1
    run_query(page, "ASK { kg:ToGA a her2:RandomisedTrial }")
    assert page.locator("#results tbody").inner_text() == "yes"
    run_query(page, "CONSTRUCT { ?s a her2:Agent } WHERE { ?s a her2:Agent } LIMIT 3")
    assert (
        page.locator("#results pre").inner_text().count("Agent>")
        + page.locator("#results pre").inner_text().count("Agent")
        >= 3
    )
    run_query(page, "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <https://w3id.org/her2kg/graph/derived> { ?s ?p ?o } }")
    derived = kg.sparql("SELECT (COUNT(*) AS ?n) WHERE { GRAPH <https://w3id.org/her2kg/graph/derived> { ?s ?p ?o } }")
    assert page.locator("#results tbody").inner_text() == str(derived.rows[0][0])
    page.locator("#example").select_option("agents")
    assert (
        page.locator("#query").input_value() == kg.named("agents").sparql[kg.named("agents").sparql.index("PREFIX") :]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT ?x WHERE {\n ?x a her2:Agent . oops }", "line 2, column"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", "is not supported"),
        ("DELETE WHERE { ?s ?p ?o }", "line 1, column"),
        ("", "line 1, column"),
    ],
)
def test_what_the_sparql_tab_refuses(desktop, text: str, said: str) -> None:
    page = desktop.open("#/sparql")
    run_query(page, text)
    assert said in page.locator("#results .error").inner_text()
    assert len(page.locator("#results .error").inner_text()) < 400


def test_a_query_that_runs_away_is_stopped_and_holds_up_nothing(opened) -> None:
    watched = opened()
    page = watched.open("#/sparql")
    page.locator("#seconds").select_option("5")
    page.locator("#query").fill("SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    page.get_by_role("button", name="Run", exact=True).click()
    assert page.evaluate("her2kg.query('agents').then(found => found.rows.length)") > 10
    page.locator("#results .error").wait_for()
    assert page.locator("#results .error").inner_text() == "stopped after 5 seconds"
    run_query(page, "SELECT (1 AS ?one) WHERE {}")
    assert page.locator("#results tbody").inner_text() == "1"
    assert watched.complaints == []


def test_the_forest_builder_draws_what_is_ticked(kg: KnowledgeGraph, desktop) -> None:
    page = desktop.open("#/forest?endpoint=her2:OS&line=her2:SecondLine&as_of=2020-04-30")
    drawing = page.locator(".forest svg")
    said = drawing.locator("desc").text_content()
    assert "GATSBY, ITT, weekly schedule and taxane: 1.15, no interval reported" in said
    boxes = page.get_by_role("checkbox")
    drawn = sum(box.is_checked() for box in boxes.all())
    assert drawing.locator("g > title").count() == drawn
    boxes.first.click()
    assert page.locator(".forest svg g > title").count() == drawn + (1 if boxes.first.is_checked() else -1)
    with page.expect_download() as downloaded:
        page.locator("figcaption").first.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(downloaded.value.path()).read_text(encoding="utf-8"))))
    assert len(rows) == page.locator(".forest svg g > title").count()
    printed = {
        str(row["valueText"])
        for row in kg.query("hazard-ratios", "2020-04-30", endpoint="OS", line="second line").table
    }
    assert {row["valueText"] for row in rows} <= printed
    with page.expect_download() as downloaded:
        page.locator("figcaption").first.get_by_role("button", name="PNG").click()
    assert Path(downloaded.value.path()).read_bytes().startswith(b"\x89PNG")


def test_no_texts_of_the_forest_plot_run_into_each_other(opened) -> None:
    for viewport in (DESKTOP, PHONE):
        page = opened(viewport=viewport).open("#/forest?endpoint=her2:OS")
        overlaps = page.evaluate("""() => {
          const boxes = [...document.querySelectorAll(".forest svg text")].map(text => [text.textContent, text.getBoundingClientRect()]);
          return boxes.flatMap(([a, one], i) => boxes.slice(i + 1).filter(([, other]) => one.left < other.right - 1 && other.left < one.right - 1 && one.top < other.bottom - 3 && other.top < one.bottom - 3).map(([b]) => [a, b]));
        }""")
        assert overlaps == []


def test_on_a_phone_no_cell_of_a_wide_table_is_out_of_sight(opened) -> None:
    page = opened(viewport=PHONE).open("#/study/GATSBY")
    table = page.locator("section", has=page.get_by_role("heading", name="Results", exact=True)).locator("table")
    right = table.evaluate(
        "t => Math.max(...[...t.querySelectorAll('td')].map(td => td.getBoundingClientRect().right))"
    )
    assert right <= PHONE["width"]
    estimate = table.get_by_role("cell", name="hazard ratio 1.15").first
    assert estimate.evaluate("td => getComputedStyle(td, '::before').content") == '"estimate"'


def test_figures_stand_on_the_page_as_of_the_day(desktop) -> None:
    page = desktop.open("#/map/network?as_of=2012-01-01")
    assert "As of 2012-01-01." in page.locator(".drawing svg").text_content()
    page = desktop.open("#/map/mechanisms?as_of=2010-01-01")
    assert page.locator(".drawing svg").count() == 0
    begins = page.locator("main .none a").first
    desktop.then(begins.click)
    assert page.locator(".drawing svg").count() == 1
    page = desktop.open("#/forest?endpoint=her2:OS&as_of=2016-06-01")
    assert "as known on 2016-06-01" in page.locator(".drawing svg").text_content()


def test_the_timeline_ends_on_the_day(desktop) -> None:
    page = desktop.open("#/map/timeline?as_of=2016-01-01")
    said = page.locator("figure svg g > title").all_text_contents()
    assert [one for one in said if one.startswith("TyTAN, verdict")] == [
        "TyTAN, verdict, failed, lapatinib + paclitaxel, 2013-01-31"
    ]
    assert not any(one.rsplit(", ", 1)[1] > "2016-01-01" for one in said)
    assert "her2kg map timeline --as-of 2016-01-01" in page.locator("main").inner_text()
    years = page.locator("main table tbody tr").all_inner_texts()
    assert years
    assert not any(str(year) in row for row in years for year in range(2017, 2027))


def test_colours_follow_the_switch(opened) -> None:
    page = opened(scheme="light").open("#/map/network")
    ground = "getComputedStyle(document.body).backgroundColor"
    drawn = "getComputedStyle(document.querySelector('.drawing svg rect')).fill"
    light = page.evaluate(ground)
    assert page.evaluate(drawn) == light
    page.locator("#theme").select_option("dark")
    assert page.evaluate(ground) != light
    assert page.evaluate(drawn) == page.evaluate(ground)
    page.emulate_media(media="print")
    assert page.evaluate(ground) == light
    assert not page.locator("#menu").is_visible()
    assert "as known now" in page.locator("#foot").inner_text()


def test_a_verdict_that_hinges_on_the_unstated_is_marked_on_any_day(kg: KnowledgeGraph, desktop) -> None:
    for day in ("", "2013-06-01", "2016-01-01", "2020-03-31"):
        page = desktop.open("#/map/evidence" + (f"?as_of={day}" if day else ""))
        table = kg.query("evidence-map", day or None).table
        hinging = conditional(kg, day or None)
        wanted = sorted(
            str(row["study"])
            for row in table
            if isinstance(row["comparison"], Thing) and row["comparison"].id in hinging
        )
        marked = page.locator(".matrix li", has_text="hinges on").locator("a:not(.glyph)").all_inner_texts()
        assert sorted(marked) == wanted, day


def test_a_label_is_text_whatever_is_in_it(opened, built, run, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
    mine = tmp_path / "mine.ttl"
    mine.write_text(
        "@prefix her2: <https://w3id.org/her2kg/ontology#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        f'<https://w3id.org/her2kg/id/hostile> a her2:Agent ; rdfs:label "{hostile}" .\n'
    )
    # Over the small graph: what is said in the label does not depend on what else there is.
    small = {"HER2KG_GRAPH": str(ROOT / "tests" / "another_disease")}
    assert run("site", "--data", str(mine), "-o", str(tmp_path / "folder"), **small).returncode == 0
    watched = opened((tmp_path / "folder" / "index.html").as_uri())
    page = watched.open("#/agent/hostile")
    assert page.locator("h1").inner_text() == hostile
    page = watched.open("#/all/agent")
    assert page.locator("main img, main script").count() == 0
    assert watched.complaints == []


def test_served_over_http_it_is_the_same(opened, parts: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, content in parts.items():
        (tmp_path / "folder" / name).write_bytes(content)
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(quiet, directory=str(tmp_path / "folder"))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        watched = opened(f"http://127.0.0.1:{server.server_port}/index.html")
        page = watched.open("#/")
        assert chips(page) == ["lapatinib", "trastuzumab emtansine"]
        assert watched.complaints == []
    finally:
        server.shutdown()
        server.server_close()
