"""Which triples bear on the answer to a query, asked for in a way that any store gets right.

The footprint of a query in a graph is, for each of its triple patterns, the triples that match it and fit what stands
around it: the mandatory patterns of its group and of the groups around, the values of parameters, plain comparisons.
Any part of the graph that holds the footprint gives the same answer as the whole graph: a pattern inside OPTIONAL,
MINUS or EXISTS finds there all that it finds in the whole for each row that reaches it, so nothing is missed and
nothing is falsely absent. That leaves a freedom, used throughout: what is hard to say may be left out, and more triples
come than are needed.

Each request is a basic graph pattern with comparisons to constants. Its size is that of the answer and what the answer
was read from, not that of the graph.
"""

from __future__ import annotations

import itertools
import operator
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib import XSD, BNode, Literal, URIRef, Variable
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import translateGroupGraphPattern
from rdflib.plugins.sparql.parserutils import CompValue

from her2kg.property_paths import MOST_WAYS, may_be_empty, ways_along
from her2kg.terms import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_MOST_CONTEXTS = 8
"""Alternatives that are told apart; beyond, what UNION and paths say is left out."""
_SUBJECT = Variable("subject")
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}

_Triple = tuple[Any, Any, Any]


class UnknownFootprintError(Exception):
    """A query whose footprint is not known; only the whole graph will do."""


class _Test(NamedTuple):
    """A comparison of a variable with constants."""

    variable: Variable
    operator: str
    terms: tuple[Any, ...]

    def text(self) -> str:
        if self.operator == "IN" and len(self.terms) > 1:
            return f"FILTER({self.variable.n3()} IN ({', '.join(term.n3() for term in self.terms)}))"
        sign = "=" if self.operator == "IN" else self.operator
        return f"FILTER({self.variable.n3()} {sign} {self.terms[0].n3()})"


class _Context(NamedTuple):
    """What every row that reaches a place in a query fulfils."""

    patterns: frozenset[_Triple] = frozenset()
    tests: frozenset[_Test] = frozenset()

    def around(self, node: Any) -> _Context:
        """Return the part that narrows a node: what hangs together with it by shared variables, without loose ends.

        A loose end says only that something has some value for a property. Stores take long to plan dozens of those.
        """
        reached = {node} if isinstance(node, Variable) else set()
        inside: set[_Triple] = set()
        while more := {one for one in self.patterns - inside if reached & _variables(one)}:
            inside |= more
            reached |= {variable for one in more for variable in _variables(one)}
        tested = {test.variable for test in self.tests} | {node}
        while loose := next((one for one in sorted(inside) if _is_loose(one, inside, tested)), None):
            inside.remove(loose)
        left = _Context(frozenset(inside)).variables()
        return _Context(frozenset(inside), frozenset(test for test in self.tests if test.variable in left))

    def renamed(self, names: Mapping[Variable, Variable]) -> _Context:
        return _Context(
            frozenset(tuple(names.get(term, term) for term in triple) for triple in self.patterns),  # type: ignore[misc]
            frozenset(test._replace(variable=names.get(test.variable, test.variable)) for test in self.tests),
        )

    def variables(self) -> set[Variable]:
        found = {variable for triple in self.patterns for variable in _variables(triple)}
        return found | {test.variable for test in self.tests}


def requests(sparql: str) -> list[str]:
    """Return SELECT queries for the footprint of a query, each with subject, predicate, object and the object's text.

    Raises
    ------
    UnknownFootprintError : it reads named graphs or other datasets, its paths may find any node or go too many ways, or
        rdflib cannot parse it
    """
    try:
        query = prepareQuery(sparql, initNs=PREFIXES).algebra
    except Exception as error:  # rdflib raises many kinds, on some queries that are right
        raise UnknownFootprintError from error
    if query.datasetClause or query.name not in {"SelectQuery", "AskQuery"}:
        raise UnknownFootprintError
    walk = _Walk(_unused(sparql))
    walk.through(query.p, [_Context()])
    return [_request(context, subject, predicates) for (context, subject), predicates in walk.wanted.items()]


