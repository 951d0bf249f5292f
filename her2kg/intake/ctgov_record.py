"""A registry record under import: where one is in it, what is drafted so far, and the nodes every part needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from her2kg.intake.drafting import Sheet, literal
from her2kg.intake.naming import Names, local_name
from her2kg.words import name_key

if TYPE_CHECKING:
    from her2kg.intake.drafting import Block
    from her2kg.intake.leaves import Cursor
    from her2kg.intake.printed import Number
    from her2kg.intake.vocabulary import Vocabulary

_ALIKE = 0.5
_FEATURE_NAMES = {"HER2Selection": "HER2-selection", "PriorTherapy": "prior-therapy", "Endpoint": "endpoints"}
_EVERYONE = {"total", "overall", "allparticipants", "allpatients", "allsubjects", "overallstudy"}


class Answers(NamedTuple):
    """What a record does not say and a curator may know already; empty: left open in the draft.

    Parameters
    ----------
    line, selection, setting, timing : CURIEs of terms
    confirmatory : whether the trial was designed to test efficacy
    events : which adverse events to take: "all", "serious", or "totals" for the counts per arm only
    """

    line: str = ""
    confirmatory: bool | None = None
    selection: str = ""
    setting: str = ""
    timing: str = ""
    events: str = "all"


@dataclass(eq=False)
class Arm:
    """An arm of the draft."""

    node: str
    label: str
    role: str
    block: Block
    has_component: bool = False


@dataclass
class Record:
    """The state of an import.

    Parameters
    ----------
    name : local name of the study, `study` its CURIE
    short : name of the study for labels
    source : CURIE of the registry record as a source
    """

    root: Cursor
    vocabulary: Vocabulary
    answers: Answers
    names: Names
    sheet: Sheet
    name: str = ""
    study: str = ""
    short: str = ""
    source: str = ""
    arms: list[Arm] = field(default_factory=list)
    titles: dict[str, Arm] = field(default_factory=dict)
    enrolled: str = ""
    started: dict[str, str] = field(default_factory=dict)
    populations: dict[str, tuple[str, str, dict[str, str]]] = field(default_factory=dict)

    @property
    def source_name(self) -> str:
        """Local name of the source."""
        return self.source.removeprefix("kg:")

    def add_arm(self, label: str, role: str, kind: str) -> Arm:
        """Describe an arm and return it.

        Parameters
        ----------
        kind : the part of its name after the study's: experimental, control, arm
        """
        node = self.names.new(self.name, kind)
        shown = self.names.label(label or kind, "Arm")
        block = (
            self.sheet.block(node, "her2:Arm")
            .say("rdfs:label", shown)
            .put("her2:partOfStudy", self.study)
            .put("her2:role", role)
        )
        arm = Arm(node, shown, role, block)
        self.arms.append(arm)
        if name_key(label):
            self.titles.setdefault(name_key(label), arm)
        return arm

    def arm(self, title: str) -> Arm | None:
        """Return the arm that a group's title names, described where it is new; None for all participants together."""
        key = name_key(title)
        if key in _EVERYONE or key.startswith("total"):
            return None
        if key in self.titles:
            return self.titles[key]
        words = _words(title)
        alike = sorted(
            (
                (len(words & _words(arm.label)) / (len(words | _words(arm.label)) or 1), i)
                for i, arm in enumerate(self.arms)
            ),
            reverse=True,
        )
        if alike and alike[0][0] >= _ALIKE and (len(alike) == 1 or alike[1][0] < alike[0][0]):
            arm = self.arms[alike[0][1]]
            if alike[0][0] < 1:
                arm.block.todo(
                    f'her2:Arm: the results call a group "{title}"; taken for this arm because the words are alike: '
                    f"check"
                )
        else:
            arm = self.add_arm(title or "unnamed group", "", f"group-{local_name(title, 'unnamed', 30)}")
            arm.block.todo(
                "her2:role and her2:hasComponent: a group of the results that is none of the registered arms: "
                "describe it, or take it away"
            )
        self.titles[key] = arm
        return arm

    def groups(self, module: Cursor, *keys: str) -> dict[str, Arm | None]:
        """Return the arm of each group identifier of a module; titles count as used."""
        found: dict[str, Arm | None] = {}
        for group in module.items(*(keys or ("groups",))):
            identifier = group.text("id")
            if not identifier:
                continue
            arm = self.arm(group.text("title"))
            found[identifier] = arm
            target = arm.node if arm else self.study
            group.use(target, "id")
            group.use(target, "title")
        return found

    def design(self, feature: str, statement: str, locator: str, value: str = "") -> Block:
        """Describe a design report."""
        part = _FEATURE_NAMES.get(feature, feature.lower())
        block = self.sheet.block(self.names.new(self.name, part, self.source_name), "her2:DesignReport")
        block.put("her2:partOfStudy", self.study).put("her2:feature", f"her2:{feature}Feature").put(
            "her2:featureValue", value
        )
        return block.say("her2:statement", statement).put("her2:source", self.source).say("her2:locator", locator)

    def quantity(
        self,
        kind: str,
        what: str,
        count: Number,
        locator: str,
        *,
        arm: Arm | None = None,
        unit: str = "her2:Patients",
        population: str = "",
    ) -> Block:
        """Describe a quantity with its report, and return the report.

        Parameters
        ----------
        what : what is counted, for name and label
        """
        base = (arm.node if arm else self.study).removeprefix("kg:")
        node = self.names.new(base, local_name(what, "quantity", 50))
        label = self.names.label(f"{self.short}, {what}, {arm.label}" if arm else f"{self.short}, {what}", "Quantity")
        block = self.sheet.block(node, "her2:Quantity").say("rdfs:label", label).put("her2:partOfStudy", self.study)
        block.put("her2:ofArm", arm.node if arm else "").put("her2:ofPopulation", population).put(
            "her2:quantityKind", kind
        )
        report = self.sheet.block(self.names.new(node.removeprefix("kg:"), self.source_name), "her2:QuantityReport")
        report.put("her2:ofQuantity", node).put("her2:source", self.source).say("her2:locator", locator)
        report.number("her2:value", count).put("her2:unit", unit)
        if unit == "her2:Patients" and not count.whole:
            report.todo("her2:unit: a number of patients that is not whole: correct the unit")
        return report


def _words(text: str) -> set[str]:
    return {
        word
        for word in ("".join(c if c.isalnum() else " " for c in text.casefold())).split()
        if word not in {"arm", "and", "plus", "group"}
    }


def date_literal(text: str) -> str:
    """Return the Turtle literal of an ISO date."""
    return literal(text, "xsd:date")
