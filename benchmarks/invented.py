"""One invented study, drawn from what the shipped graph holds; see benchmarks/generator.py."""

from __future__ import annotations

import math
import random
from datetime import date, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

from ntriples import XSD, kg, printed, term, text, whole

from her2kg.terms import HER2, KG, LABEL, TYPE

if TYPE_CHECKING:
    from shipped_models import Models

NORMAL = NormalDist()
DEFECTS = 0.02
CONFLICTS = 0.03
_LAST_DAY = date(2026, 6, 30)


class Planted(NamedTuple):
    """One planted thing: study, kind, node at fault (CURIE), rule or shape that must find it."""

    study: str
    kind: str
    node: str
    rule: str


class Study:
    """One invented study: `lines` are its triples, `planted` what was put in on purpose."""

    def __init__(self, number: int, seed: int, real: Models, broken: float = 0.0) -> None:
        self.lines: list[str] = []
        self.planted: list[Planted] = []
        self.name = f"GX{seed}n{number:07d}"
        self._number = number
        self._seed = seed
        self._real = real
        self._draw = random.Random(f"{seed}/{number}")
        self._paper = f"{self.name}-paper"
        chance = self._draw.random()
        self._defect = chance < DEFECTS
        self._conflict = DEFECTS <= chance < DEFECTS + CONFLICTS
        self._broken = self._draw.random() < broken
        randomised = self._draw.random() < 0.6
        self._source(self._paper, "JournalArticle", 1)
        self._randomised() if randomised else self._single_arm()
        if self._draw.random() < 0.12:
            self._mechanism()

    # Lines

    def _say(self, subject: str, kind: str, /, **values: object) -> None:
        """Add a node; a value is an id ("kg" prefix understood), or a ready term."""
        start = f"<{KG}{subject}> <"
        self.lines.append(f"{start}{TYPE}> <{HER2}{kind}> .\n")
        for name, value in values.items():
            path = LABEL if name == "label" else HER2 + name
            for one in value if isinstance(value, list) else [value]:
                self.lines.append(f"{start}{path}> {one} .\n")

    def _source(self, name: str, kind: str, number: int) -> None:
        day = self._draw.choice(self._real.days) + timedelta(days=self._draw.randint(-200, 200))
        self._say(
            name,
            "Source",
            label=text(f"{name.replace('-', ' ')}, J Invented {day.year}"),
            sourceType=term(kind),
            doi=text(f"10.5555/{self._seed}.{self._number}.{number}"),
            knownFrom=f'"{min(day, _LAST_DAY)}"^^<{XSD}date>',
        )

    def _design(self, feature: str, value: str, statement: str) -> None:
        self._say(
            f"{self.name}-{feature}-paper",
            "DesignReport",
            partOfStudy=kg(self.name),
            feature=term(feature),
            **({"featureValue": term(value)} if value else {}),
            statement=text(statement),
            source=kg(self._paper),
            locator=text("methods"),
        )

    def _count(self, quantity: str, label: str, kind: str, n: int, **more: str) -> None:
        self._say(quantity, "Quantity", label=text(label), partOfStudy=kg(self.name), quantityKind=term(kind), **more)
        self._say(
            f"{quantity}-paper",
            "QuantityReport",
            ofQuantity=kg(quantity),
            source=kg(self._paper),
            locator=text("results"),
            **printed("value", str(n)),
            unit=term("Patients"),
        )

    def _arm(self, suffix: str, role: str, agents: list[tuple[str, str]], n: int | None) -> None:
        arm = f"{self.name}-{suffix}"
        self._say(
            arm,
            "Arm",
            label=text(" + ".join(label for _, label in agents)),
            partOfStudy=kg(self.name),
            role=term(role),
            **({"n": str(n) if n is None else whole(n)} if n is not None else {}),
            hasComponent=[kg(f"{arm}-{agent}") for agent, _ in agents],
        )
        for agent, _ in agents:
            self._say(f"{arm}-{agent}", "Component", agent=kg(agent), source=kg(self._paper), locator=text("methods"))

    # Kinds of study

    def _study(self, kind: str, phase: str, n: int, **more: str) -> None:
        line = self._draw.choice(("FirstLine", "FirstLine", "SecondLine", "ThirdLine"))
        self._say(
            self.name,
            kind,
            label=text(self.name),
            registryNumber=text(registry_number(self._number, self._seed)),
            phase=term(phase),
            lineOfTherapy=term(line),
            setting=term("Advanced"),
            n=whole(n),
            **more,
        )
        self._design("PhaseFeature", phase, "phase as coded")
        self._design("LineFeature", line, "line as coded")
        self._count(f"{self.name}-enrolment", f"{self.name}, patients enrolled", "Enrolment", n)

    def _population(self, kind: str, label: str) -> str:
        name = f"{self.name}-{kind}"
        self._say(name, "Population", label=text(label), partOfStudy=kg(self.name), populationKind=term(kind))
        return name

    def _randomised(self) -> None:
        n = self._size(self._real.randomised_n)
        phase = self._draw.choice(("PhaseII", "PhaseIII", "PhaseIII"))
        confirmatory = "true" if phase == "PhaseIII" else "false"
        self._study("RandomisedTrial", phase, n, confirmatory=f'"{confirmatory}"^^<{XSD}boolean>')
        tested = self._draw.choice(self._real.tested)
        backbone = self._draw.choice(self._real.backbones)
        half = n // 2
        sized = self._draw.random() < 0.3
        self._arm("experimental", "Experimental", [tested, backbone], n - half if sized else None)
        self._arm("control", "Control", [backbone], half if sized else None)
        if sized:
            for arm, count in (("experimental", n - half), ("control", half)):
                self._count(
                    f"{self.name}-{arm}-n",
                    f"{self.name}, patients in the {arm} arm",
                    "ArmSize",
                    count,
                    ofArm=kg(f"{self.name}-{arm}"),
                )
        population = self._population("IntentionToTreat", "ITT")
        self._time_to_event("OS", "Primary", population, 1.0)
        if self._draw.random() < 0.35:
            self._time_to_event("PFS", "Secondary", population, 0.55)
        if self._defect and self._draw.random() < 0.25:
            other = registry_number(self._number + 1 if self._number % 2 else self._number - 1, self._seed)
            self._design("RegistryFeature", "", f"registered as {other}")
            self._plant("defect", f"{self.name}-RegistryFeature-paper", "registry-number-unique")

    def _time_to_event(self, endpoint: str, role: str, population: str, scale: float) -> None:
        draw = self._draw
        analysis = f"{self.name}-{endpoint}"
        primary = role == "Primary"
        self._say(
            analysis,
            "Analysis",
            label=text(f"{self.name} {endpoint}"),
            partOfStudy=kg(self.name),
            experimentalArm=kg(f"{self.name}-experimental"),
            controlArm=kg(f"{self.name}-control"),
            endpoint=term(endpoint),
            population=kg(population),
            analysisRole=term(role),
            framework=term("Superiority"),
            timing=term("Final"),
            **(
                {"roleSource": kg(self._paper), "roleLocator": text("methods"), "alphaBasis": term("Assumed")}
                if primary
                else {}
            ),
        )
        log_ratio, se = draw.choice(self._real.hazard_ratios)
        log_ratio, se = log_ratio + draw.gauss(0, 0.1), max(0.04, se * math.exp(draw.gauss(0, 0.15)))
        ratio = math.exp(log_ratio)
        low, high = (math.exp(log_ratio + sign * 1.959964 * se) for sign in (-1, 1))
        p = 2 * NORMAL.cdf(-abs(log_ratio) / se)
        shown = [f"{x:.2f}" for x in (ratio, low, high)]
        flawed = self._defect and primary
        if flawed:  # the limits of another analysis: the estimate is no longer in the middle
            shown[2] = f"{high * 1.35:.2f}"
            self._plant("defect", f"{analysis}-paper", "interval-symmetric")
        self._effect(analysis, "paper", shown, p)
        control = round(draw.choice(self._real.control_medians) * scale * math.exp(draw.gauss(0, 0.1)), 1)
        medians = (("experimental", control / ratio), ("control", control)) if primary and not flawed else ()
        for arm, months in medians:
            self._say(
                f"{analysis}-paper-{arm}",
                "ArmReport",
                ofAnalysis=kg(analysis),
                reportArm=kg(f"{self.name}-{arm}"),
                source=kg(self._paper),
                locator=text("results"),
                statistic=term("Median"),
                **printed("value", f"{max(0.5, months):.1f}"),
                unit=term("Months"),
            )
        if primary and (self._conflict or draw.random() < 0.2):
            abstract = f"{self.name}-abstract"
            self._source(abstract, "CongressAbstract", 2)
            if self._conflict:
                factor = 1.1
                shown = [f"{x * factor:.2f}" for x in (ratio, low, high)]
                p = 2 * NORMAL.cdf(-abs(log_ratio + math.log(factor)) / se)
                self._plant("conflict", f"{analysis}-abstract", "sources-agree")
            self._effect(analysis, "abstract", shown, p)

    def _effect(self, analysis: str, source: str, shown: list[str], p: float) -> None:
        value, low, high = shown
        small = p < 0.0001
        self._say(
            f"{analysis}-{source}",
            "EffectReport",
            ofAnalysis=kg(analysis),
            source=kg(f"{self.name}-{source}"),
            locator=text("results"),
            measure=term("HazardRatio"),
            **printed("value", value),
            **printed("lower", low),
            **printed("upper", high),
            confidenceLevel=whole(95),
            **printed("p", "0.0001" if small else f"{p:.4f}"),
            pOperator=text("<" if small else "="),
            pSides=term("TwoSided"),
        )
        if self._broken and source == "paper" and analysis.endswith("-OS"):
            self._break(f"{analysis}-{source}")

    def _single_arm(self) -> None:
        n = self._size(self._real.single_n)
        self._study("SingleArmTrial", "PhaseII", n)
        self._arm("only", "SingleArm", [self._draw.choice(self._real.tested)], None)
        population = self._population("AllPatients", "all patients")
        analysis = f"{self.name}-ORR"
        self._say(
            analysis,
            "Analysis",
            label=text(f"{self.name} ORR"),
            partOfStudy=kg(self.name),
            experimentalArm=kg(f"{self.name}-only"),
            endpoint=term("ORR"),
            population=kg(population),
            analysisRole=term("Primary"),
            roleSource=kg(self._paper),
            roleLocator=text("methods"),
            framework=term("Estimation"),
            timing=term("Final"),
        )
        hits = min(n, max(1, round(self._draw.choice(self._real.response_percents) / 100 * n)))
        percent = f"{100 * hits / n:.1f}"
        report = f"{analysis}-paper-only"
        if self._defect:
            percent = f"{min(99.0, float(percent) + 7.3):.1f}"
            self._plant("defect", report, "percentage-matches-count")
        self._say(
            report,
            "ArmReport",
            ofAnalysis=kg(analysis),
            reportArm=kg(f"{self.name}-only"),
            source=kg(self._paper),
            locator=text("results"),
            statistic=term("Proportion"),
            **printed("value", percent),
            unit=term("Percent"),
            numerator=whole(hits),
            denominator=whole(n),
        )
        if self._broken:
            self._break(report)

    def _mechanism(self) -> None:
        """Add a proposition with evidence and a measurement, and to a third of them the mechanism with two steps."""
        draw, name = self._draw, f"{self.name}-mechanism"
        alteration, agent = draw.choice(self._real.alterations), draw.choice(self._real.tested)
        place = {"source": kg(self._paper), "locator": text("discussion")}
        words = f"{alteration[1]} confers resistance to {agent[1]}, {self.name}"
        self._say(
            f"{name}-proposition",
            "Proposition",
            label=text(words),
            subject=kg(alteration[0]),
            relation=term("ConfersResistanceTo"),
            object=kg(agent[0]),
            epistemicStatus=term("ReportedFinding"),
            heldBy=kg(self._paper),
            inDisease=kg("gastric-cancer"),
        )
        self._say(
            f"{name}-evidence",
            "EvidenceItem",
            forProposition=kg(f"{name}-proposition"),
            direction=term(draw.choice(("Supports", "Supports", "Refutes"))),
            evidenceSystem=term("PatientCohort"),
            inDisease=kg("gastric-cancer"),
            fromStudy=kg(self.name),
            hasMeasurement=kg(f"{name}-prevalence"),
            **place,
        )
        self._say(
            f"{name}-prevalence",
            "Measurement",
            label=text(f"{alteration[1]} in tumours of {self.name}"),
            measurementKind=term("Prevalence"),
            measures=kg(alteration[0]),
            **printed("value", str(draw.randint(2, 60))),
            unit=term("Percent"),
            **place,
        )
        if draw.random() < 0.33:
            steps = [f"{name}-step-{order}" for order in (1, 2)]
            self._say(
                name,
                "ResistanceMechanism",
                label=text(f"resistance to {agent[1]} by {alteration[1]}, {self.name}"),
                resistanceKind=term("PrimaryResistance"),
                causedBy=kg(alteration[0]),
                resistanceTo=kg(agent[0]),
                restsOn=kg(f"{name}-proposition"),
                hasStep=[kg(step) for step in steps],
                **place,
            )
            ends = ((alteration[0], agent[0]), (agent[0], alteration[0]))
            for order, (step, (first, last)) in enumerate(zip(steps, ends, strict=True), 1):
                self._say(
                    step,
                    "PathwayStep",
                    label=text(f"step {order} of {name}"),
                    stepOrder=whole(order),
                    subject=kg(first),
                    polarity=term("Negative"),
                    object=kg(last),
                    **place,
                )

    # What is planted

    def _size(self, real: list[int]) -> int:
        return max(12, round(self._draw.choice(real) * math.exp(self._draw.gauss(0, 0.2))))

    def _plant(self, kind: str, node: str, rule: str) -> None:
        self.planted.append(Planted(f"kg:{self.name}", kind, f"kg:{node}", rule))

    def _break(self, report: str) -> None:
        """Break one shape at a report: a second source, or a level that is a share."""
        if self._draw.random() < 0.5:
            self.lines.append(f"<{KG}{report}> <{HER2}source> <{KG}herceptin-us-label> .\n")
            self._plant("violation", report, "her2:OneSourceShape")
        else:
            self.lines.append(f'<{KG}{report}> <{HER2}locator> "second place" .\n')
            self._plant("violation", report, "her2:OneLocatorShape")


def registry_number(number: int, seed: int) -> str:
    """Return a registry number that no real trial has: they end well below."""
    return f"NCT9{seed % 10}{number:06d}"
