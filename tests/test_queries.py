"""Every named query: its header, its text, its rows, and the same rows on a second engine."""

import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from her2kg import resources
from her2kg.answers import Answer
from her2kg.ask import NotUnderstoodError, understand
from her2kg.binding import bind
from her2kg.compiler import named_queries
from her2kg.engine import bare
from her2kg.headers import LITERAL_TYPES, NamedQuery, placeholder, read_query, read_rule
from her2kg.knowledge import KnowledgeGraph
from her2kg.terms import PREFIXES

GOLDEN = Path(__file__).parent / "golden"
CATALOGUE = [pytest.param(query, id=query.name) for query in named_queries()]
RULES = [pytest.param(read_rule(path), id=Path(path).stem) for path in resources.rule_files()]
MAY_BE_EMPTY = {"unrepresented-claims"}  # a good sign: it lists what is left to do
ASKED_INSIDE = {("alteration-prevalence", "mechanism")}  # a sub-select says whether it is meant, not which it is
each_query = pytest.mark.parametrize("query", CATALOGUE)


def answered(kg: KnowledgeGraph, query: NamedQuery, **values: str) -> Answer:
    """Run a query with its defaults, required parameters taken from their examples."""
    return kg.query(query.name, **{p.name: p.example for p in query.parameters if p.required} | values)


# Headers and texts


def test_there_are_at_least_thirty() -> None:
    assert len(CATALOGUE) >= 30


@each_query
def test_header_is_complete(query: NamedQuery) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", query.name)
    assert query.summary
    assert not query.summary.endswith(".")
    assert query.tags
    assert query.questions
    assert [c.name for c in query.columns if not c.label] == []
    assert [p.name for p in query.parameters if not (p.label and p.example)] == []
    assert [u for p in query.parameters for u in (*p.unless, *p.asked_of) if query.parameter(u) is None] == []


@each_query
def test_parameter_types_are_classes(query: NamedQuery, graph: rdflib.Graph) -> None:
    classes = {str(cls).rpartition("#")[2] for cls in graph.subjects(rdflib.RDF.type, rdflib.OWL.Class)}
    assert {p.type for p in query.parameters} - {*LITERAL_TYPES} - classes == set()


def test_no_question_is_claimed_by_two_queries() -> None:
    asked = Counter(question.casefold().strip(" ?") for query in named_queries() for question in query.questions)
    assert [question for question, times in asked.items() if times > 1] == []


@each_query
def test_text_is_plain_sparql_for_any_tool(query: NamedQuery) -> None:
    text = bare(query.sparql)
    assert not re.search(r"\bNOT\s+EXISTS\b", text, re.IGNORECASE), (
        "slow over a join; use OPTIONAL and !BOUND, or MINUS"
    )
    assert not re.search(r"\bSERVICE\b", text, re.IGNORECASE)
    assert re.search(r"\}\s*(GROUP BY[^{}]*)?ORDER BY[^{}]*$", text, re.IGNORECASE), "the rows need an order"
    ox.Store().query(query.sparql)
    prepareQuery(query.sparql)


@each_query
def test_columns_are_the_projection(query: NamedQuery) -> None:
    assert [str(variable) for variable in prepareQuery(query.sparql).algebra.PV] == [
        column.name for column in query.columns
    ]


@each_query
def test_each_parameter_is_bound_by_values_blocks_that_are_the_same(query: NamedQuery) -> None:
    for p in query.parameters:
        assert set(re.findall(rf"VALUES\s+\?{p.name}\b[^}}]*}}", query.sparql)) == {
            f"VALUES ?{p.name} {{ {p.default} }}"
        }
        assert len(re.findall(rf"\?{p.name}\b", bare(query.sparql))) > 1, f"{p.name} narrows nothing"


@each_query
def test_saying_a_parameter_again_changes_no_answer(query: NamedQuery, kg: KnowledgeGraph) -> None:
    """The same block in a sub-select or branch is for the engine alone."""
    for p in query.parameters:
        _, *again = placeholder(p.name).finditer(query.sparql)
        if again and (query.name, p.name) not in ASKED_INSIDE:
            required = {other.name: other.example for other in query.parameters if other.required}
            text, _ = bind(kg.names, query, required | {p.name: p.example}, None)
            end = next(placeholder(p.name).finditer(text)).end()
            once = text[:end] + placeholder(p.name).sub("", text[end:])
            assert kg.engine.select(once) == kg.engine.select(text), p.name


