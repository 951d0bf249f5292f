"""One synthesis from options to text: what ``her2kg synthesize`` calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from her2kg.synthesis.comparing import cumulative, leave_one_out
from her2kg.synthesis.errors import SynthesisError
from her2kg.synthesis.exporting import to_csv, to_r
from her2kg.synthesis.pooling import Method, Pooled, Prediction, pool
from her2kg.synthesis.reporting import CAUTION, numbers_table, render, result_table, steps_table, studies_table
from her2kg.synthesis.selecting import MAIN, Selection, estimates_from

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.knowledge import KnowledgeGraph
    from her2kg.synthesis.comparing import Step


@dataclass(frozen=True, slots=True)
class Synthesis:
    """A selection of estimates, their pool, and the steps that were asked for."""

    selection: Selection
    pooled: Pooled
    leave_one_out: tuple[Step, ...] = ()
    cumulative: tuple[Step, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything a reader must be told."""
        out = [f"left out, {text}" for text in self.selection.left_out]
        return tuple(dict.fromkeys([*self.pooled.notes, *self.selection.notes, *out, CAUTION]))

    def render(self, form: str) -> str:
        """Return it in one of `her2kg.tables.FORMATS`; the machine formats hold unrounded numbers."""
        studies, machine = self.selection.estimates, form not in {"text", "md"}
        sections = [
            ("Studies", studies_table(studies, self.pooled)),
            ("Pooled", numbers_table(self.pooled) if machine else result_table(self.pooled, [s.vi for s in studies])),
        ]
        if self.leave_one_out:
            sections.append(("Leave one out", steps_table(self.leave_one_out, "without")))
        if self.cumulative:
            sections.append(("Cumulative", steps_table(self.cumulative, "with")))
        return render(sections, self.notes, form)

    def csv(self) -> str:
        """Return the estimates for metafor."""
        return to_csv(self.selection.estimates)

    def r(self) -> str:
        """Return the R script that reproduces the pool."""
        return to_r(self.selection.estimates, self.pooled)


def synthesize(
    kg: KnowledgeGraph,
    *,
    endpoint: str,
    line: str | None = None,
    population: str = MAIN,
    agent: str | None = None,
    study: str | Iterable[str] | None = None,
    as_of: str | None = None,
    assume_level: float | None = None,
    method: Method | str = Method.REML,
    hksj: bool = False,
    prediction: Prediction | str = Prediction.HTS,
    force: bool = False,
    with_leave_one_out: bool = False,
    with_cumulative: bool = False,
) -> Synthesis:
    """Select, guard and pool; see `estimates_from` and `pool` for the parameters and errors.

    Raises
    ------
    SynthesisError : no study fits, or leave-one-out of one study
    """
    selection = estimates_from(
        kg,
        endpoint=endpoint,
        line=line,
        population=population,
        agent=agent,
        study=study,
        as_of=as_of,
        assume_level=assume_level,
    )
    if not selection.estimates:
        why = f": {'; '.join(map(str, selection.left_out))}" if selection.left_out else "; widen the selection"
        raise SynthesisError(f"nothing to pool, no study has a usable estimate{why}")
    studies = selection.estimates
    pooled = pool(studies, method, hksj=hksj, prediction=prediction, force=force)
    return Synthesis(
        selection,
        pooled,
        tuple(leave_one_out(studies, method, hksj=hksj, force=force)) if with_leave_one_out else (),
        tuple(cumulative(studies, method, hksj=hksj, force=force)) if with_cumulative else (),
    )