def _unused(sparql: str) -> str:
    """Return the beginning of names that no variable of a query has."""
    start = "any"
    while start in sparql:
        start += "_"
    return start


class _Walk:
    """A walk through a query's algebra, in the order in which rows pass through it."""

    def __init__(self, start: str) -> None:
        self._start = start
        self.wanted: dict[tuple[_Context, Any], set[Any]] = {}
        """Predicates (None for all) that are wanted of a subject in a context."""
        self._numbers = itertools.count(1)
        self._apart: dict[tuple[_Context, tuple[Variable, ...]], _Context] = {}

    def through(self, node: CompValue, contexts: list[_Context]) -> list[_Context]:
        """Note what is wanted by a part of a query, and return what its rows fulfil besides."""
        match node.name:
            case "BGP":
                return self._patterns(node.triples, contexts)
            case "ToMultiSet" if not node.p:  # rdflib's empty group
                return contexts
            case "ToMultiSet" if node.p.name == "values":
                return [_with_tests(context, _values(node.p)) for context in contexts]
            case "Join":
                # Values and mandatory patterns first, so that they narrow everything beside them.
                for part in sorted(_joined(node), key=lambda one: (one.name != "ToMultiSet", one.name != "BGP")):
                    contexts = self.through(part, contexts)
                return contexts
            case "LeftJoin":
                first = self.through(node.p1, contexts)
                both = self.through(node.p2, self._only(first, bound(node.p1)))
                self._existing(node.expr, self._only(both, {**bound(node.p1), **bound(node.p2)}))
                return first
            case "Minus":
                first = self.through(node.p1, contexts)
                self.through(node.p2, self._only(first, bound(node.p1)))
                return first
            case "Union":
                both = self.through(node.p1, contexts) + self.through(node.p2, contexts)
                return both if len(both) <= _MOST_CONTEXTS else contexts
            case "Filter":
                known = bound(node.p)
                tests = frozenset(_tests(node.expr, known))
                inner = self.through(node.p, [_with_tests(context, tests) for context in contexts])
                self._existing(node.expr, self._only(inner, known))
                return inner
            case "Extend" | "OrderBy":
                inner = self.through(node.p, contexts)
                self._existing(node.expr, self._only(inner, bound(node.p)))
                return inner
            case "Project":
                return self._projected(node, contexts)
            case "Group":
                # A group is whole only if nothing but its key narrows it.
                keys = {key: None for key in node.expr or () if isinstance(key, Variable)}
                self._existing(node.expr, self.through(node.p, self._only(contexts, keys)))
                return contexts
            case "AggregateJoin":
                if list(_exists_in(node.A)):
                    raise UnknownFootprintError
                return self.through(node.p, contexts)
            case "Slice":
                self.through(node.p, [_Context()])
                return contexts
            case "Distinct" | "Reduced" | "ToMultiSet":
                return self.through(node.p, contexts)
            case _:
                raise UnknownFootprintError

    def _patterns(self, triples: Iterable[_Triple], contexts: list[_Context]) -> list[_Context]:
        ways: list[tuple[_Triple, ...]] = [()]
        for triple in triples:
            ways = [way + more for way in ways for more in self._chains(triple)]
            if len(ways) > MOST_WAYS:
                raise UnknownFootprintError
        found = []
        for context in contexts:
            for way in ways:
                inner = context._replace(patterns=context.patterns | set(way))
                self._demand_anchors(triples, inner._replace(tests=frozenset()).variables())
                for subject, predicate, value in way:
                    lone = len(way) == 1 and value not in context.variables() and isinstance(predicate, URIRef)
                    known = lone and any(subject in one for one in context.patterns)
                    around = (context if known else inner).around(subject)
                    wanted = None if isinstance(predicate, Variable) else predicate
                    self.wanted.setdefault((around, subject), set()).add(wanted)
                found.append(inner)
        return found if len(found) <= max(_MOST_CONTEXTS, len(contexts)) else contexts

    def _demand_anchors(self, triples: Iterable[_Triple], seen: set[Variable]) -> None:
        """Refuse a path of no length between ends that nothing else finds: whether they are nodes, all triples tell."""
        for first, path, last in triples:
            ends = [Variable(f"{self._start}_{end}") if isinstance(end, BNode) else end for end in (first, last)]
            if may_be_empty(path) and not any(end in seen for end in ends):
                raise UnknownFootprintError

    def _chains(self, triple: _Triple) -> Iterator[tuple[_Triple, ...]]:
        """Give each way to fulfil a pattern as patterns without paths."""
        first, path, last = (self._open(triple[0]), triple[1], self._open(triple[2]))
        for links in ways_along(path):
            nodes = [first, *(self._fresh() for _ in links[1:]), last]
            chain = []
            for at, (predicate, forward) in enumerate(links):
                ends = (self._fresh(), self._fresh()) if forward is None else (nodes[at], nodes[at + 1])
                chain.append((*(ends if forward else ends[::-1]), predicate or self._fresh()))
            yield tuple((subject, predicate, value) for subject, value, predicate in chain)

    def _open(self, node: Any) -> Any:
        """Return a variable for blank nodes, and for literals, which stores compare in different ways."""
        if isinstance(node, BNode):
            return Variable(f"{self._start}_{node}")
        return self._fresh() if isinstance(node, Literal) else node

    def _fresh(self) -> Variable:
        return Variable(f"{self._start}{next(self._numbers)}")

    def _only(self, contexts: list[_Context], kept: Mapping[Variable, object]) -> list[_Context]:
        """Return contexts in which variables outside of some scope have names of their own."""
        found = []
        for context in contexts:
            outside = tuple(sorted(context.variables() - set(kept)))
            if (context, outside) not in self._apart:  # the same names again, so that equal requests are one
                self._apart[context, outside] = context.renamed({variable: self._fresh() for variable in outside})
            found.append(self._apart[context, outside])
        return found

    def _projected(self, node: CompValue, contexts: list[_Context]) -> list[_Context]:
        seen = set(node.PV)
        outside = {variable: self._fresh() for context in contexts for variable in context.variables() - seen}
        back = {fresh: variable for variable, fresh in outside.items()}
        found = self.through(node.p, [context.renamed(outside) for context in contexts])
        return [context.renamed(back) for context in self._only(found, dict.fromkeys(seen | set(back)))]

    def _existing(self, expression: object, contexts: list[_Context]) -> None:
        for group in _exists_in(expression):
            self.through(translateGroupGraphPattern(group), contexts)


