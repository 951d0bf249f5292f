"""PubMed: from the XML that efetch gives to sources.

One source per article: identifiers, citation, the first day it was public, what kind of publication it is, and what
became of it since (corrected, retracted). A source says nothing of a trial; the reports in it are for a curator to
read.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from her2kg.dates import parse_date
from her2kg.errors import ParameterError
from her2kg.intake.drafting import Draft, Sheet, literal
from her2kg.intake.errors import IntakeError
from her2kg.intake.leaves import Account
from her2kg.intake.markup import Element, leaf_tree, read_xml
from her2kg.intake.naming import Names, local_name
from her2kg.intake.reading import shown
from her2kg.intake.vocabulary import Vocabulary, load_vocabulary

if TYPE_CHECKING:
    from her2kg.intake.drafting import Block

WHAT = "PubMed records (XML from efetch, PubmedArticleSet)"
_MONTHS = {
    name: i
    for i, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_PRINTED = re.compile(r"\b((?:19|20)\d{2})(?:[ -]+([A-Za-z]{3})[a-z]*\.?)?(?:-[A-Za-z]{3,9})?(?:[ -]+(\d{1,2}))?\b")
_TYPES = (
    ("PracticeGuideline", {"practice guideline", "guideline"}),
    ("ReviewArticle", {"review", "systematic review", "meta-analysis"}),
    ("CongressAbstract", {"congress", "meeting abstract"}),
    ("NewsReport", {"news", "newspaper article"}),
    (
        "JournalArticle",
        {"journal article", "clinical trial", "randomized controlled trial", "multicenter study", "comparative study"},
    ),
)
_NOTICES = {
    "published erratum",
    "retraction of publication",
    "expression of concern",
    "corrected and republished article",
}
_RELATIONS = {
    "ErratumIn": "corrected in",
    "ErratumFor": "corrects",
    "RetractionIn": "retracted in",
    "RetractionOf": "retracts",
    "RetractedandRepublishedIn": "retracted and republished in",
    "RetractedandRepublishedFrom": "replaces the retracted",
    "CorrectedandRepublishedIn": "corrected and republished in",
    "CorrectedandRepublishedFrom": "corrected and republished from",
    "ExpressionOfConcernIn": "expression of concern in",
    "ExpressionOfConcernFor": "expression of concern for",
    "UpdateIn": "updated in",
    "UpdateOf": "updates",
    "RepublishedIn": "republished in",
    "RepublishedFrom": "republished from",
}
_RETRACTED = {"RetractionIn", "RetractedandRepublishedIn"}
_FAR = "9999-12-31"


@dataclass
class _Import:
    account: Account
    vocabulary: Vocabulary
    names: Names
    sheet: Sheet
    done: set[str]

    def use(self, element: Element | None, target: str) -> str:
        """Return an element's text and note where it goes."""
        if element is None or not element.text:
            return ""
        path = element.path
        self.account.used(f"{path}.text" if element.attributes else path, target)
        return element.text


def import_pubmed(path: str, vocabulary: Vocabulary | None = None) -> Draft:
    """Return the draft of the sources in a PubMed file.

    Parameters
    ----------
    vocabulary : what the graph knows; by default the shipped graph

    Raises
    ------
    IntakeError : the file holds no such records; names file and place
    """
    root = read_xml(path, WHAT)
    name = shown(path)
    if root.tag != "PubmedArticleSet":
        raise IntakeError(f"{name}: the root is {shown(root.tag)[:40]}, not PubmedArticleSet; expected {WHAT}")
    articles = root.all("PubmedArticle")
    if not articles:
        books = " (books are no journal records)" if root.all("PubmedBookArticle") else ""
        raise IntakeError(f"{name}: no PubmedArticle in it{books}; expected {WHAT}")
    vocabulary = vocabulary or load_vocabulary()
    sheet = Sheet(
        f"Draft from {shown(os.path.basename(path))}, made by her2kg import pubmed. Nothing here is checked by a "
        f"person yet.",
        "Each TODO is a decision the record does not make. Then: her2kg validate FILE, her2kg add FILE.",
    )
    state = _Import(Account({root.tag: leaf_tree(root)}), vocabulary, Names(vocabulary.subjects), sheet, set())
    firsts = [_article(state, article, f"{name}, article {i}") for i, article in enumerate(articles, 1)]
    if not sheet.blocks:
        sheet.note("Nothing new: the graph has all of these sources.")
    return Draft(sheet.render(), state.account.table(_why), sheet.todos(), firsts[0])


