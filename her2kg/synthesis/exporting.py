"""A synthesis to be done again elsewhere: a table R metafor reads as it is, and an R script that checks the result.

Numbers have the digits that give the same double back; printed texts stay as printed.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from her2kg.synthesis.pooling import Method, Prediction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from her2kg.synthesis.models import StudyEstimate
    from her2kg.synthesis.pooling import Pooled

COLUMNS = (
    *(
        "study",
        "measure",
        "yi",
        "vi",
        "sei",
        "estimate_text",
        "lower_text",
        "upper_text",
        "level",
        "n",
        "line",
        "agents",
    ),
    *("control", "endpoint", "population", "design", "role", "date", "source", "locator", "report"),
)


def to_csv(studies: Sequence[StudyEstimate]) -> str:
    """Return the estimates as CSV: in R ``rma(yi, vi, slab = study, data = read.csv(FILE))``; ends with a newline."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(study) for study in studies)
    return out.getvalue()


def _row(study: StudyEstimate) -> list[object]:
    return [
        study.label,
        study.measure,
        repr(study.yi),
        repr(study.vi),
        repr(study.sei),
        study.value_text,
        study.lower_text,
        study.upper_text,
        f"{study.level:g}",
        "" if study.n is None else study.n,
        study.line,
        " + ".join(study.agents),
        " + ".join(study.control),
        study.endpoint,
        study.population,
        study.design,
        study.role,
        study.date,
        study.source,
        study.locator,
        study.report,
    ]


def to_r(studies: Sequence[StudyEstimate], pooled: Pooled) -> str:
    """Return an R script that pools the estimates with metafor and stops where it finds another result.

    It holds the data, so that it runs on its own; ends with a newline. REML is run with a tolerance below metafor's
    default, which stops up to 1e-5 short of the maximum.
    """
    test = "knha" if pooled.hksj else "z"
    lines = [
        "# Made by her2kg synthesize. Needs the R package metafor (Debian: r-cran-metafor).",
        *(f"# {_comment(note)}" for note in pooled.notes),
        "suppressMessages(library(metafor))",
        "",
        "dat <- data.frame(",
        f"  study = {_strings(study.label for study in studies)},",
        f"  yi = {_numbers(study.yi for study in studies)},",
        f"  vi = {_numbers(study.vi for study in studies)},",
        f"  printed = {_strings(_printed(study) for study in studies)},",
        f"  level = {_numbers(study.level for study in studies)}",
        ")",
        f'res <- rma(yi, vi, data = dat, slab = study, method = "{pooled.method.name}", test = "{test}", '
        f"level = {pooled.level!r},",
        "           control = list(threshold = 1e-12, maxiter = 1e5, tol = 1e-12,",
        "                          tau2.max = max(100, 10 * diff(range(dat$yi))^2)))",
        "print(res)",
        "print(round(exp(c(ratio = c(res$beta), lower = res$ci.lb, upper = res$ci.ub)), 6))",
    ]
    if pooled.tau2_range is not None:
        lines.append("print(confint(res))")
    if pooled.prediction is not None:
        freedom = pooled.k - 2 if pooled.prediction_rule is Prediction.HTS else pooled.freedom
        level = f"{0.5 + pooled.level / 200.0!r}"
        quantile = f"qnorm({level})" if freedom is None else f"qt({level}, {freedom})"
        lines += [
            f"# Prediction interval, {prediction_words(pooled)}.",
            f"prediction <- c(res$beta) + c(-1, 1) * {quantile} * sqrt(res$tau2 + res$se^2)",
            "print(round(exp(c(prediction.lower = prediction[1], prediction.upper = prediction[2])), 6))",
        ]
    lines += [
        "",
        "# What her2kg found; the script stops if metafor finds anything else.",
        "same <- function(x, y) stopifnot(abs(x - y) <= 1e-6 * pmax(1, abs(y)))",
        *(
            f"same({name}, {value!r})"
            for name, value in (
                ("c(res$beta)", pooled.estimate),
                ("res$se", pooled.se),
                ("res$ci.lb", pooled.lower),
                ("res$ci.ub", pooled.upper),
                ("res$tau2", pooled.tau2),
                ("res$QE", pooled.q),
                ("res$I2", pooled.i2),
            )
        ),
        *([f"same(prediction, {_numbers(pooled.prediction)})"] if pooled.prediction is not None else []),
        'cat("metafor agrees with her2kg\\n")',
    ]
    return "\n".join(lines) + "\n"


def prediction_words(pooled: Pooled) -> str:
    """Return the convention of a prediction interval for a reader."""
    if pooled.prediction_rule is Prediction.HTS:
        return f"Higgins-Thompson-Spiegelhalter, {_t(pooled.k - 2)}"
    freedom = pooled.freedom
    return "normal quantile" if freedom is None else _t(freedom)


def _t(freedom: int) -> str:
    return f"t with {freedom} degree{'' if freedom == 1 else 's'} of freedom"


def method_words(pooled: Pooled) -> str:
    """Return the method for a reader."""
    interval = ", Hartung-Knapp-Sidik-Jonkman interval" if pooled.hksj else ""
    kind = "" if pooled.method is Method.EE else "random effects, "
    return f"{kind}{pooled.method.words}{interval}"


def _printed(study: StudyEstimate) -> str:
    return f"{study.value_text} ({study.lower_text} to {study.upper_text})" if study.value_text else ""


def _strings(texts: Iterable[str]) -> str:
    # JSON's escapes are R's, except for pairs of surrogates: those characters are written as they are.
    quoted = [json.dumps(text, ensure_ascii=not any(ord(char) > 0xFFFF for char in text)) for text in texts]
    return f"c({', '.join(quoted)})"


def _numbers(values: Iterable[float]) -> str:
    return f"c({', '.join(repr(float(value)) for value in values)})"


def _comment(text: str) -> str:
    return " ".join(text.split())