def bound(node: CompValue) -> dict[Variable, Any]:
    """Return the variables that every row of a part of a query binds, with the value where there is but one."""
    match node.name:
        case "BGP":
            return {variable: None for triple in node.triples for variable in _variables(triple)}
        case "values":
            tests = _values(node)
            return {test.variable: test.terms[0] if len(test.terms) == 1 else None for test in tests}
        case "Join":
            parts = [bound(part) for part in _joined(node)]
            known: dict[Variable, Any] = reduce(operator.or_, parts, {})
            return known | {name: value for part in parts for name, value in part.items() if value is not None}
        case "LeftJoin" | "Minus":
            return bound(node.p1)
        case "Union":
            other = bound(node.p2)
            return {variable: None for variable in bound(node.p1) if variable in other}
        case "Project":
            return {name: value for name, value in bound(node.p).items() if name in node.PV}
        case "Filter" | "Extend" | "OrderBy" | "Distinct" | "Reduced" | "ToMultiSet":
            return bound(node.p) if node.p else {}
        case _:
            return {}


def _joined(node: CompValue) -> list[CompValue]:
    return [*_joined(node.p1), *_joined(node.p2)] if node.name == "Join" else [node]


def _is_loose(triple: _Triple, others: set[_Triple], tested: set[Any]) -> bool:
    """Say whether the end of a pattern is free, while others tell of its beginning."""
    subject, predicate, value = triple
    if value in tested or isinstance(predicate, Variable) or not isinstance(value, Variable):
        return False
    beside = others - {triple}
    return any(subject in one for one in beside) and not any(value in one for one in beside)


