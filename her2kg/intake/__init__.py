"""The way in: registry records, publications and tables become drafts, and drafts become data of the user's own.

An import never writes into the graph. It makes a *draft*, Turtle that a curator reads, completes (every open point is
a ``# TODO`` line) and lets `her2kg validate` and `her2kg check` look at; `her2kg add` then merges it into the user's
data folder. Import from the module that owns a name:

``errors``       what can go wrong
``reading``      a user's file as bytes or text, within limits
``printed``      numbers as printed, and as the graph keeps them
``naming``       local names that are safe and unique
``vocabulary``   what the graph already knows: terms, agents, studies, sources
``leaves``       the account of every leaf of a record: mapped to what, or why not
``drafting``     drafts as Turtle; ``order`` says in which order predicates stand
``ctgov``        ClinicalTrials.gov API v2 records (with ``ctgov_*``)
``pubmed``       PubMed records (with ``markup``, which reads XML)
``template``     the tables a clinician fills in; ``sheets`` reads them, ``tables`` (with ``table_*``) imports them
``adding``       merging drafts into the user's data; ``locks`` keeps two writers apart
``comparing``    the difference of two states of the data
``formatting``   the one form of a Turtle file; ``lexing`` cuts it into tokens
"""
