"""What studies are like, read from the shipped graph: the distributions that the generator draws from."""

from __future__ import annotations

import math
from datetime import date
from typing import NamedTuple

import her2kg


class Models(NamedTuple):
    """What the shipped graph says that studies are like; lists of values to draw from."""

    tested: list[tuple[str, str]]
    backbones: list[tuple[str, str]]
    alterations: list[tuple[str, str]]
    randomised_n: list[int]
    single_n: list[int]
    hazard_ratios: list[tuple[float, float]]
    """Log hazard ratio and its standard error."""
    control_medians: list[float]
    response_percents: list[float]
    days: list[date]


def models() -> Models:
    """Read the distributions from the shipped graph."""
    kg = her2kg.load()

    def rows(sparql: str) -> list[tuple]:
        return [tuple(row.values()) for row in kg.sparql(sparql)]

    def things(sparql: str) -> list[tuple[str, str]]:
        return [(thing.id.partition(":")[2], thing.label) for (thing,) in rows(sparql)]

    def sizes(kind: str) -> list[int]:
        return [
            n for (n,) in rows(f"SELECT ?n WHERE {{ ?s a her2:{kind} ; her2:n ?n . FILTER(?n >= 20) }} ORDER BY ?n")
        ]

    ratios = rows(
        "SELECT ?v ?l ?u WHERE { ?r her2:measure her2:HazardRatio ; her2:value ?v ; her2:lower ?l ; her2:upper ?u ; "
        "her2:confidenceLevel 95 } ORDER BY ?v ?l ?u"
    )
    medians = rows(
        "SELECT ?m WHERE { ?r a her2:EffectReport ; her2:controlValue ?m ; her2:armUnit her2:Months . "
        "FILTER(?m > 1) } ORDER BY ?m"
    )
    percents = rows(
        "SELECT ?v WHERE { ?r a her2:ArmReport ; her2:statistic her2:Proportion ; her2:unit her2:Percent ; "
        "her2:value ?v } ORDER BY ?v"
    )
    days = rows("SELECT ?d WHERE { ?s a her2:Source ; her2:knownFrom ?d } ORDER BY ?d")
    given = "?a a her2:Agent ; her2:agentClass ?c . ?component her2:agent ?a . FILTER(?c {} her2:Cytotoxic)"
    inactive = "MINUS { ?a her2:agentClass her2:InactiveControl } MINUS { ?a her2:agentClass her2:Cytotoxic }"
    return Models(
        tested=things(f"SELECT DISTINCT ?a WHERE {{ {given.format('!=')} {inactive} }} ORDER BY ?a"),
        backbones=things(f"SELECT DISTINCT ?a WHERE {{ {given.format('=')} }} ORDER BY ?a"),
        alterations=things("SELECT ?a WHERE { ?a a her2:Alteration } ORDER BY ?a"),
        randomised_n=sizes("RandomisedTrial"),
        single_n=sizes("SingleArmTrial"),
        hazard_ratios=[
            (math.log(v), math.log(u / low) / (2 * 1.959964)) for v, low, u in ratios if 0.3 < v < 2 and low < v < u
        ],
        control_medians=[m for (m,) in medians],
        response_percents=[v for (v,) in percents if 2 < v < 95],
        days=[date.fromisoformat(d) for (d,) in days],
    )