@each_query
def test_every_prefix_is_declared_and_known(query: NamedQuery) -> None:
    declared = dict(re.findall(r"(?m)^PREFIX (\w+): <([^>]+)>", query.sparql))
    used = set(re.findall(r"(?<![\w:/?$-])([a-z]\w*):[A-Za-z_]", bare(re.sub(r"(?m)^PREFIX.*$", "", query.sparql))))
    assert used - set(declared) == set()
    assert {p for p, namespace in declared.items() if PREFIXES.get(p, namespace) != namespace} == set()


@pytest.mark.parametrize("rule", RULES)
def test_rule_is_a_construct_query_of_both_engines(rule) -> None:
    assert not re.search(r"\bNOT\s+EXISTS\b|\bSERVICE\b", bare(rule.sparql), re.IGNORECASE)
    assert isinstance(ox.Store().query(rule.sparql), ox.QueryTriples)
    assert prepareQuery(rule.sparql).algebra.name == "ConstructQuery"


@pytest.mark.parametrize("rule", RULES)
def test_rule_states_its_version_where_it_signs(rule) -> None:
    signed = re.findall(r'her2:ruleVersion "([^"]*)"', rule.sparql)
    assert signed in ([], [rule.version])


# Rows


@each_query
def test_runs_with_its_defaults(kg: KnowledgeGraph, query: NamedQuery) -> None:
    answer = answered(kg, query)
    assert answer.table.names == tuple(column.name for column in query.columns)
    if query.name not in MAY_BE_EMPTY:
        assert answer.answer
    assert len(answer.aliases) == len(answer.answer)


@each_query
def test_as_it_stands_the_file_means_any(kg: KnowledgeGraph, query: NamedQuery) -> None:
    if any(p.required for p in query.parameters):
        pytest.skip("has a required parameter")
    # The file, or where the graph says what a parameter usually is, the file with that.
    ours = kg.named(query.name).sparql
    assert (ours == query.sparql) == all(not p.usual for p in query.parameters)
    assert Counter(kg.engine.select(ours).rows) == Counter(kg.engine.select(answered(kg, query).sparql).rows)


@each_query
def test_runs_with_each_example(kg: KnowledgeGraph, query: NamedQuery) -> None:
    for p in query.parameters:
        answer = answered(kg, query, **{p.name: p.example})
        assert p.name == "asOf" or p.name in answer.parameters


@each_query
def test_no_row_comes_from_after_the_day(kg: KnowledgeGraph, query: NamedQuery) -> None:
    if query.parameter("asOf") is None:
        pytest.skip("does not depend on the date")
    values = {p.name: p.example for p in query.parameters if p.required}
    then = kg.query(query.name, as_of="2009-12-31", **values)
    sources = {use.source.id for use in then.sources}
    known = kg.sparql(
        'SELECT ?source WHERE { ?source a her2:Source ; her2:knownFrom ?day FILTER(?day > "2009-12-31"^^xsd:date) }'
    )
    assert sources & {row["source"].id for row in known} == set()


@each_query
def test_rows_are_the_golden_ones(kg: KnowledgeGraph, query: NamedQuery, request: pytest.FixtureRequest) -> None:
    rows = answered(kg, query).table.render("tsv") + "\n"
    path = GOLDEN / f"{query.name}.tsv"
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(rows, encoding="utf-8")
    assert path.exists(), "no golden rows yet: read the rows against their sources, then run with --update-golden"
    assert rows.splitlines() == path.read_text(encoding="utf-8").splitlines()


@each_query
def test_the_order_of_rows_is_settled(kg: KnowledgeGraph, query: NamedQuery) -> None:
    """No two rows are equal in all that the query orders by: their order would change with the build of the graph."""
    ordered = re.findall(r"\?(\w+)", query.sparql.rpartition("ORDER BY")[2])
    solutions = kg.engine.select(answered(kg, query).sparql)
    places = [solutions.variables.index(name) for name in ordered if name in solutions.variables]
    keys = Counter(tuple(row[place] for place in places) for row in solutions.rows)
    assert [key for key, times in keys.items() if times > 1] == []


