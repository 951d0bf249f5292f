"""The published leaf fields of an API v2 study record, and why some have no place in the graph.

From the API's OpenAPI description (ctg-oas-v2). A path that is not here is reported as unknown, so that a change of
the API shows.
"""

from __future__ import annotations

from functools import lru_cache

_MEASURES = (
    "title description populationDescription paramType dispersionType unitOfMeasure calculatePct denomUnitsSelected "
    "denoms[].units "
    "denoms[].counts[].groupId denoms[].counts[].value classes[].title classes[].denoms[].units "
    "classes[].denoms[].counts[].groupId "
    "classes[].denoms[].counts[].value classes[].categories[].title classes[].categories[].measurements[].groupId "
    "classes[].categories[].measurements[].value classes[].categories[].measurements[].spread "
    "classes[].categories[].measurements[].lowerLimit "
    "classes[].categories[].measurements[].upperLimit classes[].categories[].measurements[].comment"
)
_EVENTS = (
    "term organSystem sourceVocabulary assessmentType notes stats[].groupId "
    "stats[].numEvents stats[].numAffected stats[].numAtRisk"
)
_DATE = "date type"
_GROUP = "id title description"
_CONTACT = "name role phone phoneExt email"
_BROWSE = (
    "meshes[].id meshes[].term ancestors[].id ancestors[].term browseLeaves[].id browseLeaves[].name "
    "browseLeaves[].asFound "
    "browseLeaves[].relevance browseBranches[].abbrev browseBranches[].name"
)
_P, _R, _D = "protocolSection", "resultsSection", "derivedSection"
_FIELDS = {
    f"{_P}.identificationModule": "nctId nctIdAliases[] orgStudyIdInfo.id orgStudyIdInfo.type orgStudyIdInfo.link "
    "secondaryIdInfos[].id "
    "secondaryIdInfos[].type secondaryIdInfos[].domain secondaryIdInfos[].link briefTitle officialTitle acronym "
    "organization.fullName "
    "organization.class",
    f"{_P}.statusModule": "statusVerifiedDate overallStatus lastKnownStatus delayedPosting whyStopped "
    "expandedAccessInfo.hasExpandedAccess "
    "expandedAccessInfo.nctId expandedAccessInfo.statusForNctId studyFirstSubmitDate studyFirstSubmitQcDate "
    "resultsFirstSubmitDate "
    "resultsFirstSubmitQcDate dispFirstSubmitDate dispFirstSubmitQcDate lastUpdateSubmitDate",
    **{
        f"{_P}.statusModule.{name}Struct": _DATE
        for name in (
            "startDate",
            "primaryCompletionDate",
            "completionDate",
            "studyFirstPostDate",
            "resultsFirstPostDate",
            "dispFirstPostDate",
        )
    },
    f"{_P}.statusModule.lastUpdatePostDateStruct": _DATE,
    f"{_P}.sponsorCollaboratorsModule": "responsibleParty.type responsibleParty.investigatorFullName "
    "responsibleParty.investigatorTitle "
    "responsibleParty.investigatorAffiliation responsibleParty.oldNameTitle responsibleParty.oldOrganization "
    "leadSponsor.name "
    "leadSponsor.class collaborators[].name collaborators[].class",
    f"{_P}.oversightModule": "oversightHasDmc isFdaRegulatedDrug isFdaRegulatedDevice isUnapprovedDevice isPpsd "
    "isUsExport fdaaa801Violation",
    f"{_P}.descriptionModule": "briefSummary detailedDescription",
    f"{_P}.conditionsModule": "conditions[] keywords[]",
    f"{_P}.designModule": "studyType nPtrsToThisExpAccNctId expandedAccessTypes.individual "
    "expandedAccessTypes.intermediate "
    "expandedAccessTypes.treatment patientRegistry targetDuration phases[] designInfo.allocation "
    "designInfo.interventionModel "
    "designInfo.interventionModelDescription designInfo.primaryPurpose designInfo.observationalModel "
    "designInfo.timePerspective "
    "designInfo.maskingInfo.masking designInfo.maskingInfo.maskingDescription designInfo.maskingInfo.whoMasked[] "
    "bioSpec.retention "
    "bioSpec.description enrollmentInfo.count enrollmentInfo.type",
    f"{_P}.armsInterventionsModule.armGroups[]": "label type description interventionNames[]",
    f"{_P}.armsInterventionsModule.interventions[]": "type name description armGroupLabels[] otherNames[]",
    **{
        f"{_P}.outcomesModule.{kind}Outcomes[]": "measure description timeFrame"
        for kind in ("primary", "secondary", "other")
    },
    f"{_P}.eligibilityModule": "eligibilityCriteria healthyVolunteers sex genderBased genderDescription minimumAge "
    "maximumAge stdAges[] "
    "studyPopulation samplingMethod",
    f"{_P}.contactsLocationsModule.centralContacts[]": _CONTACT,
    f"{_P}.contactsLocationsModule.overallOfficials[]": "name affiliation role",
    f"{_P}.contactsLocationsModule.locations[]": "facility status city state zip country geoPoint.lat geoPoint.lon",
    f"{_P}.contactsLocationsModule.locations[].contacts[]": _CONTACT,
    f"{_P}.referencesModule": "references[].pmid references[].type references[].citation "
    "references[].retractions[].pmid "
    "references[].retractions[].source seeAlsoLinks[].label seeAlsoLinks[].url availIpds[].id availIpds[].type "
    "availIpds[].url availIpds[].comment",
    f"{_P}.ipdSharingStatementModule": "ipdSharing description infoTypes[] timeFrame accessCriteria url",
    f"{_R}.participantFlowModule": "preAssignmentDetails recruitmentDetails typeUnitsAnalyzed periods[].title "
    "periods[].milestones[].type periods[].milestones[].comment periods[].milestones[].achievements[].groupId "
    "periods[].milestones[].achievements[].comment periods[].milestones[].achievements[].numSubjects "
    "periods[].milestones[].achievements[].numUnits periods[].dropWithdraws[].type periods[].dropWithdraws[].comment "
    "periods[].dropWithdraws[].reasons[].groupId periods[].dropWithdraws[].reasons[].comment "
    "periods[].dropWithdraws[].reasons[].numSubjects periods[].dropWithdraws[].reasons[].numUnits",
    f"{_R}.participantFlowModule.groups[]": _GROUP,
    f"{_R}.baselineCharacteristicsModule": "populationDescription typeUnitsAnalyzed denoms[].units "
    "denoms[].counts[].groupId denoms[].counts[].value",
    f"{_R}.baselineCharacteristicsModule.groups[]": _GROUP,
    f"{_R}.baselineCharacteristicsModule.measures[]": _MEASURES,
    f"{_R}.outcomeMeasuresModule.outcomeMeasures[]": f"type reportingStatus anticipatedPostingDate timeFrame "
    f"typeUnitsAnalyzed {_MEASURES}",
    f"{_R}.outcomeMeasuresModule.outcomeMeasures[].groups[]": _GROUP,
    f"{_R}.outcomeMeasuresModule.outcomeMeasures[].analyses[]": "paramType paramValue dispersionType dispersionValue "
    "statisticalMethod "
    "statisticalComment pValue pValueComment ciNumSides ciPctValue ciLowerLimit ciUpperLimit ciLowerLimitComment "
    "ciUpperLimitComment "
    "estimateComment testedNonInferiority nonInferiorityType nonInferiorityComment otherAnalysisDescription "
    "groupDescription groupIds[]",
    f"{_R}.adverseEventsModule": "frequencyThreshold timeFrame description allCauseMortalityComment",
    f"{_R}.adverseEventsModule.eventGroups[]": f"{_GROUP} deathsNumAffected deathsNumAtRisk seriousNumAffected "
    f"seriousNumAtRisk "
    "otherNumAffected otherNumAtRisk",
    f"{_R}.adverseEventsModule.seriousEvents[]": _EVENTS,
    f"{_R}.adverseEventsModule.otherEvents[]": _EVENTS,
    f"{_R}.moreInfoModule": "limitationsAndCaveats.description certainAgreement.piSponsorEmployee "
    "certainAgreement.restrictionType "
    "certainAgreement.restrictiveAgreement certainAgreement.otherDetails pointOfContact.title "
    "pointOfContact.organization "
    "pointOfContact.email pointOfContact.phone pointOfContact.phoneExt",
    "annotationSection.annotationModule": "unpostedAnnotation.unpostedResponsibleParty "
    "unpostedAnnotation.unpostedEvents[].type "
    "unpostedAnnotation.unpostedEvents[].date unpostedAnnotation.unpostedEvents[].dateUnknown "
    "violationAnnotation.violationEvents[].type "
    "violationAnnotation.violationEvents[].description violationAnnotation.violationEvents[].creationDate "
    "violationAnnotation.violationEvents[].issuedDate violationAnnotation.violationEvents[].releaseDate "
    "violationAnnotation.violationEvents[].postedDate",
    "documentSection.largeDocumentModule": "noSap largeDocs[].typeAbbrev largeDocs[].hasProtocol largeDocs[].hasSap "
    "largeDocs[].hasIcf "
    "largeDocs[].label largeDocs[].date largeDocs[].uploadDate largeDocs[].filename largeDocs[].size",
    f"{_D}.miscInfoModule": "versionHolder removedCountries[] submissionTracking.estimatedResultsFirstSubmitDate "
    "submissionTracking.firstMcpInfo.postDateStruct.date submissionTracking.firstMcpInfo.postDateStruct.type "
    "submissionTracking.submissionInfos[].releaseDate submissionTracking.submissionInfos[].unreleaseDate "
    "submissionTracking.submissionInfos[].unreleaseDateUnknown submissionTracking.submissionInfos[].resetDate "
    "submissionTracking.submissionInfos[].mcpReleaseN modelPredictions.bmiLimits.minBmi "
    "modelPredictions.bmiLimits.maxBmi",
    f"{_D}.conditionBrowseModule": _BROWSE,
    f"{_D}.interventionBrowseModule": _BROWSE,
    "": "hasResults",
}

