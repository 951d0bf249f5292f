"""The vocabulary in one place: prefixes, and the way from IRI to CURIE and back."""

HER2 = "https://w3id.org/her2kg/ontology#"
KG = "https://w3id.org/her2kg/id/"

PREFIXES: dict[str, str] = {
    "her2": HER2,
    "kg": KG,
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sh": "http://www.w3.org/ns/shacl#",
}

DESCRIBING: dict[str, str] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "formats": "http://www.w3.org/ns/formats/",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
}
"""Prefixes of descriptions of the graph and of the service; the graph itself does not use them."""

LABEL = PREFIXES["rdfs"] + "label"
ALT_LABEL = PREFIXES["skos"] + "altLabel"
TYPE = PREFIXES["rdf"] + "type"

LATEST = "9999-01-01"
"""Default of every as-of parameter: as known now. Verdicts that still hold end later, on 9999-12-31."""


def curie(iri: str) -> str:
    """Return the short form of an IRI, or the IRI itself where no prefix fits.

    >>> curie("https://w3id.org/her2kg/id/ToGA")
    'kg:ToGA'
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def expand(text: str) -> str | None:
    """Return the IRI a CURIE stands for, the text itself if it is an absolute IRI, else None.

    >>> expand("her2:OS")
    'https://w3id.org/her2kg/ontology#OS'
    """
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES:
        return PREFIXES[prefix] + local
    return text if text.startswith(("http://", "https://")) else None
