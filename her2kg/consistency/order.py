"""Order: an estimate lies inside its own interval, whatever it is an estimate of."""

from her2kg.consistency.findings import Finding, Severity
from her2kg.consistency.printed import Printed
from her2kg.consistency.wording import number


def check_order(
    estimate: Printed | None, lower: Printed | None, upper: Printed | None, fields: tuple[str, str, str], name: str = ""
) -> list[Finding]:
    """Check that an estimate lies inside its own interval (rule ``estimate-inside-interval``).

    Parameters
    ----------
    estimate, lower, upper : any of them may be missing; same unit
    fields : names of the three fields
    name : what the estimate is, for the explanation
    """
    swapped = lower is not None and upper is not None and lower.lo > upper.hi
    below = estimate is not None and lower is not None and estimate.hi < lower.lo
    above = estimate is not None and upper is not None and estimate.lo > upper.hi
    if not (swapped or below or above):
        return []
    texts = {f: v.text for f, v in zip(fields, (estimate, lower, upper), strict=True) if v is not None}
    offending = fields[0]
    if swapped and lower is not None and upper is not None:
        offending = fields[1]
        said = f"The lower limit {lower.text} lies above the upper limit {upper.text}."
        if estimate is None or (upper.lo <= estimate.hi and estimate.lo <= lower.hi):
            said += " Read the other way round, the interval is in order."
        ends = (upper.lo, lower.hi)
    else:
        side = "below the lower limit" if below else "above the upper limit"
        printed = f"{name or 'The estimate'} {estimate.text if estimate else ''}"
        said = f"{printed} lies {side} of its own interval {lower.text if lower else ''} to "
        said += f"{upper.text if upper else ''}."
        ends = (lower.lo if lower else -float("inf"), upper.hi if upper else float("inf"))
    return [
        Finding(
            rule="estimate-inside-interval",
            severity=Severity.ERROR,
            subject="",
            inputs=texts,
            computed=f"an estimate inside the interval lies from {number(ends[0])} to {number(ends[1])}",
            computed_range=ends,
            explanation=said,
            reasons=(
                "a typing error in one of the numbers",
                "limits printed in the other order" if swapped else "limits of another group or endpoint",
            ),
            fields=(offending, *(f for f in texts if f != offending)),
        )
    ]
