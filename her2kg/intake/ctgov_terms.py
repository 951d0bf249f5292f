"""Value lists of the registry, and the terms of the graph they mean.

Only where both say the same. What a value list leaves open stays open in the draft.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from her2kg.intake.vocabulary import Vocabulary

PHASES = {
    ("EARLY_PHASE1",): "her2:PhaseI",
    ("PHASE1",): "her2:PhaseI",
    ("PHASE1", "PHASE2"): "her2:PhaseI_II",
    ("PHASE2",): "her2:PhaseII",
    ("PHASE2", "PHASE3"): "her2:PhaseII_III",
    ("PHASE3",): "her2:PhaseIII",
    ("PHASE4",): "her2:PhaseIV",
}
ARM_ROLES = {
    "EXPERIMENTAL": "her2:Experimental",
    "ACTIVE_COMPARATOR": "her2:Control",
    "PLACEBO_COMPARATOR": "her2:Control",
    "SHAM_COMPARATOR": "her2:Control",
    "NO_INTERVENTION": "her2:Control",
}
FRAMEWORKS = {"SUPERIORITY": "her2:Superiority", "NON_INFERIORITY": "her2:NonInferiority"}
OUTCOME_ROLES = {
    "SECONDARY": "her2:Secondary",
    "OTHER_PRE_SPECIFIED": "her2:Exploratory",
    "POST_HOC": "her2:Exploratory",
}
STATUS = {
    "RECRUITING": "ongoing",
    "ACTIVE_NOT_RECRUITING": "ongoing",
    "ENROLLING_BY_INVITATION": "ongoing",
    "TERMINATED": "terminated",
}
"""Where the ontology has no term of the registry's own name."""
NO_TREATMENT = {"DIAGNOSTIC_TEST", "BEHAVIORAL", "DEVICE"}
"""Kinds of intervention that are no component of a regimen unless the graph knows them as an agent."""
_UNITS = {
    "months": "her2:Months",
    "month": "her2:Months",
    "weeks": "her2:Weeks",
    "week": "her2:Weeks",
    "days": "her2:Days",
    "day": "her2:Days",
    "participants": "her2:Patients",
    "participant": "her2:Patients",
    "patients": "her2:Patients",
    "subjects": "her2:Patients",
    "people": "her2:Patients",
    "%": "her2:Percent",
    "percent": "her2:Percent",
    "percentage": "her2:Percent",
}
_PERCENT_OF = re.compile(
    r"(?:percentage|percent|%) of (?:the )?(?:participants?|patients?|subjects?|people)\b", re.IGNORECASE
)
_LEVELS = {
    "CONFIDENCE_80": "80",
    "CONFIDENCE_90": "90",
    "CONFIDENCE_95": "95",
    "CONFIDENCE_975": "97.5",
    "CONFIDENCE_99": "99",
}
_LEVEL_TEXT = re.compile(r"(\d{2}(?:\.\d+)?)\s*%\s*confidence interval", re.IGNORECASE)
_KINDS = {
    "interquartilerange": "her2:InterquartileRange",
    "fullrange": "her2:Range",
}
SPREADS = {
    "standarddeviation": "standard deviation",
    "standarderror": "standard error",
    "geometriccoefficientofvariation": "geometric coefficient of variation",
}
_BRACKETS = re.compile(r"\s*[\(\[][^\(\)\[\]]*[\)\]]")
_INSIDE = re.compile(r"[\(\[]([^\(\)\[\]]{1,40})[\)\]]")
_LEAD = re.compile(
    r"^(?:median |kaplan-meier (?:estimates? of )?)"
    r"|^(?:the )?(?:percentage|proportion|number|rate) of (?:participants|patients|subjects) "
    r"(?:with|who had|achieving) (?:an? )?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+[-–—]\s|[:;,]|\s+(?:as|by|per|in|at|according|based|using|assessed|for|of|with|from)\b", re.IGNORECASE
)
_MONTHS = re.compile(
    r"(?<![\d.])(\d{1,3}(?:\.\d+)?)[\s-]*months?\b|\bmonths?\s+(\d{1,3}(?:\.\d+)?)(?![\d.])", re.IGNORECASE
)
_KEY = re.compile(r"[^a-z0-9]+")