_OUT = f"{_R}.outcomeMeasuresModule.outcomeMeasures[]"
_WHY = (
    (f"{_P}.contactsLocationsModule", "persons and sites are no evidence"),
    (f"{_R}.moreInfoModule.pointOfContact", "persons are no evidence"),
    (f"{_R}.moreInfoModule.certainAgreement", "agreements with investigators are no evidence"),
    (f"{_R}.moreInfoModule", "prose: read it, and note limitations in your own words"),
    (f"{_P}.sponsorCollaboratorsModule", "the model has no place for sponsors"),
    (f"{_P}.identificationModule.organization", "the model has no place for sponsors"),
    (f"{_P}.identificationModule.officialTitle", "the source keeps the brief title"),
    (f"{_P}.oversightModule", "oversight is no evidence"),
    (f"{_P}.descriptionModule", "prose: read it, and report the design in your own words"),
    (f"{_P}.conditionsModule.keywords", "keywords are the registrant's, and no evidence"),
    (
        f"{_P}.eligibilityModule.eligibilityCriteria",
        "prose: read line of therapy, HER2 selection and earlier therapy in it",
    ),
    (f"{_P}.eligibilityModule", "the model has no place for age and sex limits"),
    (f"{_P}.referencesModule", "a publication is a source of its own: her2kg import pubmed"),
    (f"{_P}.ipdSharingStatementModule", "sharing of data is no evidence"),
    (f"{_P}.statusModule.whyStopped", "prose: read it, and set the timing of the analyses by it"),
    (f"{_P}.statusModule", "a date of the registry's own work"),
    (f"{_P}.outcomesModule", "prose: read it with the results"),
    (f"{_P}.armsInterventionsModule", "prose: read doses and schedules in it"),
    (f"{_P}.designModule", "the model has no place for it"),
    (f"{_R}.participantFlowModule.groups[].description", "prose: the arm is described by its components"),
    (f"{_R}.participantFlowModule", "prose, or a count the model has no quantity for"),
    (f"{_R}.baselineCharacteristicsModule.groups[].description", "prose: the arm is described by its components"),
    (f"{_R}.baselineCharacteristicsModule", "prose, or a number the model has no quantity for"),
    (f"{_OUT}.groups[].description", "prose: the arm is described by its components"),
    (f"{_OUT}.timeFrame", "the model keeps the time of a rate only"),
    (f"{_OUT}.calculatePct", "whether the registry shows a percentage; none is stored"),
    (_OUT, "prose, or a number the model has no place for"),
    (f"{_R}.adverseEventsModule", "prose, or a detail of coding"),
    ("annotationSection", "the registry's notes on duties of reporting are no evidence"),
    ("documentSection", "a document is a source of its own: read it and add it"),
    (_D, "computed by the registry from the rest of the record"),
    ("hasResults", "says only whether there is a results section"),
)
_WHY_LAST = {
    "reportingStatus": "says only whether results are posted",
    "units": "says only what is counted",
    "comment": "prose: read it with the number",
    "groupId": "its number was left out",
    "spread": "its number was left out",
    "lowerLimit": "its number was left out",
    "upperLimit": "its number was left out",
    "groupDescription": "prose: read it with the estimate",
    "estimateComment": "prose: read it with the estimate",
    "statisticalComment": "prose: read it with the estimate",
    "pValueComment": "prose: read it with the estimate",
    "nonInferiorityComment": "prose: read the margin in it",
    "otherAnalysisDescription": "prose: read it with the estimate",
    "populationDescription": "prose: read it, and describe the population in your own words",
    "hasExpandedAccess": "access outside the study is no evidence",
}
"""Reasons by the last part of a path, within results and status."""


@lru_cache(maxsize=1)
def fields() -> frozenset[str]:
    """Return the paths of all published leaves, list indices as ``[]``."""
    return frozenset(f"{base}.{field}".lstrip(".") for base, names in _FIELDS.items() for field in names.split())


@lru_cache(maxsize=1)
def _holders() -> frozenset[str]:
    """Return the paths of published objects and lists, which are leaves of a record where they are empty."""
    found = set()
    for field in fields():
        parts = field.split(".")
        for i in range(1, len(parts) + 1):
            path = ".".join(parts[:i])
            found |= {path, path.removesuffix("[]")}
    return frozenset(found)


def why(path: str, value: str) -> str:
    """Return the reason why nothing was made of a leaf.

    Parameters
    ----------
    path : with ``[]`` for indices
    """
    if path not in fields():
        if value in {"(empty)", "null"} and path in _holders():
            return "empty in the record"
        return "unknown field: not in the published API schema"
    if value in {"(empty)", "null", ""}:
        return "empty in the record"
    last = path.rpartition(".")[2]
    if last in _WHY_LAST and path.startswith((_R, f"{_P}.statusModule")):
        return _WHY_LAST[last]
    return next((reason for start, reason in _WHY if path.startswith(start)), "the model has no place for it")