def _article(state: _Import, article: Element, place: str) -> str:
    """Describe one source; return its local name."""
    pmid = article.at("MedlineCitation", "PMID")
    body = article.one("MedlineCitation", "Article")
    if not re.fullmatch(r"[1-9]\d{0,8}", pmid):
        raise IntakeError(f"{place}: MedlineCitation/PMID: {shown(pmid)[:40]!r} is no PMID")
    if body is None:
        raise IntakeError(f"{place} (PMID {pmid}): MedlineCitation/Article is missing")
    dois = _dois(article, body)
    doi = dois[0].text.strip() if dois else ""
    known = state.vocabulary.identified("pmid", pmid) or (state.vocabulary.identified("doi", doi) if doi else "")
    authors = body.all("AuthorList", "Author")
    year = _year(body)
    who = next((author.at("LastName") or author.at("CollectiveName") for author in authors), "")
    local = known.removeprefix("kg:") or f"{local_name(who, 'pmid-' + pmid, 30).lower()}-{year or 'undated'}"
    if pmid in state.done:
        return local
    state.done.add(pmid)
    if known:
        _known(state, article, known, pmid)
        return local
    node = state.names.new(local)
    block = state.sheet.block(node, "her2:Source")
    journal = state.use(body.one("Journal", "ISOAbbreviation"), f"{node} her2:journal") or state.use(
        body.one("Journal", "Title"), f"{node} her2:journal"
    )
    journal = journal.replace(".", "") if body.at("Journal", "ISOAbbreviation") else journal
    cited = (
        f"{who or 'Anonymous'}{' et al.' if len(authors) > 1 else ''}, "
        f"{journal or 'PubMed'}{f' {year}' if year else ''}"
    )
    block.say("rdfs:label", state.names.label(cited, "Source"))
    title = state.use(body.one("ArticleTitle"), f"{node} dcterms:title") or state.use(
        body.one("VernacularTitle"), f"{node} dcterms:title"
    )
    block.say("dcterms:title", title.removesuffix("."))
    _authors(state, authors, block)
    block.say("her2:journal", journal).say("her2:pmid", pmid)
    state.use(article.one("MedlineCitation", "PMID"), f"{node} her2:pmid")
    if doi:
        block.say("her2:doi", doi.removeprefix("https://doi.org/").removeprefix("doi:").strip())
        for found in dois:
            if found.text.strip().casefold() == doi.casefold():
                state.use(found, f"{node} her2:doi")
            else:
                block.todo(f"her2:doi: the record gives another one, too: {found.text}")
    _kind(state, body, block)
    _date(state, article, body, block)
    _fate(state, article, block)
    return node.removeprefix("kg:")


def _dois(article: Element, body: Element) -> list[Element]:
    found = [
        one for one in article.all("PubmedData", "ArticleIdList", "ArticleId") if one.attributes.get("IdType") == "doi"
    ]
    found += [
        one
        for one in body.all("ELocationID")
        if one.attributes.get("EIdType") == "doi" and one.attributes.get("ValidYN", "Y") == "Y"
    ]
    return [one for one in found if re.match(r"(?:https://doi\.org/|doi:)?\s*10\.\d{4,9}/\S+$", one.text.strip())]


def _authors(state: _Import, authors: list[Element], block: Block) -> None:
    """Give the authors in their order, as one text, and the first by itself."""
    listed = []
    for author in authors:
        if author.attributes.get("ValidYN", "Y") != "Y":
            continue
        parts = [author.one(tag) for tag in ("LastName", "Initials", "Suffix", "CollectiveName")]
        said = " ".join(
            state.use(part, f"{block.subject} dcterms:creator") for part in parts if part is not None and part.text
        )
        listed += [said] if said else []
    if listed:
        block.say("dcterms:creator", ", ".join(listed)).say("her2:firstAuthor", listed[0])


