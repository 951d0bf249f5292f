"""What kind of number an estimate is: its scale decides which rules apply and where "no difference" lies."""

import re
from dataclasses import dataclass
from enum import Enum

from her2kg.consistency.errors import UnknownMeasureError, shorten
from her2kg.consistency.printed import Domain


class Kind(Enum):
    """Scale of an estimate and of its limits."""

    RATIO = "ratio, no difference at 1"
    DIFFERENCE = "difference, no difference at 0"
    PERCENT = "percentage of patients"
    FRACTION = "share of patients between 0 and 1"
    TIME = "time, such as a median survival"
    LEVEL = "mean, rate or other single value"


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of effect or of one arm.

    Parameters
    ----------
    name : as written in findings
    kind : its scale
    wald : its interval is usually symmetric on the additive scale, so that asymmetry is worth a warning
    survival : its ratio can be compared with two medians
    t_based : its interval and p usually come from Student's t, so that few patients move p
    """

    name: str
    kind: Kind
    wald: bool = True
    survival: bool = False
    t_based: bool = False

    @property
    def null(self) -> float:
        """The value that means no difference, on the printed scale."""
        return 1.0 if self.kind is Kind.RATIO else 0.0

    @property
    def compares(self) -> bool:
        """Say whether the measure compares two arms, so that a p value can belong to it."""
        return self.kind in {Kind.RATIO, Kind.DIFFERENCE}

    @property
    def domain(self) -> Domain:
        """The values the estimate and its limits can take."""
        return _DOMAINS[self.kind]


_DOMAINS = {
    Kind.RATIO: Domain.POSITIVE,
    Kind.DIFFERENCE: Domain.REAL,
    Kind.PERCENT: Domain.PERCENT,
    Kind.FRACTION: Domain.PROBABILITY,
    Kind.TIME: Domain.POSITIVE,
    Kind.LEVEL: Domain.REAL,
}

HAZARD_RATIO = Measure("HR", Kind.RATIO, survival=True)
ODDS_RATIO = Measure("OR", Kind.RATIO)
RISK_RATIO = Measure("RR", Kind.RATIO)
OTHER_RATIO = Measure("ratio", Kind.RATIO)
RISK_DIFFERENCE = Measure("RD", Kind.DIFFERENCE, wald=False)
"""Not Wald: the score intervals of Newcombe and of Miettinen and Nurminen, both common, are skewed."""
MEAN_DIFFERENCE = Measure("MD", Kind.DIFFERENCE, t_based=True)
OTHER_DIFFERENCE = Measure("difference", Kind.DIFFERENCE)
PERCENTAGE = Measure("percentage", Kind.PERCENT)
PROPORTION = Measure("proportion", Kind.FRACTION)
MEDIAN = Measure("median", Kind.TIME)
SINGLE_VALUE = Measure("value", Kind.LEVEL)

_NAMES: dict[str, Measure] = {
    **dict.fromkeys(("hr", "hazardratio", "shr", "subhr", "subdistributionhazardratio", "cshr"), HAZARD_RATIO),
    **dict.fromkeys(("or", "oddsratio", "dor", "diagnosticoddsratio"), ODDS_RATIO),
    **dict.fromkeys(("rr", "riskratio", "relativerisk", "prevalenceratio", "pr"), RISK_RATIO),
    **dict.fromkeys(("ratio", "irr", "rateratio", "incidencerateratio", "incidenceratio", "gmr"), OTHER_RATIO),
    **dict.fromkeys(("geometricmeanratio", "rom", "ratioofmeans", "smr", "timeratio"), OTHER_RATIO),
    **dict.fromkeys(("rd", "riskdifference", "arr", "ard", "ratedifference"), RISK_DIFFERENCE),
    **dict.fromkeys(("percentagepoints", "differenceinproportions", "absoluteriskdifference"), RISK_DIFFERENCE),
    **dict.fromkeys(("absoluteriskreduction", "proportiondifference", "responsedifference"), RISK_DIFFERENCE),
    **dict.fromkeys(("md", "meandifference", "smd", "wmd", "standardisedmeandifference"), MEAN_DIFFERENCE),
    **dict.fromkeys(("standardizedmeandifference", "cohensd", "hedgesg", "beta", "b", "coefficient"), MEAN_DIFFERENCE),
    **dict.fromkeys(("lsmeandifference", "differenceinmeans", "slope", "regressioncoefficient"), MEAN_DIFFERENCE),
    **dict.fromkeys(("difference", "diff", "delta", "rmstdifference", "loghr", "logor", "logrr"), OTHER_DIFFERENCE),
    **dict.fromkeys(("lnhr", "lnor", "lnrr", "logratio", "loghazardratio", "logoddsratio"), OTHER_DIFFERENCE),
    **dict.fromkeys(("percent", "percentage", "%", "pct", "orr", "dcr", "cr", "responserate", "cbr"), PERCENTAGE),
    **dict.fromkeys(("objectiveresponserate", "overallresponserate", "diseasecontrolrate", "pcr"), PERCENTAGE),
    **dict.fromkeys(("objectiveresponse", "overallresponse", "completeresponse", "diseasecontrol"), PERCENTAGE),
    **dict.fromkeys(("proportion", "fraction", "share", "sensitivity", "specificity", "prevalence"), PROPORTION),
    **dict.fromkeys(("median", "mediansurvival", "medianos", "medianpfs", "mediandor", "time"), MEDIAN),
    **dict.fromkeys(("mediantime", "medianoverallsurvival", "medianprogressionfreesurvival"), MEDIAN),
    **dict.fromkeys(("mean", "rate", "value", "incidence", "incidencerate", "survivalrate", "rmst"), SINGLE_VALUE),
    **dict.fromkeys(("landmarkrate", "kaplanmeierrate", "kmrate", "auc", "correlation", "score"), SINGLE_VALUE),
}

_NOT_NAME = re.compile(r"[^a-z0-9%]+")
_ADJECTIVE = re.compile(r"^(?:adj(?:usted)?|crude|un?adj(?:usted)?|unstratified|stratified|pooled|a(?=hr|or|rr))")


def find_measure(name: str) -> Measure | None:
    """Return the measure a text names, None for an empty text.

    Raises
    ------
    UnknownMeasureError : the text names something else

    Examples
    --------
    >>> find_measure("Adjusted hazard ratio").name
    'HR'
    """
    found = _NAMES.get(name)
    if found is not None:
        return found
    plain = _NOT_NAME.sub("", name.lower())
    if not plain:
        return None
    # An adjective is taken off only where the whole is unknown: "arr" is a measure, "aor" an adjusted one.
    found = _NAMES.get(plain) or _NAMES.get(_ADJECTIVE.sub("", plain)) or _NAMES.get(plain.replace("%", ""))
    if found is None:
        raise UnknownMeasureError(
            f"{shorten(name)} names no measure known here; use HR, OR, RR, RD, MD, ratio, difference, percentage, "
            f"proportion, median or value"
        )
    return found
