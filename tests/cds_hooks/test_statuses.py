"""Every status has its reason and an OperationOutcome; a fault never looks like an answer."""

import pytest

from cds_hooks import door
from tests.cds_hooks.hooks import (
    INSTANCE,
    REVIEW,
    SAFETY,
    app_of,
    call,
    post,
    prefetch_of,
    refusal,
    send,
)
from tests.cds_hooks.people import two_failures

CANARY = "Zebrafinch-7731"
ORIGIN = "https://ehr.example.org"


METHODS = ["GET", "HEAD", "PUT", "DELETE", "TRACE", "OPTIONS", "PATCH", "CONNECT", "PROPFIND"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.requirement("REQ-1", "RESP-5")
@pytest.mark.hostile("D26")
def test_a_service_answers_to_post_only(method):
    answer = send(method, f"/cds-services/{REVIEW}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    if method != "HEAD":
        refusal(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/"])
def test_discovery_answers_to_get_only(method, path):
    answer = send(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_service_is_404_whatever_the_method(method):
    assert send(method, "/cds-services/nothing").status_code == 404


@pytest.mark.parametrize(
    "path", ["nothing", "nothing/feedback", "trd-review/feedback/", "trd-review/", "..", "%00"]
)
@pytest.mark.requirement("REQ-1", "RESP-5")
def test_an_unknown_service_is_404(path):
    answer = post(path, call(prefetch_of(two_failures())))
    assert answer.status_code == 404
    refusal(answer)


@pytest.mark.requirement("RESP-6", "RESP-8")
@pytest.mark.hostile("K04")
def test_a_fault_of_ours_is_500_with_a_number_and_nothing_of_the_request(monkeypatch):
    def broken(*_args):
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(door, "gather_chart", broken)
    answer = post(REVIEW, call(prefetch_of(two_failures(CANARY))))
    assert answer.status_code == 500
    assert "request " in refusal(answer)
    assert CANARY not in answer.text
    assert INSTANCE not in answer.text


def test_errors_are_not_kept_by_anybody():
    assert post(REVIEW, b"{").headers["cache-control"] == "no-store"


class TestCors:
    """Listed origins only, errors included."""

    def app(self):
        return app_of(cors_origins=(ORIGIN,))

    @pytest.mark.parametrize(
        ("content", "status"), [(b"{", 400), (b"{}", 400), (b"x" * 9_000_000, 413)]
    )
    @pytest.mark.requirement("CORS-3")
    def test_errors_can_be_read_by_a_page_of_a_listed_origin(self, content, status):
        answer = post(REVIEW, content, headers={"Origin": ORIGIN}, app=self.app())
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers

    def test_a_fault_can_be_read_too(self, monkeypatch):
        monkeypatch.setattr(door, "gather_chart", None)
        body = call(prefetch_of(two_failures()))
        answer = post(REVIEW, body, headers={"Origin": ORIGIN}, app=self.app())
        assert answer.status_code == 500
        assert answer.headers["access-control-allow-origin"] == ORIGIN

    @pytest.mark.parametrize("path", ["/cds-services", f"/cds-services/{SAFETY}"])
    @pytest.mark.requirement("CORS-1")
    @pytest.mark.hostile("D26")
    def test_a_preflight_of_a_listed_origin(self, path):
        headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        answer = send("OPTIONS", path, headers=headers, app=self.app())
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["access-control-allow-origin"] == ORIGIN
        assert answer.headers["access-control-allow-methods"] == "GET, POST"
        assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type"

    @pytest.mark.parametrize(
        "origin", ["https://evil.test", "null", "https://ehr.example.org.evil"]
    )
    @pytest.mark.parametrize("listed", [(), (ORIGIN,)])
    @pytest.mark.requirement("CORS-2")
    @pytest.mark.hostile("D26")
    def test_another_origin_gets_no_permission(self, origin, listed):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        app = app_of(cors_origins=listed)
        for answer in (
            send("OPTIONS", f"/cds-services/{SAFETY}", headers=headers, app=app),
            send("GET", "/cds-services", headers=headers, app=app),
        ):
            assert "access-control-allow-origin" not in answer.headers
