"""The order in which curators write predicates, taken from the data files as they stand.

Names and kinds first, then what a thing belongs to, what it is, what it says and where that stands, notes last.
"""

from __future__ import annotations

_ORDER = """
a rdfs:label ofAnalysis partOfStudy reportArm forProposition direction ofQuantity feature claimId dcterms:title
skos:hiddenLabel skos:altLabel sourceType section measurementKind measures evidenceSystem claimKind dcterms:creator
firstAuthor journal featureValue about stepOrder subject relation disagreementKind doi field ofArm polarity object
resistanceKind populationKind registryNumber phase causedBy reviewSays otherSays involves lineOfTherapy setting
resistanceTo pmid url referenceNumber resolution agentClass role involvesPathway hasStep subgroupOf ofPopulation
blinding her2Selection target confirmatory coPrimaryRule overcomeBy restsOn prespecification alterationOf usesAgent
seenWhere analyte status ofAssay bindingSite alterationType score resultMeaning coversTopic printedDate knownFrom
retractedOn hasMember includesAlteration quantityKind subtypeOf surrogateFor skos:definition agent dose schedule
choiceGroup includes ofStage experimentalArm controlArm endpoint population analysisRole roleSource roleLocator
hierarchyOrder framework margin marginStatus timing dataCutOff alpha alphaSides alphaBasis alphaSource alphaLocator
biomarker ofAgent developmentStatus byAssay specimen comparedWith inDisease epistemicStatus heldBy fromStudy
populationText n hasMeasurement hasComponent statement accepts policy source locator readIn readInLocator statistic
measure estimateStatus atTime thresholdOperator value valueText lower lowerText upper upperText confidenceLevel
levelStatus intervalKind p pText pOperator pSides authorStatement unit numerator denominator cites representedBy
"""
_PLACE = {name if ":" in name or name == "a" else f"her2:{name}": i for i, name in enumerate(_ORDER.split())}
_LAST = len(_PLACE) + 1
_NOTES = ("skos:note",)


def place(predicate: str) -> tuple[int, str]:
    """Return the sort key of a predicate, as CURIE; unknown ones come behind the known, by name, notes last."""
    if predicate in _NOTES:
        return _LAST + 1, predicate
    return (_PLACE[predicate], "") if predicate in _PLACE else (_LAST, predicate)