def key(text: str) -> str:
    """Return a value of a list without case, blanks and punctuation ("STANDARD_DEVIATION", "Standard Deviation")."""
    return _KEY.sub("", text.casefold())


def unit(text: str, vocabulary: Vocabulary) -> str:
    """Return the unit a text names, empty if the ontology has none."""
    stripped = " ".join(text.split())
    if _PERCENT_OF.match(stripped):
        return "her2:Percent"
    found = _UNITS.get(stripped.casefold(), "")
    return found if found and vocabulary.has(found) else vocabulary.term("Unit", stripped)


def interval(text: str) -> tuple[str, str]:
    """Return confidence level in percent and kind of interval that a dispersion type names.

    Both are empty for a spread or none; a confidence interval of unnamed level is ("?", "").
    """
    if text in _LEVELS:
        return _LEVELS[text], ""
    named = _LEVEL_TEXT.search(text)
    if named:
        return named[1], ""
    if key(text) in {"confidenceother", "otherconfidenceintervallevel"}:
        return "?", ""
    return "", _KINDS.get(key(text), "")


def endpoint(title: str, vocabulary: Vocabulary) -> tuple[str, bool]:
    """Return the endpoint that a title names, and whether it is the title's own name rather than its beginning.

    No guess: "event-free survival" is not overall survival because "survival" occurs in it.
    """
    bare = " ".join(_BRACKETS.sub(" ", title).split())
    forms = [title, bare]
    led = _LEAD.sub("", bare)
    forms += [led, f"{led} rate"]
    forms += [led[: -len(" rate")]] if led.casefold().endswith(" rate") and led.count(" ") > 1 else []
    for form in forms:
        found = vocabulary.term("Endpoint", form)
        if found:
            return found, True
    inside = {
        vocabulary.term("Endpoint", text) for text in _INSIDE.findall(title) if text.isupper() or text[:1].isupper()
    } - {""}
    heads = [led[: cut.start()] for cut in reversed(list(_TAIL.finditer(led)))]
    begins = vocabulary.term("Endpoint", *(form for head in heads if " " in head for form in (head, f"{head} rate")))
    if begins and (not inside or inside == {begins}):
        return begins, False
    return "", False


def measure(text: str, vocabulary: Vocabulary) -> str:
    """Return the effect measure that a parameter type names, empty if the ontology has none."""
    return vocabulary.term("EffectMeasure", text, _BRACKETS.sub("", text).strip())


def months(text: str) -> str:
    """Return the one number of months a text names, empty if it names none or several.

    >>> months("12 months"), months("Month 6"), months("6 and 12 months"), months("12-month OS rate")
    ('12', '6', '', '12')
    """
    found = {first or second for first, second in _MONTHS.findall(text)}
    several = re.search(r"\d\s*(?:,|and|to|or|/|-)\s*\d", text)
    return found.pop() if len(found) == 1 and not several else ""


def sides(*texts: str) -> str:
    """Return the sides of a p value where a text states them, else not stated.

    >>> sides("1-sided log-rank test"), sides("two-sided", "one sided"), sides("")
    ('her2:OneSided', 'her2:NotStated', 'her2:NotStated')
    """
    joined = " ".join(texts).casefold()
    one = re.search(r"\b(?:one|1)[\s-]*(?:sided|tailed)", joined)
    two = re.search(r"\b(?:two|2)[\s-]*(?:sided|tailed)", joined)
    return "her2:OneSided" if one and not two else "her2:TwoSided" if two and not one else "her2:NotStated"


def population_kind(text: str) -> str:
    """Return the kind of population that a description states, empty where it takes reading.

    >>> population_kind("Intent-to-treat (ITT) population"), population_kind("Modified ITT: all treated")
    ('her2:IntentionToTreat', '')
    """
    joined = " ".join(text.casefold().split())
    if re.search(
        r"modified|\bmitt\b|subset|subgroup|per[\s-]protocol|evaluable|interim|received|treated with|at least one",
        joined,
    ):
        return ""
    if re.search(r"\bint[a-z]*[\s-]to[\s-]treat\b|\bitt\b|\ball randomi[sz]ed\b", joined):
        return "her2:IntentionToTreat"
    return ""