def _kind(state: _Import, body: Element, block: Block) -> None:
    types = body.all("PublicationTypeList", "PublicationType")
    names = {one.text.casefold() for one in types}
    for one in types:
        state.use(one, f"{block.subject} her2:sourceType, skos:note")
    found = next((kind for kind, wanted in _TYPES if names & wanted), "")
    if names & _NOTICES or not found:
        block.todo(f"her2:sourceType: PubMed says {', '.join(sorted(names)) or 'nothing'}: choose the type that fits")
    else:
        block.put("her2:sourceType", f"her2:{found}")
    block.say("skos:note", f"publication types: {'; '.join(one.text for one in types)}" if types else "")


def _date(state: _Import, article: Element, body: Element, block: Block) -> None:
    """Give the date as printed, and the first day the article was public: online before print."""
    printed_at, online_at = body.one("Journal", "JournalIssue", "PubDate"), _online(body)
    printed = _date_text(printed_at) if printed_at is not None else ""
    online = _last_day(_date_text(online_at)) if online_at is not None else ""
    issue = _last_day(printed)
    for place, day in ((online_at, online), (printed_at, issue)):
        for part in place.children if place is not None and day else ():
            state.use(part, f"{block.subject} her2:knownFrom, her2:printedDate")
    block.say("her2:printedDate", printed or (_date_text(online_at) if online_at is not None else ""))
    known = _first(online, issue, exact=printed_at is not None and bool(printed_at.at("Day")))
    if known:
        block.put("her2:knownFrom", literal(known, "xsd:date"))
    else:
        block.todo("her2:knownFrom: the record has no date that can be read: give the first day it was public")
    block.say("skos:note", f"online {online}" if online else "")
    if online and issue and issue < online:
        block.todo(f"her2:knownFrom: the issue ({printed}) is older than the day it went online ({online}): check")


def _first(online: str, issue: str, *, exact: bool) -> str:
    """Return the first public day: the online one, unless the issue is earlier.

    An issue is earlier if it names an earlier day, or is years older (old volumes put online).

    >>> _first("2010-08-20", "2010-08-28", exact=True), _first("2018-06-28", "2018-04-30", exact=False)
    ('2010-08-20', '2018-06-28')
    >>> _first("2004-01-01", "1999-06-30", exact=False)
    '1999-06-30'
    """
    if not online or not issue:
        return online or issue
    return min(online, issue) if exact or int(online[:4]) - int(issue[:4]) > 1 else online


def _online(body: Element) -> Element | None:
    dates = body.all("ArticleDate")
    return next((one for one in dates if one.attributes.get("DateType", "Electronic") == "Electronic"), None)


def _date_text(date: Element) -> str:
    if date.at("MedlineDate"):
        return date.at("MedlineDate")
    return " ".join(part for part in (date.at("Year"), date.at("Month") or date.at("Season"), date.at("Day")) if part)


def _year(body: Element) -> str:
    online = _online(body)
    printed = body.one("Journal", "JournalIssue", "PubDate")
    for date in (printed, online):
        found = re.search(r"(?:19|20)\d{2}", _date_text(date)) if date is not None else None
        if found:
            return found[0]
    return ""


def _last_day(text: str) -> str:
    """Return the last day a printed date can mean, empty if it is none.

    >>> [_last_day(text) for text in ("2014 Jul 1", "2014 02", "2019 Nov-Dec", "2015 Spring", "n. d.")]
    ['2014-07-01', '2014-02-28', '2019-12-31', '2015-12-31', '']
    """
    span = re.fullmatch(
        r"((?:19|20)\d{2})\s+[A-Za-z]{3}[a-z]*(?:\s*\d{1,2})?\s*-\s*([A-Za-z]{3})[a-z]*(?:\s*(\d{1,2}))?", text.strip()
    )
    parts = span or re.match(
        r"((?:19|20)\d{2})(?:[ -]+([A-Za-z]{3})[a-z]*|[ -]+(\d{1,2}))?(?:[ -]+(\d{1,2}))?(?![\d-])", text.strip()
    )
    if parts is None:
        return ""
    year = parts[1]
    month = _MONTHS.get((parts[2] or "").casefold(), 0)
    day = parts[3] if span else parts[4]
    if not span and parts[3]:
        month = int(parts[3])
    try:
        return parse_date(
            f"{year}-{month:02}-{int(day):02}" if month and day else f"{year}-{month:02}" if month else year
        )
    except ParameterError:
        return ""


