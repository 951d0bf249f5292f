"""Plain-English questions: what is understood, what is refused, and that nothing else is ever answered instead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from her2kg.answers import Answer
from her2kg.ask import NotUnderstoodError, Understanding, understand
from her2kg.errors import Her2kgError
from her2kg.knowledge import KnowledgeGraph
from her2kg.lexicon import bind, parse
from her2kg.tables import Thing
from her2kg.words import name_key


@dataclass(frozen=True)
class Asked:
    """A question and what its answer must hold.

    Parameters
    ----------
    answer : all of these, and nothing beyond them and ``also``
    any_of : at least one of these
    numbers : each of these in some row
    none_of : none of these
    """

    question: str
    answer: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    none_of: tuple[str, ...] = ()
    as_of: str | None = None
    query: str = field(default="", kw_only=True)


def names_of(answer: Answer) -> list[set[str]]:
    """Return every name by which each value of an answer goes."""
    return [
        {
            name_key(name)
            for name in (str(value), value.id.partition(":")[2] if isinstance(value, Thing) else "", *aliases)
            if name
        }
        for value, aliases in zip(answer.answer, answer.aliases, strict=True)
    ]


def faults(asked: Asked, answer: Answer) -> list[str]:
    """Return what is wrong with an answer; nothing if it is right."""
    named = names_of(answer)
    everything = set().union(*named) if named else set()
    found = []
    if asked.answer:
        found += [f"{name} is missing" for name in asked.answer if name_key(name) not in everything]
        allowed = {name_key(name) for name in (*asked.answer, *asked.also)}
        found += [
            f"{value} is too much" for value, names in zip(answer.answer, named, strict=True) if not names & allowed
        ]
    if asked.any_of and not {name_key(name) for name in asked.any_of} & everything:
        found.append(f"none of {asked.any_of}")
    found += [f"{name} must not be there" for name in asked.none_of if name_key(name) in everything]
    cells = {
        float(cell)
        for row in answer.table
        for cell in row.values()
        if isinstance(cell, (int, float)) and not isinstance(cell, bool)
    }
    found += [f"number {number} is missing" for number in asked.numbers if number not in cells]
    if asked.query and answer.query != asked.query:
        found.append(f"answered by {answer.query}")
    return found


SECOND_LINE = ("lapatinib", "trastuzumab emtansine")
QUESTIONS = [
    # Who failed and who succeeded
    Asked(
        "what drugs missed their primary endpoint in a second-line phase 3 study?", SECOND_LINE, also=("pembrolizumab",)
    ),
    Asked("which molecules were negative in phase III as 2nd-line treatment", SECOND_LINE, also=("pembrolizumab",)),
    Asked("name every agent with a failed 2L phase 3 trial", SECOND_LINE, also=("pembrolizumab",)),
    Asked("which agents failed phase III in line 2", SECOND_LINE, also=("pembrolizumab",), as_of="2020-04-30"),
    Asked(
        "which drugs did not improve survival in first line?",
        ("lapatinib", "pertuzumab"),
        also=("pembrolizumab",),
        as_of="2020-04-30",
    ),
    Asked("what failed in second line by the end of 2014", ("lapatinib",), query="agents-by-verdict"),
    Asked("did any drug fail in second line before 2013", none_of=("lapatinib",)),
    Asked("which HER2-targeted agents have been successful as of April 2020", ("trastuzumab",)),
    Asked("agents that succeeded in first line", any_of=("trastuzumab",), none_of=("lapatinib", "pertuzumab")),
    Asked("checkpoint inhibitors that succeeded", any_of=("nivolumab",), none_of=("avelumab",), as_of="2020-04-30"),
    Asked("which checkpoint inhibitors failed phase III", any_of=("avelumab",), none_of=("nivolumab",)),
    Asked("which phase III trials were unsuccessful in first line", any_of=("LOGIC", "JACOB"), none_of=("ToGA",)),
    Asked("verdict on Perjeta", ("pertuzumab",), query="agents-by-verdict"),
    # Results
    Asked("OS in JACOB", numbers=(0.84, 17.5, 14.2)),
    Asked("overall survival in GATSBY", numbers=(1.15, 7.9, 8.6)),
    Asked("what did the LOGIC trial find", numbers=(0.91,)),
    Asked("results of EGF104578", numbers=(0.84, 0.59)),
    Asked("findings of ToGA", numbers=(0.74, 13.8, 11.1)),
    Asked("what was the median PFS with dacomitinib", numbers=(2.1,)),
    Asked("was nivolumab better than placebo", numbers=(0.63,)),
    Asked("what is known about Kadcyla", any_of=("GATSBY",)),
    Asked("IHC 3+ subgroup of TyTAN", any_of=("IHC 3+",), numbers=(0.59,)),
    Asked("forest plot of PFS in phase III trials", any_of=("LOGIC",), query="hazard-ratios"),
    # Trials
    Asked("which studies evaluated Perjeta?", any_of=("JACOB",), none_of=("GATSBY",)),
    Asked("trials of nivolumab", any_of=("ATTRACTION-2",), none_of=("ToGA",)),
    Asked("second-line phase III trials", any_of=("GATSBY", "TyTAN"), none_of=("LOGIC", "ToGA")),
    Asked("phase II trials of trastuzumab", none_of=("ToGA", "JACOB"), query="studies"),
    Asked("sample size of JACOB", numbers=(780,)),
    Asked("participants in TyTAN", numbers=(261,)),
    Asked("which studies selected by FISH alone", ("LOGIC", "TyTAN")),
    Asked("in which trials had patients received trastuzumab before", any_of=("GATSBY",)),
    Asked("arms of GATSBY", any_of=("docetaxel or paclitaxel",), query="arms"),
    Asked("compare TyTAN with GATSBY", ("GATSBY", "TyTAN")),
    Asked("ToGA versus JACOB", ("JACOB", "ToGA")),
    Asked("which intervals touch 1", any_of=("JACOB",)),
    # Agents and targets
    Asked("what does trastuzumab deruxtecan target", ("trastuzumab deruxtecan",), query="agents"),
    Asked("which agents target PD-1", any_of=("nivolumab", "pembrolizumab"), none_of=("lapatinib", "avelumab")),
    Asked("which agents are antibody-drug conjugates", any_of=("trastuzumab emtansine",), none_of=("trastuzumab",)),
    Asked(
        "list the HER2-targeted antibodies",
        any_of=("trastuzumab", "pertuzumab"),
        none_of=("nivolumab", "avelumab", "pembrolizumab"),
    ),
    # Sources
    Asked("where does the review deviate from the original publications", any_of=("JACOB", "T-ACT", "LOGIC")),
    Asked("what is missing in the review", any_of=("LOGIC", "TyTAN", "GATSBY")),
    Asked("subgroups that were significant although the trial was negative", any_of=("TyTAN",), none_of=("ToGA",)),
    Asked("statistically inconsistent numbers", any_of=("T-ACT",)),
    # Resistance and detection
    Asked("how does loss of PTEN cause resistance", ("PTEN loss",)),
    Asked("acquired resistance", any_of=("acquired HER2 mutation",), none_of=("PTEN loss",)),
    Asked("mechanism of resistance through MET", any_of=("MET amplification",), none_of=("PTEN loss",)),
    Asked("serum ECD sensitivity", numbers=(0.77,)),
    Asked("surrogate for HER2 in ATTRACTION-2", ("ATTRACTION-2",)),
    # Found by asking what nobody had thought of
    Asked("HR for OS in JACOB?", numbers=(0.84,)),
    Asked("what was the hazard ratio for death in the JACOB trial", numbers=(0.84,)),
    Asked("mOS in JACOB", numbers=(17.5, 14.2)),
    Asked("mPFS dacomitinib", numbers=(2.1,)),
    Asked("how long was PFS with dacomitinib", numbers=(2.1,)),
    Asked("which compounds failed phase three in 2L", SECOND_LINE, also=("pembrolizumab",)),
    Asked("lapatinib in IHC 3+", numbers=(0.59,), query="subgroups"),
    Asked("what were the findings of TyTAN in IHC 3+ patients", numbers=(0.59,), query="subgroups"),
    Asked("did T-DM1 beat taxane", any_of=("GATSBY",)),
    Asked("any benefit from pertuzumab?", any_of=("JACOB",)),
    Asked("phase II trials of afatinib", any_of=("NCT02501603",), none_of=("DS8201-A-J101",)),
    Asked(
        "drugs with a survival benefit in phase III",
        any_of=("trastuzumab",),
        none_of=("lapatinib",),
        query="agents-by-endpoint-outcome",
    ),
    Asked("dual HER2/EGFR inhibitors", any_of=("lapatinib",), none_of=("trastuzumab",)),
    Asked("PD-1 inhibitors", any_of=("nivolumab",), none_of=("avelumab",), query="agents"),
    Asked("predictive markers for trastuzumab", query="predictive-markers"),
    Asked("IHC scoring", query="ihc-scoring"),
    Asked("AEs in GATSBY", query="safety"),
    Asked("MoA of zanidatamab", query="mode-of-action"),
    Asked("was JACOB positive or negative?", ("JACOB",), query="studies-by-verdict"),
    Asked("resistance mechanisms with only preclinical evidence", query="preclinical-resistance-mechanisms"),
    Asked("which mechanisms do not have clinical evidence", query="preclinical-resistance-mechanisms"),
    Asked("which phase 3 trials lack a hazard ratio in the review", any_of=("LOGIC", "TyTAN", "GATSBY")),
    Asked("which numbers does the review get wrong?", any_of=("JACOB", "T-ACT", "LOGIC")),
    Asked("how sensitive is serum HER2 ECD?", numbers=(0.77,)),
    Asked("HER2 amplification in CTCs of HER2-negative patients", numbers=(13, 50)),
    Asked("which ICI trials looked at HER2+ patients?", any_of=("ATTRACTION-2",)),
    Asked("enrollment in LOGIC", any_of=("LOGIC",), query="enrolment"),
    Asked("how many people took part in TyTAN", numbers=(261,)),
    Asked("which pathways does HER2 activate", query="pathways"),
    Asked("registry number of ToGA", ("ToGA",), query="studies"),
]


@pytest.mark.parametrize("asked", [pytest.param(asked, id=asked.question) for asked in QUESTIONS])
def test_question_is_answered(kg: KnowledgeGraph, asked: Asked) -> None:
    assert faults(asked, kg.ask(asked.question, asked.as_of)) == []


def test_rule_of_judging_answers_can_fail(kg: KnowledgeGraph) -> None:
    answer = kg.ask("which agents failed phase III in second line")
    assert faults(Asked("", ("lapatinib",)), answer) == ["trastuzumab emtansine is too much"]
    assert faults(Asked("", (*SECOND_LINE, "trastuzumab")), answer) == ["trastuzumab is missing"]
    assert faults(Asked("", any_of=("pertuzumab",)), answer)
    assert faults(Asked("", none_of=("Kadcyla",)), answer)
    assert faults(Asked("", numbers=(0.99,)), answer) == ["number 0.99 is missing"]
    assert faults(Asked("", ("T-DM1", "Tykerb")), answer) == []


# Synonyms mean the same

FOUNDING = "which agents failed phase III in second line"
SAME = {
    FOUNDING: [
        "Which agents failed phase III in second line?",
        "WHICH AGENTS FAILED PHASE III IN SECOND LINE",
        "which drugs failed phase 3 in second line",
        "which treatments failed phase III in the 2L setting",
        "which agents failed phase III in 2nd-line",
        "which agents failed phase III in the 2nd line",
        "which agents failed phase III as second-line therapy",
        "which agents failed phase III in line 2",
        "which agents were negative in phase III in second line",
        "agents with negative phase III trials in second line",
        "please list the agents that have failed in phase III, second line",
        "second line phase III: which agents failed",
    ],
    "verdict on T-DM1": [
        "verdict on Kadcyla",
        "verdict on trastuzumab emtansine",
        "verdict on ado-trastuzumab emtansine",
        "verdict on TDM1",
    ],
    "verdict on T-DXd": ["verdict on DS-8201a", "verdict on Enhertu", "verdict on trastuzumab deruxtecan"],
    "results of TyTAN": [
        "results of the TyTAN trial",
        "findings of the TyTAN study",
        "results of NCT00486954",
        "results of EGF104578",
    ],
    "was lapatinib effective in IHC 3+ patients?": [
        "was lapatinib effective in IHC3+ patients?",
        "was Tykerb effective in IHC 3+ participants",
    ],
}


@pytest.mark.parametrize(("first", "other"), [(first, other) for first, others in SAME.items() for other in others])
def test_other_words_mean_the_same(kg: KnowledgeGraph, first: str, other: str) -> None:
    expected, found = (understand(question, kg.snapshot.lexicon) for question in (first, other))
    assert (found.query, found.parameters) == (expected.query, expected.parameters)


def test_every_alias_of_an_agent_is_understood(kg: KnowledgeGraph) -> None:
    wrong = {}
    for row in kg.sparql(
        "SELECT ?agent ?name WHERE { ?agent a her2:Agent ; her2:target ?t ; skos:altLabel|rdfs:label ?name } ORDER BY ?agent ?name"
    ):
        try:
            found = understand(f"verdict on {row['name']}", kg.snapshot.lexicon)
        except NotUnderstoodError as error:
            wrong[str(row["name"])] = str(error)
            continue
        if found.parameters.get("agent") != row["agent"].id:
            wrong[str(row["name"])] = str(found)
    assert wrong == {}


@pytest.mark.parametrize(
    ("question", "released"),
    [
        ("did lapatinib fail in first line", {"agent": "kg:lapatinib", "line": "her2:FirstLine"}),
        ("is Kadcyla successful", {"agent": "kg:trastuzumab-emtansine"}),
    ],
)
def test_yes_or_no_question_wants_the_verdict_whatever_it_is(
    kg: KnowledgeGraph, question: str, released: dict[str, str]
) -> None:
    found = understand(question, kg.snapshot.lexicon)
    assert (found.query, found.parameters) == ("agents-by-verdict", released)


# Dates


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("as of 2020-04-30", "2020-04-30"),
        ("as of 2020-04", "2020-04-30"),
        ("as of 2020", "2020-12-31"),
        ("as of April 2020", "2020-04-30"),
        ("as of 30 April 2020", "2020-04-30"),
        ("as known on 3 april 2020", "2020-04-03"),
        ("known by 2016", "2016-12-31"),
        ("by the end of 2014", "2014-12-31"),
        ("until March 2016", "2016-03-31"),
        ("before 2013", "2012-12-31"),
        ("before March 2016", "2016-02-29"),
        ("before 2020-01-01", "2019-12-31"),
    ],
)
def test_date_in_the_question(kg: KnowledgeGraph, words: str, day: str) -> None:
    answer = kg.ask(f"{FOUNDING} {words}")
    assert (answer.query, answer.as_of) == ("agents-by-verdict", day)
    assert answer.table.rows == kg.ask(FOUNDING, as_of=day).table.rows


def test_date_of_the_option_wins_and_today_is_the_default(kg: KnowledgeGraph) -> None:
    assert kg.ask(f"{FOUNDING} as of 2014", as_of="2020-04-30").as_of == "2020-04-30"
    assert kg.ask(f"{FOUNDING} as of today").as_of == kg.ask(FOUNDING).as_of


@pytest.mark.parametrize("words", ["as of 2020-02-30", "as of 2020-13", "as of 31 February 2020"])
def test_impossible_date_is_refused(kg: KnowledgeGraph, words: str) -> None:
    with pytest.raises(Her2kgError, match="is no date"):
        kg.ask(f"{FOUNDING} {words}")


# Refusal

REFUSED = {
    "what is the outlook for stage III bowel cancer": "bowel",
    "does lapatinib work in lung cancer": "lung",
    "which agents failed phase III in ovarian cancer": "ovarian",
    "which agents failed phase III in fourth line": "fourth",
    "which agents failed phase IV": "iv",
    "which agents failed phase III in second line in Japan": "japan",
    "which agents failed phase III in second line; and what is the weather": "weather",
    "hazard ratio of osimertinib": "osimertinib",
    "cost of trastuzumab": "cost",
    "can you recommend a drug for me": "me",
    "what would you recommend to me": "me",
    "who funded ToGA": "fund",
    "list all unicorns that failed phase III": "unicorn",
    "DROP TABLE agents": "tabl",
    "zzz": "zzz",
    "should I take trastuzumab": "i",
    "how long do I have to live with HER2-positive gastric cancer": "i",
    "what is recommended for my father": "my",
    "does it work": "it",
    "which trials had patients without lapatinib": "without",
    "quelles molécules ont échoué": "échoué",
}


@pytest.mark.parametrize(("question", "word"), REFUSED.items())
def test_unknown_word_is_named_and_nothing_is_answered(kg: KnowledgeGraph, question: str, word: str) -> None:
    with pytest.raises(NotUnderstoodError) as caught:
        kg.ask(question)
    assert word in caught.value.words
    assert len(caught.value.nearest) == 3
    for nearest in caught.value.nearest:
        assert understand(nearest, kg.snapshot.lexicon).query


@pytest.mark.parametrize(
    "question", ["", "   ", "?", "which", "of the in", "???!", "\n", "as of 2020", "1", "' OR 1=1", "us", "US?"]
)
def test_nothing_asked_is_nothing_answered(kg: KnowledgeGraph, question: str) -> None:
    with pytest.raises(NotUnderstoodError):
        kg.ask(question)


def test_negation_is_not_taken_for_its_opposite(kg: KnowledgeGraph) -> None:
    for question in (
        "which agents did not fail phase III",
        "which agents never failed",
        "which drugs failed except lapatinib",
        "which agents did not fail",
    ):
        try:
            found = understand(question, kg.snapshot.lexicon)
        except NotUnderstoodError:
            continue
        assert found.parameters.get("outcome") != "her2:Failed", question


@pytest.mark.parametrize(
    "question",
    [
        "which trials were not negative",
        "which trials of lapatinib did not fail",
        "which agents were not unsuccessful",
        "trials without trastuzumab",
        "phase",
    ],
)
def test_what_is_not_so_is_not_answered(kg: KnowledgeGraph, question: str) -> None:
    with pytest.raises(NotUnderstoodError):
        kg.ask(question)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("approvals in the US", "her2:FDA"),
        ("what did Deguchi find", "kg:deguchi-cohort"),
        ("phase II trials of afatinib", "her2:PhaseII"),
    ],
)
def test_what_is_named_is_bound(kg: KnowledgeGraph, question: str, named: str) -> None:
    assert named in understand(question, kg.snapshot.lexicon).parameters.values()


def things_said(meaning: Understanding, question: str, kg: KnowledgeGraph, kinds: Iterable[str]) -> list[str]:
    """Return the phrases of a question that name a thing of these classes and bind no parameter."""
    items, _ = parse(question, kg.snapshot.lexicon)
    wanted = set(kinds)
    bound = set(meaning.parameters.values())
    return [
        key for key, meanings, _ in items if {k for k, _ in meanings} & wanted and not {c for _, c in meanings} & bound
    ]


def test_no_query_learns_to_pass_over_a_study_or_phase(kg: KnowledgeGraph) -> None:
    """A query that takes no phase must have no phase in its examples: it would answer for all phases and not say so."""
    passed_over = []
    for query in kg.queries():
        types = [(p.name, p.type) for p in query.parameters]
        for question in query.questions:
            items, _ = parse(question, kg.snapshot.lexicon)
            bound, _, _ = bind(items, types, None)
            said = Understanding(query.name, bound, None, ())
            passed_over += [
                (query.name, question, phrase) for phrase in things_said(said, question, kg, ("Study", "Phase"))
            ]
    assert passed_over == []


@pytest.mark.parametrize("study", ["LOGIC", "GATSBY", "T-ACT"])
@pytest.mark.parametrize("agent", ["lapatinib", "nivolumab"])
@pytest.mark.parametrize("phase", ["phase II", "phase III"])
def test_whatever_is_named_narrows_the_answer(kg: KnowledgeGraph, study: str, agent: str, phase: str) -> None:
    for template in (
        "{phase} trials of {agent}",
        "results of {study}",
        "which {phase} trials failed",
        "adverse events of {agent} in {study}",
    ):
        question = template.format(study=study, agent=agent, phase=phase)
        try:
            meaning = understand(question, kg.snapshot.lexicon)
        except NotUnderstoodError:
            continue
        assert things_said(meaning, question, kg, ("Study", "Agent", "Phase")) == [], (question, meaning)


@given(
    words=st.lists(
        st.sampled_from(
            "which agents trials failed phase III II in second first line of lapatinib ToGA not HER2 OS as of 2020 xyz ? + ' \" < >".split()
        ),
        max_size=12,
    )
)
def test_any_words_are_answered_or_refused(kg: KnowledgeGraph, words: list[str]) -> None:
    try:
        meaning = understand(" ".join(words), kg.snapshot.lexicon)
    except NotUnderstoodError as error:
        assert "\n" not in str(error)
        return
    query = kg.named(meaning.query)
    assert set(meaning.parameters) <= {p.name for p in query.parameters}
    assert "xyz" not in words


@given(text=st.text(max_size=80))
def test_any_text_is_answered_or_refused(kg: KnowledgeGraph, text: str) -> None:
    try:
        understand(text, kg.snapshot.lexicon)
    except NotUnderstoodError as error:
        assert not re.search(r"[\r\n]", str(error))


# Found wrong by a reader


@pytest.mark.parametrize(
    "asked",
    [
        Asked("how does margetuximab work", ("margetuximab",), query="mode-of-action"),
        Asked("does margetuximab work", any_of=("CP-MGAH22-05",), query="agent-results"),
        Asked("response rates in HER2 trials", numbers=(40.5, 11.3, 47), query="arm-values"),
        Asked("what has been approved in the us", ("trastuzumab", "trastuzumab deruxtecan"), query="approvals"),
        Asked("show us the results of TyTAN", numbers=(0.59,), query="study-results"),
        Asked("tell me about lapatinib", any_of=("LOGIC", "TyTAN")),
        Asked(
            "which trials are ongoing", none_of=("DESTINY-Gastric02", "MAHOGANY", "TRAXHER2"), query="ongoing-trials"
        ),
        Asked("which trials are ongoing", any_of=("DESTINY-Gastric02",), as_of="2020-04-30", query="ongoing-trials"),
    ],
    ids=lambda asked: asked.question,
)
def test_found_wrong_and_right_now(kg: KnowledgeGraph, asked: Asked) -> None:
    assert faults(asked, kg.ask(asked.question, as_of=asked.as_of)) == []


SURVIVAL = "which agents improved overall survival in phase III"


def test_survival_in_phase_three_on_both_days(kg: KnowledgeGraph) -> None:
    assert [str(agent) for agent in kg.ask(SURVIVAL, as_of="2020-04-30").answer] == ["trastuzumab"]
    today = kg.ask(SURVIVAL, as_of="2026-06-30").table
    assert {(str(row["agent"]), str(row["line"])) for row in today} == {
        ("trastuzumab", "first line"),
        ("trastuzumab deruxtecan", "second line"),
        ("zanidatamab", "first line"),
    }
    # Zanidatamab: in the combination alone, at an interim analysis; without tislelizumab nothing was shown.
    (zanidatamab,) = [row for row in today if str(row["agent"]) == "zanidatamab"]
    assert "tislelizumab" in str(zanidatamab["comparison"])
    assert "interim" in str(zanidatamab["timing"])
    results = kg.query("study-results", study="HERIZON-GEA-01", endpoint="OS", as_of="2026-06-30").table
    assert {"0.72", "0.80"} <= {str(row["valueText"]) for row in results}


def test_failed_in_second_line_is_right_on_both_days(kg: KnowledgeGraph) -> None:
    for day in ("2020-04-30", "2026-06-30"):
        answer = kg.ask("which agents failed in second line", as_of=day)
        assert [str(agent) for agent in answer.answer] == ["lapatinib", "trastuzumab emtansine"], day
