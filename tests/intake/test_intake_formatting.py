"""fmt: the same statements and comments in one form, and stable; diff: what changed, and what follows from it."""

from __future__ import annotations

import json
import shutil

import pytest

from her2kg import resources
from her2kg.intake.comparing import compare, files_of
from her2kg.intake.errors import IntakeError
from her2kg.intake.formatting import canonical, format_file, format_text

HEAD = "@prefix her2: <https://w3id.org/her2kg/ontology#> .\n@prefix kg: <https://w3id.org/her2kg/id/> .\n"


@pytest.mark.parametrize("path", resources.data_files(), ids=lambda path: path.rpartition("/")[2])
def test_data_files_keep_what_they_say(path, tmp_path):
    text, formatted = format_file(path)
    assert canonical(text, path) == canonical(formatted, path)
    assert format_text(formatted) == formatted
    comments = sorted(line.strip() for line in text.splitlines() if line.lstrip().startswith("#"))
    assert sorted(line.strip() for line in formatted.splitlines() if line.lstrip().startswith("#")) == comments


def test_form():
    text = """# the file's own comment
PREFIX kg: <https://w3id.org/her2kg/id/>
@prefix her2: <https://w3id.org/her2kg/ontology#>.

# a section

# about a
kg:a her2:n 3 ;  # three
   # why
   her2:label "x" , 'y'@en-GB, \"\"\"long
text\"\"\" ; her2:n 4; a her2:Study. kg:b
  a <https://w3id.org/her2kg/ontology#Arm>;; .  # behind b
# the end
"""
    expected = """# the file's own comment

@prefix her2: <https://w3id.org/her2kg/ontology#> .
@prefix kg: <https://w3id.org/her2kg/id/> .

# a section

# about a
kg:a a her2:Study ;
    her2:n 3 , 4 ;  # three
    # why
    her2:label "x" , 'y'@en-GB , \"\"\"long
text\"\"\" .

kg:b a her2:Arm .  # behind b

# the end
"""
    assert format_text(text) == expected
    assert format_text(expected) == expected


@pytest.mark.parametrize(
    "block",
    [
        'kg:a her2:x [ her2:y ( 1 2.0 "z"^^kg:t ) ; her2:w true ] .',
        "[ a her2:Study ] .",
        "_:b her2:x _:c .",
        r'kg:a her2:x "a # no comment \" ; . " , "é\u00e9" .',
        "kg:a her2:x <http://example.org/a#b> , kg:a.b , kg:%20 , kg: .",
        "kg:a her2:x 1e6 , -2 , +3.50 , .5 .",
        "kg:a her2:x kg:a\\/b .",
    ],
)
def test_says_the_same(block):
    formatted = format_text(f"{HEAD}\n{block}\n")
    assert format_text(formatted) == formatted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@base <http://x/> .\n<a> <b> <c> .", "base IRI"),
        (HEAD + "@prefix kg: <http://other/> .\nkg:a a her2:b .", "declared again"),
        (HEAD + "kg:a a", "x"),
        (HEAD + "kg:a a nope:b .", "prefix"),
    ],
)
def test_what_is_not_formatted(tmp_path, text, said):
    path = tmp_path / "x.ttl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as caught:
        format_file(str(path))
    assert "\n" not in str(caught.value)
    assert path.read_text(encoding="utf-8") == text


def test_not_text(tmp_path):
    (tmp_path / "x.ttl").write_bytes(b"\xff\x00")
    for name, said in (("x.ttl", "binary"), (".", "a folder"), ("absent", "No such file")):
        with pytest.raises(IntakeError, match=said):
            format_file(str(tmp_path / name))


@pytest.fixture
def copies(tmp_path):
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        for path in resources.data_files():
            shutil.copy(path, tmp_path / name)
    return tmp_path


def change(folder, old, new):
    for path in folder.glob("*.ttl"):
        text = path.read_text(encoding="utf-8")
        if old in text:
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            return
    raise AssertionError(old)


def test_no_difference(copies):
    found = compare(str(copies / "old"), str(copies / "new"))
    assert not found
    assert found.render() == found.render("md") == "No difference."


def test_a_number_that_flips_a_verdict(copies):
    change(copies / "new", 'her2:p 0.1044 ;\n    her2:pText "0.1044"', 'her2:p 0.0044 ;\n    her2:pText "0.0044"')
    found = compare(str(copies / "old"), str(copies / "new"))
    assert [(one.predicate, one.old, one.new) for one in found.changed] == [("her2:pText", "0.1044", "0.0044")]
    assert any(flip.kind == "her2:AgentVerdict" and "lapatinib" in flip.label for flip in found.verdicts)
    assert "Verdicts that flip" in found.render()
    assert json.loads(found.render("json"))["changed"][0]["new"] == "0.0044"
    assert "| 0.1044 | 0.0044 |" in found.render("md")


def test_a_users_file_over_the_shipped_data(tmp_path):
    (tmp_path / "a.ttl").write_text(HEAD + "kg:x a her2:Study .\n", encoding="utf-8")
    (tmp_path / "b.ttl").write_text(HEAD + "kg:y a her2:Study .\n", encoding="utf-8")
    found = compare(str(tmp_path / "a.ttl"), str(tmp_path / "b.ttl"), over_shipped=True)
    assert [one.thing for one in found.added] == ["kg:y"]
    assert [one.thing for one in found.removed] == ["kg:x"]
    assert found.verdicts == ()


def test_states_that_are_none(tmp_path):
    for name, said in (("absent", "no such file or folder"), (".", "without Turtle files")):
        with pytest.raises(IntakeError, match=said):
            files_of(str(tmp_path / name))
