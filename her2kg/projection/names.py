"""The views there are. Apart from what makes them, so that a help text can name them at no cost."""

VIEWS = {
    "trials": "Agents, the trials that tested them, and what came out by endpoint",
    "comparisons": "Regimens, joined by every estimate that compares one with another",
    "mechanisms": "Mechanisms of resistance: alterations, genes, pathways, agents, strategies, with their evidence",
    "provenance": "Verdicts, the estimates they rest on, and the publications that report those",
    "ontology": "Classes and properties of the vocabulary",
    "raw": "Every triple: things joined by properties, with literals as attributes",
}
"""Views, with what each shows."""
