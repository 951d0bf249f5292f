"""A graph with everything that was seen to break a writer or a reader of graphs."""

from her2kg.projection.model import View, build

NODES = {
    "label_": ("string", "differs from label by its end"),
    "id": ("string", "a reserved name"),
    "name": ("string", "a reserved name"),
    "x": ("double", "a reserved name, taken for a place"),
    "y": ("double", "a reserved name"),
    "HR": ("double", "differs from hr in case alone"),
    "hr": ("double", "a number"),
    "skos:note": ("string", "a name with a colon"),
    "2nd line": ("boolean", "a name that begins with a digit"),
    "aliases": ("strings", "a list"),
    "from_day": ("date", "a day"),
    "n": ("integer", "a whole number"),
}
EDGES = {
    "hr": ("double", "whole and broken numbers mixed"),
    "hr_text": ("string", "as printed"),
    "ci_low": ("double", "lower limit"),
    "ci_high": ("double", "upper limit"),
    "p_text": ("string", "p as printed"),
    "n": ("integer", "patients"),
    "known_from": ("date", "a day"),
    "significant": ("boolean", "a truth value"),
    "verdict": ("string", "chooses a style"),
    "source": ("string", "a reserved name"),
    "weight": ("double", "a reserved name"),
    "papers": ("strings", "a list"),
}
HARD = '≥2L & <post-trastuzumab> "quoted" \\back\\slash\\ {a|b} `c` #35; &lt; %s ; , \' end'


def hazards() -> View:
    nodes = [
        ("end", {"kind": "agent", "iri": "https://w3id.org/her2kg/id/end", "label": "end", "id": "other", "name": "x"}),
        ("graph", {"kind": "trial", "iri": "https://w3id.org/her2kg/id/graph", "label": HARD, "x": 1, "y": 2.5}),
        (
            "trial.a:b/c d",
            {
                "kind": "trial",
                "iri": "https://w3id.org/her2kg/id/a:b/c d",
                "label": "median\x0c overall\r\nsurvival\tnext",
                "HR": 0.74,
                "hr": 1,
                "skos:note": "",
                "2nd line": True,
                "aliases": ["b; c|d", "a", "a", "", '"'],
                "from_day": "2010-08-28",
                "n": 0,
            },
        ),
        ("endpoint.OS", {"kind": "endpoint", "iri": "https://w3id.org/her2kg/id/OS", "label": "総生存期間 🎗️ בריאות"}),
        (
            "Trial.A:b/c d",
            {"kind": "thing in no palette", "iri": "https://example.org/A", "label": "  ", "n": 2**53 - 1},
        ),
        ("alone", {"kind": "class", "iri": "urn:alone", "label": "no edges"}),
    ]
    rest = {"kind": "estimate", "iri": "https://w3id.org/her2kg/id/e"}
    edges = [
        (
            "e1",
            "graph",
            "endpoint.OS",
            {
                **rest,
                "label": "0.74",
                "hr": 0.74,
                "hr_text": "0.74",
                "ci_low": 0.6,
                "ci_high": 0.91,
                "p_text": "<0.0046",
                "verdict": "met",
                "known_from": "2010-08-28",
                "significant": True,
                "papers": ["x", "y"],
            },
        ),
        (
            "e2",
            "graph",
            "endpoint.OS",
            {
                **rest,
                "label": "0.740",
                "hr": 0.74,
                "hr_text": "0.740",
                "verdict": "not met",
                "known_from": "2009-06-01",
                "significant": False,
                "n": 298,
            },
        ),
        (
            "e3",
            "graph",
            "endpoint.OS",
            {**rest, "label": HARD, "hr": 1, "hr_text": "1", "source": HARD, "weight": 1e-9},
        ),
        ("e4", "graph", "graph", {**rest, "label": "a loop", "hr": None, "hr_text": "", "papers": []}),
        ("e5", "endpoint.OS", "graph", {**rest, "label": "back", "kind": "GIVEN in (2)!"}),
        ("e:6 / <7>", "end", "trial.a:b/c d", {**rest, "label": "line\none"}),
    ]
    return build("trials", "Hazards & <traps>", "2026-11-26", (NODES, EDGES), nodes, edges)
