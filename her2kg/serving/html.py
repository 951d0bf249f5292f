"""Answers and pages as HTML: tables, headings, links to every thing and source; no script. All text is escaped here."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from her2kg.answers import cite
from her2kg.resources import explorer_folder
from her2kg.tables import Thing
from her2kg.terms import HER2, KG, expand

if TYPE_CHECKING:
    from collections.abc import Iterable

    from her2kg.answers import Answer, SourceUse
    from her2kg.headers import NamedQuery
    from her2kg.pages import Page
    from her2kg.tables import Table

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - her2kg</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<nav aria-label="Site"><a href="/">her2kg</a> · <a href="/api/queries?format=html">questions</a> ·
<a href="/sparql?format=html">SPARQL</a></nav>
<main>
{body}
</main>
<footer class="soft"><p>Evidence, not medical advice. Data: CC BY 4.0.</p></footer>
</body>
</html>"""


def layout(title: str, body: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : text
    body : HTML
    """
    return _PAGE.format(title=escape(title), body=body)


def address(short: str) -> str | None:
    """Return the local address of a CURIE's page, None for what has none here.

    >>> address("kg:ToGA"), address("her2:OS"), address("rdf:type")
    ('/id/ToGA', '/ontology/OS', None)
    """
    iri = expand(short) or ""
    for namespace, path in ((KG, "/id/"), (HER2, "/ontology/")):
        if iri.startswith(namespace) and len(iri) > len(namespace):
            return path + quote(iri[len(namespace) :], safe="")
    return None


def _link(thing: Thing) -> str:
    where = address(thing.id)
    return f'<a href="{escape(where)}">{escape(thing.label)}</a>' if where else escape(thing.label)


def _table(table: Table, caption: str, cited: dict[str, int]) -> str:
    """Return a table as a reader sees it, with a link where a cell shows nothing but a thing."""
    head, rows = table.shown(cited)
    targets = {cell.label: cell for row in table.rows for cell in row if isinstance(cell, Thing)}
    numbers = {f"[{number}]": number for number in cited.values()}
    lines = []
    for row in rows:
        cells = []
        for text in row:
            if text in numbers:
                cells.append(f'<td><a href="#source-{numbers[text]}">{text}</a></td>')
            else:
                cells.append(f"<td>{_link(targets[text]) if text in targets else escape(text)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<thead><tr>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _sources(sources: Iterable[SourceUse]) -> str:
    items = []
    for number, use in enumerate(sources, 1):
        where = f" ({escape('; '.join(use.locators))})" if use.locators else ""
        web = (
            f"https://doi.org/{quote(use.doi, safe='/().;:-_')}"
            if use.doi
            else f"https://pubmed.ncbi.nlm.nih.gov/{quote(use.pmid)}/"
            if use.pmid
            else use.url
            if use.url.startswith(("https://", "http://"))
            else ""
        )
        link = f' <a href="{escape(web)}">{escape(web)}</a>' if web else ""
        items.append(f'<li id="source-{number}">{_link(use.source)}{where}{link}</li>')
    return f"<h2>Sources</h2><ol>{''.join(items)}</ol>" if items else ""


def answer(result: Answer) -> str:
    """Return an answer as a page."""
    chosen = "; ".join(f"{name}: {value}" for name, value in result.parameters.items())
    title = result.question or result.summary
    said = f"{result.summary}{f' ({chosen})' if chosen else ''}. As of {result.as_of}. {' '.join(result.notes)}"
    rows = (
        _table(result.table, result.summary, cite(result.sources))
        if result.table.rows
        else "<p>Nothing in the graph answers this.</p>"
    )
    text = "\n".join(line for line in result.sparql.splitlines() if not line.startswith("#+")).strip()
    query = f"<h2>Query</h2><pre>{escape(text)}</pre>"
    return layout(title, f"<h1>{escape(title)}</h1><p>{escape(said)}</p>{rows}{_sources(result.sources)}{query}")


def page(shown: Page) -> str:
    """Return the page of a thing, or a proof, as HTML."""
    cited = cite(shown.sources)
    kinds = f" ({', '.join(shown.kinds)})" if shown.kinds else ""
    notes = "".join(f" {note}" for note in shown.notes)
    parts = [
        f"<h1>{escape(shown.thing.label)}</h1>",
        f'<p class="soft">{escape(f"{shown.thing.id}{kinds}. As of {shown.as_of}.{notes}")}</p>',
    ]
    here = address(shown.thing.id)
    if here:
        forms = (("Turtle", "ttl"), ("JSON-LD", "jsonld"), ("JSON", "json"))
        links = " · ".join(f'<a href="{escape(here)}?format={form}">{name}</a>' for name, form in forms)
        parts.append(f'<p class="soft">This as data: {links}</p>')
    if shown.facts:
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in shown.facts)
        parts.append(f"<dl>{facts}</dl>")
    if shown.lines:
        parts.append(f"<pre>{escape(chr(10).join(shown.lines))}</pre>")
    else:
        parts += [
            f"<h2>{escape(section.title)}</h2>{_table(section.table, section.title, cited)}"
            for section in shown.sections
        ]
    return layout(shown.thing.label, "".join((*parts, _sources(shown.sources))))


def terms(table: Table) -> str:
    """Return the page of the ontology; each term is where the fragment of its IRI leads."""
    rows = []
    for row in table:
        term, kind = row["term"], row["kind"]
        assert isinstance(term, Thing)  # noqa: S101 - the query selects IRIs
        anchor = escape(term.id.partition(":")[2])
        said = escape(str(row["definition"] or ""))
        rows.append(f'<tr id="{anchor}"><td>{_link(term)}</td><td>{escape(str(kind))}</td><td>{said}</td></tr>')
    head = "".join(f'<th scope="col">{escape(column.label)}</th>' for column in table.columns)
    body = (
        "<h1>The ontology</h1>"
        '<p class="soft">As data: <a href="/ontology?format=ttl">Turtle</a> · '
        '<a href="/ontology?format=jsonld">JSON-LD</a> · <a href="/ontology?format=rdf">RDF/XML</a></p>'
        '<div class="wide" role="region" tabindex="0" aria-label="Terms"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    return layout("The ontology", body)


def catalogue(queries: Iterable[NamedQuery]) -> str:
    """Return the list of named queries, each with an example question."""
    items = []
    for query in queries:
        example = escape(query.questions[0])
        if any(parameter.required for parameter in query.parameters):
            asked = f"/api/ask?format=html&amp;question={quote(query.questions[0])}"
            items.append(f'<dt>{escape(query.summary)}</dt><dd><a href="{asked}">{example}</a></dd>')
        else:
            named = f"/api/queries/{quote(query.name)}?format=html"
            items.append(f'<dt><a href="{named}">{escape(query.summary)}</a></dt><dd>{example}</dd>')
    return layout("Questions", f"<h1>Questions</h1><dl>{''.join(items)}</dl>")


def form() -> str:
    """Return the page on which a query can be typed."""
    body = """<h1>SPARQL</h1>
<form action="/sparql" method="get">
<p><label for="query">Query</label></p>
<p><textarea id="query" name="query" spellcheck="false">SELECT ?study ?label WHERE {
  ?study a her2:Study ; rdfs:label ?label
} LIMIT 20</textarea></p>
<p><label for="format">Format</label>
<select id="format" name="format"><option>csv</option><option>json</option><option>tsv</option><option>xml</option>
<option>ttl</option><option>jsonld</option></select>
<button>Run</button></p>
</form>
<p class="soft">Known prefixes need no declaration. SPARQL 1.1 clients use this page's address as the endpoint.</p>"""
    return layout("SPARQL", body)


def home() -> str:
    """Return the first page."""
    explorer = (
        '<li><a href="/explorer/">The explorer: pages, figures and search, as of any day</a></li>\n'
        if explorer_folder() is not None
        else ""
    )
    body = f"""<h1>her2kg</h1>
<p>Structured evidence on HER2-targeted therapy in advanced gastric cancer.</p>
<form action="/api/ask" method="get" role="search">
<p><label for="question">A question in plain English</label></p>
<p><input id="question" name="question" size="60" value="which agents failed phase III in second line">
<input type="hidden" name="format" value="html"> <button>Ask</button></p>
</form>
<ul>
{explorer}<li><a href="/api/queries?format=html">All questions that are answered</a></li>
<li><a href="/sparql?format=html">SPARQL endpoint</a></li>
<li><a href="/openapi.json">The interface, described</a></li>
<li><a href="/ontology?format=html">The ontology</a></li>
<li><a href="/.well-known/void">The data set, described</a></li>
</ul>"""
    return layout("Evidence on HER2 in gastric cancer", body)