def test_no_golden_file_without_a_query() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} - {query.name for query in named_queries()} == set()


def of_value(term: object) -> object:
    """Return a term of either engine in a form that is equal where the values are: 0.6 and 0.60, 1 and 1.0.

    Language tags are left out, as in every answer; the engines differ on whether joined labels have one.
    """
    if term is None:
        return None
    if isinstance(term, (rdflib.Literal, ox.Literal)):
        text, kind = (
            (str(term), str(term.datatype)) if isinstance(term, rdflib.Literal) else (term.value, term.datatype.value)
        )
        if kind.endswith(("#integer", "#decimal", "#double")):
            try:
                return Decimal(text).normalize()
            except InvalidOperation:
                return text
        return (text,)
    return term.value if isinstance(term, (ox.NamedNode, ox.BlankNode)) else f"{term}"


@each_query
def test_rdflib_gives_the_same_rows(kg: KnowledgeGraph, graph: rdflib.Graph, query: NamedQuery) -> None:
    # rdflib works out nested optional parts again and again: all proofs at once take it ten minutes, one takes seconds.
    sparql = answered(kg, query, **({"study": "TyTAN"} if query.name == "verdict-proof" else {})).sparql
    fast = Counter(tuple(of_value(term) for term in row) for row in kg.engine.select(sparql).rows)
    slow = Counter(tuple(of_value(term) for term in row) for row in graph.query(sparql))
    assert list((fast - slow).items())[:3] == []
    assert list((slow - fast).items())[:3] == []


# Questions


@each_query
def test_ask_understands_every_example_question_as_this_query(kg: KnowledgeGraph, query: NamedQuery) -> None:
    taken = {}
    for question in query.questions:
        try:
            taken[question] = understand(question, kg.snapshot.lexicon).query
        except NotUnderstoodError as error:
            taken[question] = f"not understood: {', '.join(error.words)}"
    assert {question: name for question, name in taken.items() if name != query.name} == {}


# Bad headers, each an error that names the file

GOOD = """#+ summary: All things
#+ tags: [test]
#+ parameters: {thing: {type: Agent, label: thing, example: lapatinib}}
#+ columns: {thing: {label: thing}}
#+ answer: thing
#+ questions: [what is there]
SELECT ?thing WHERE { VALUES ?thing { UNDEF } ?thing a ?kind } ORDER BY ?thing
"""
BAD = {
    "no header": (GOOD.replace("#+", "#"), "no header"),
    "not YAML": (GOOD.replace("[test]", "[test"), "not YAML"),
    "a list": ("#+ - one\n", "keys and values"),
    "no summary": (GOOD.replace("#+ summary: All things\n", ""), "no 'summary'"),
    "no questions": (GOOD.replace("#+ questions: [what is there]\n", ""), "no 'questions'"),
    "unknown key": (GOOD.replace("tags", "tag"), "unknown key 'tag'"),
    "unknown key of a column": (
        GOOD.replace("{label: thing}}\n#+ answer", "{lable: thing}}\n#+ answer"),
        "unknown key 'lable'",
    ),
    "unknown key of a parameter": (GOOD.replace("example", "exemple"), "unknown key 'exemple'"),
    "parameter without type": (GOOD.replace("type: Agent, ", ""), "no type"),
    "answer is no column": (GOOD.replace("answer: thing", "answer: other"), "no column 'other'"),
    "no VALUES": (GOOD.replace("VALUES ?thing { UNDEF } ", ""), "found none"),
    "two VALUES": (GOOD.replace("?thing a ?kind", "?thing a ?kind VALUES ?thing { her2:Arm }"), "2 different ones"),
    "columns are a text": (GOOD.replace("{thing: {label: thing}}", "thing"), "keys and values"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_header_is_refused(tmp_path: Path, what: str) -> None:
    text, message = BAD[what]
    path = tmp_path / "some-query.rq"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_query(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_good_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "some-query.rq"
    path.write_text(GOOD, encoding="utf-8")
    query = read_query(str(path))
    assert (query.name, query.answer, query.parameters[0].default) == ("some-query", "thing", "UNDEF")
    assert NamedQuery.restore(query.dump()) == query
