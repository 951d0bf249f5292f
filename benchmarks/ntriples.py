"""Terms as N-Triples, for the generator of evidence graphs."""

from __future__ import annotations

from her2kg.terms import HER2, KG, PREFIXES

XSD = PREFIXES["xsd"]


def kg(name: str) -> str:
    """Return a thing of the graph as a term."""
    return f"<{KG}{name}>"


def term(name: str) -> str:
    """Return a term of the ontology."""
    return f"<{HER2}{name}>"


def text(value: str) -> str:
    """Return a string; none here has a quote or a backslash."""
    return f'"{value}"'


def whole(value: int) -> str:
    """Return a whole number."""
    return f'"{value}"^^<{XSD}integer>'


def printed(name: str, digits: str) -> dict[str, str]:
    """Return a number and its printed digits."""
    kind = "decimal" if "." in digits else "integer"
    return {name: f'"{digits}"^^<{XSD}{kind}>', f"{name}Text": text(digits)}