def _variables(triple: _Triple) -> set[Variable]:
    return {term for term in triple if isinstance(term, Variable)}


def _with_tests(context: _Context, tests: Iterable[_Test]) -> _Context:
    """Return a context with more tests: those that all stores agree on, equal IRIs and the order of dates."""
    alike = {one for one in tests if _is_plain(one)}
    return context._replace(tests=context.tests | alike)


def _is_plain(test: _Test) -> bool:
    if test.operator in {"IN", "="}:
        return all(isinstance(term, URIRef) for term in test.terms)
    return all(isinstance(term, Literal) and term.datatype == XSD.date for term in test.terms)


def _values(node: CompValue) -> frozenset[_Test]:
    names = {name for row in node.res for name in row}
    columns = {name: tuple(dict.fromkeys(row[name] for row in node.res)) for name in names}
    return frozenset(_Test(name, "IN", terms) for name, terms in columns.items() if "UNDEF" not in terms)


def _tests(expression: object, known: Mapping[Variable, Any]) -> Iterator[_Test]:
    """Give the comparisons with constants that hold wherever an expression holds."""
    if not isinstance(expression, CompValue):
        return
    if expression.name == "ConditionalAndExpression":
        for part in (expression.expr, *expression.other):
            yield from _tests(part, known)
    elif expression.name == "ConditionalOrExpression":
        left = [part for part in (expression.expr, *expression.other) if not _is_false(part, known)]
        if len(left) == 1:
            yield from _tests(left[0], known)
    elif expression.name == "RelationalExpression":
        if expression.op == "IN":
            yield from _test(expression.expr, "IN", tuple(expression.other), known)
        elif expression.op in _MIRRORED:
            one, other = expression.expr, expression.other
            yield from _test(one, expression.op, (_value(other, known),), known)
            yield from _test(other, _MIRRORED[expression.op], (_value(one, known),), known)


def _test(variable: object, sign: str, terms: tuple[Any, ...], known: Mapping[Variable, Any]) -> Iterator[_Test]:
    constant = terms and all(isinstance(term, (URIRef, Literal)) for term in terms)
    if isinstance(variable, Variable) and variable in known and constant:
        yield _Test(variable, sign, terms)


def _value(term: object, known: Mapping[Variable, Any]) -> object:
    return known.get(term) if isinstance(term, Variable) else term


def _is_false(expression: object, known: Mapping[Variable, Any]) -> bool:
    """Say whether an expression asks for something to be unbound that is bound."""
    inner = getattr(expression, "expr", None) if getattr(expression, "name", "") == "UnaryNot" else None
    return getattr(inner, "name", "") == "Builtin_BOUND" and getattr(inner, "arg", None) in known


def _exists_in(expression: object) -> Iterator[CompValue]:
    if isinstance(expression, CompValue):
        if expression.name in {"Builtin_EXISTS", "Builtin_NOTEXISTS"}:
            yield expression.graph
        else:
            for part in expression.values():
                yield from _exists_in(part)
    elif isinstance(expression, (list, tuple)):
        for part in expression:
            yield from _exists_in(part)


def _request(context: _Context, subject: Any, predicates: set[Any]) -> str:
    others = sorted(context.variables() - {subject})
    plain = context.renamed({name: Variable(f"v{at}") for at, name in enumerate(others)} | {subject: _SUBJECT})
    patterns = sorted(" ".join(term.n3() for term in triple) for triple in plain.patterns)
    within = " ".join([" . ".join(patterns), *sorted(test.text() for test in plain.tests)])
    lines = [f"{{ SELECT DISTINCT ?subject WHERE {{ {within} }} }}"] if patterns else []
    lines.append("?subject ?predicate ?object")
    if not isinstance(subject, Variable):
        lines.append(f"FILTER(?subject = {subject.n3()})")
    if None not in predicates:
        lines.append(f"FILTER(?predicate IN ({', '.join(sorted(predicate.n3() for predicate in predicates))}))")
    return f"SELECT ?subject ?predicate ?object (STR(?object) AS ?text) WHERE {{ {' '.join(lines)} }}"
