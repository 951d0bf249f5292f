"""The explorer, handed out by the server."""

import pytest

from her2kg.resources import explorer_folder


def test_the_explorer_is_served_whole_or_not_at_all(served):
    answer = served.http.get("/explorer/")
    if explorer_folder() is None:
        assert answer.status_code == 404
        assert "/explorer/" not in served.http.get("/").text
        return
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "wasm-unsafe-eval" in answer.headers["content-security-policy"]
    assert 'href="/explorer/"' in served.http.get("/").text
    data = served.http.get("/explorer/data.js")
    assert data.text.startswith("globalThis.her2kgData=")
    again = served.http.get("/explorer/data.js", headers={"if-none-match": data.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert served.http.get("/explorer", follow_redirects=False).headers["location"] == "/explorer/"


@pytest.mark.parametrize(
    "path", ["/explorer/..%2f..%2fpyproject.toml", "/explorer/%2e%2e/secret", "/explorer/none.js", "/explorers"]
)
def test_no_other_file_is_handed_out(served, path):
    assert served.http.get(path).status_code in {400, 404}