def _fate(state: _Import, article: Element, block: Block) -> None:
    """Say what became of the article: corrections and retractions."""
    retracted = []
    for one in article.all("MedlineCitation", "CommentsCorrectionsList", "CommentsCorrections"):
        relation = one.attributes.get("RefType", "")
        words = _RELATIONS.get(relation)
        if words is None:
            continue
        where = state.use(one.one("RefSource"), f"{block.subject} skos:note")
        pmid = state.use(one.one("PMID"), f"{block.subject} skos:note")
        state.account.used(f"{one.path}.@RefType", f"{block.subject} skos:note")
        note = state.use(one.one("Note"), f"{block.subject} skos:note")
        block.say(
            "skos:note",
            " ".join(
                part for part in (words, where, f"(PMID {pmid})" if pmid else "", f": {note}" if note else "") if part
            ),
        )
        if relation in _RETRACTED:
            found = _PRINTED.search(where)
            retracted.append(_last_day(" ".join(part for part in found.groups() if part)) if found else "")
            state.account.used(f"{one.path}.@RefType", f"{block.subject} her2:retractedOn")
    named = {
        kind.text.casefold()
        for kind in article.all("MedlineCitation", "Article", "PublicationTypeList", "PublicationType")
    }
    days = [day for day in retracted if day]
    if days:
        block.put("her2:retractedOn", literal(min(days), "xsd:date"))
        block.todo("her2:retractedOn: read from the citation of the notice, the last day it can mean: check")
    elif retracted or "retracted publication" in named:
        block.todo("her2:retractedOn: retracted, and the record does not say when: give the day of the notice")


def _known(state: _Import, article: Element, known: str, pmid: str) -> None:
    """Say what the record adds to a source that the graph has."""
    state.use(article.one("MedlineCitation", "PMID"), f"{known}, which the graph has")
    spoken = Sheet().block(known, "her2:Source")
    _fate(state, article, spoken)
    state.sheet.note(f"{known} (PMID {pmid}) is in the graph already.")
    for text in (*spoken.todos, *spoken.texts("skos:note")):
        state.sheet.note(f"TODO {known}: PubMed says: {text}")


_WHY = (
    ("PubmedArticleSet.PubmedBookArticle", "books are not imported"),
    ("PubmedArticleSet.DeleteCitation", "a citation taken out of PubMed"),
    ("PubmedArticleSet.PubmedArticle[].PubmedData[].History", "PubMed's own dates"),
    ("PubmedArticleSet.PubmedArticle[].PubmedData[].ReferenceList", "what the article cites is for a curator to read"),
    ("PubmedArticleSet.PubmedArticle[].PubmedData", "identifiers the model has no place for"),
    (
        "PubmedArticleSet.PubmedArticle[].MedlineCitation[].Article[].Abstract",
        "prose: read it, and report results with a locator",
    ),
    ("PubmedArticleSet.PubmedArticle[].MedlineCitation[].Article[].AuthorList", "the model keeps names only"),
    (
        "PubmedArticleSet.PubmedArticle[].MedlineCitation[].Article[].DataBankList",
        "registry numbers belong to the study: check them there",
    ),
    ("PubmedArticleSet.PubmedArticle[].MedlineCitation[].MeshHeadingList", "indexing of PubMed is no evidence"),
    ("PubmedArticleSet.PubmedArticle[].MedlineCitation[].ChemicalList", "indexing of PubMed is no evidence"),
    ("PubmedArticleSet.PubmedArticle[].MedlineCitation[].KeywordList", "keywords are no evidence"),
    (
        "PubmedArticleSet.PubmedArticle[].MedlineCitation[].CommentsCorrectionsList",
        "a comment or citation, no correction",
    ),
)


def _why(path: str, value: str) -> str:
    if value in {"(empty)", ""}:
        return "empty in the record"
    if "@" in path.rpartition(".")[2]:
        return "an attribute of the form"
    return next((reason for start, reason in _WHY if path.startswith(start)), "the model has no place for it")
