"""Reading a ClinicalTrials.gov API v2 record: strict JSON, digits untouched, and a clear line for everything else."""

from __future__ import annotations

import json
import re
from typing import Any

from her2kg.intake.errors import IntakeError
from her2kg.intake.reading import read_text, shown

WHAT = "a ClinicalTrials.gov API v2 study record (JSON)"
_REGISTERED = re.compile(r"NCT\d{8}")
_CLASSIC = ("FullStudiesResponse", "FullStudy", "StudyFieldsResponse", "StudyStatistics", "Study")


def read_record(path: str) -> dict[str, Any]:
    """Return the study in a file; numbers are texts, with the digits of the file.

    A page of search results is accepted where it holds one study.

    Raises
    ------
    IntakeError : no JSON, no record of this kind, several studies, or a key given twice
    """
    name = shown(path)
    text = read_text(path, WHAT)
    if text.lstrip()[:1] == "<":
        raise IntakeError(
            f"{name}, line 1: XML or HTML, not JSON: fetch the record from "
            f"https://clinicaltrials.gov/api/v2/studies/NCT..."
        )
    try:
        value = json.loads(
            text, parse_float=str, parse_int=str, parse_constant=_refuse_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        cut = " (the file ends too early)" if error.pos >= len(text.rstrip()) - 1 else ""
        raise IntakeError(f"{name}, line {error.lineno} column {error.colno}: no JSON: {error.msg}{cut}") from None
    except RecursionError:
        raise IntakeError(f"{name}: nested deeper than any registry record") from None
    except IntakeError as error:
        raise IntakeError(f"{name}: {error}") from None
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise IntakeError(f"{name}: holds half a character (a lone surrogate): the file is damaged") from None
    return _study(value, name)


def _study(value: object, name: str) -> dict[str, Any]:
    if isinstance(value, dict) and isinstance(value.get("studies"), list):
        studies = value["studies"]
        if len(studies) != 1:
            raise IntakeError(f"{name}: a page of {len(studies)} studies: save one study to a file")
        value = studies[0]
    if not isinstance(value, dict):
        raise IntakeError(f"{name}: JSON, but no object at the top; expected {WHAT}")
    if any(key in value for key in _CLASSIC):
        raise IntakeError(
            f"{name}: the form of the classic API, closed in 2024: fetch the record from "
            f"https://clinicaltrials.gov/api/v2/studies/NCT..."
        )
    protocol = value.get("protocolSection")
    if not isinstance(protocol, dict):
        keys = ", ".join(shown(key)[:30] for key in list(value)[:4]) or "nothing"
        raise IntakeError(f"{name}: no protocolSection (it has {keys}); expected {WHAT}")
    module = protocol.get("identificationModule")
    identifier = module.get("nctId") if isinstance(module, dict) else None
    if not isinstance(identifier, str) or not _REGISTERED.fullmatch(identifier):
        given = f"{shown(str(identifier))[:40]!r} is no number of that registry" if identifier else "nothing there"
        raise IntakeError(f"{name}: protocolSection.identificationModule.nctId: {given}: expected NCT and 8 digits")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise IntakeError(f"the key {shown(twice)[:60]!r} stands twice in one object")
    return found


def _refuse_constant(text: str) -> None:
    raise IntakeError(f"{text} is no JSON number")
