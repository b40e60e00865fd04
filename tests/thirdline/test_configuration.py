"""A configuration: what is refused, how that is said, and what passes."""

import json
import tomllib

import pytest

from tests.support.tokens import Issuer, private_key
from tests.thirdline.command import thirdline
from tests.thirdline.configured import (
    MISSING,
    NORTH,
    changed,
    checked,
    production,
    sandbox,
    written,
)
from thirdline.settings_page import PAGE, page

CANARY = "canary-7f3a"
_EHR = {"name": "south", "fhir_base": Issuer("south").fhir, "cds_issuer": "https://south.org"}
_EHR |= {"cds_jwks_url": "https://south.org/jwks"}
_CODING = {"system": "urn:oid:1.2", "code": "TMS", "display": "TMS evaluation"}


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """Let no variable of the tester's own be a setting."""
    for name in ("THIRDLINE_CONFIG", "THIRDLINE_SHARED"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("mode", [production, sandbox])
def test_a_good_configuration_is_good(tmp_path, mode):
    answer = checked(tmp_path, mode(tmp_path))
    assert (answer.status, answer.err) == (0, "")
    assert answer.out == f"The configuration is good: {mode.__name__} mode, EHRs: 1.\n"


# place, a value that is refused, what is said (of the place), a value that passes
IN_PRODUCTION = [
    ("public_url", MISSING, "missing", "https://hooks.north.org/depression/"),
    ("public_url", "", "missing", "https://hooks.north.org:8443"),
    ("public_url", "http://hooks.canary-7f3a.org", "must be https", "https://10.1.2.3"),
    ("public_url", "hooks.canary-7f3a.org", "not an address of the form", "https://hooks"),
    ("public_url", "https://canary-7f3a@hooks.org", "not an address", "https://hooks.org"),
    ("public_url", "https://hooks.org/?canary-7f3a", "not an address", "https://hooks.org/a"),
    ("public_url", "https://thirdline.hospital.example", "placeholder", "https://example.org"),
    ("listen", "0.0.0.0:8000", "needs trusted_proxies", "[::1]:8000"),
    ("listen", "[::]:8000", "needs trusted_proxies", "unix:/run/thirdline.sock"),
    ("listen", "canary-7f3a:8000", "not an address", "localhost:8000"),
    ("listen", "127.0.0.1:99999", "not an address", "127.0.0.1:0"),
    ("listen", "unix:canary-7f3a", "absolute path", "unix:/tmp/a"),
    ("metrics_listen", "canary-7f3a", "not an address", "0.0.0.0:9100"),
    ("trusted_proxies", ["canary-7f3a"], "not an IP address or network", ["10.0.0.0/8", "::1"]),
    ("trusted_proxies", ["0.0.0.0/0"], "trusts everybody", ["10.0.0.1"]),
    ("cors_origins", ["*"], "not an origin", ["https://page.north.org"]),
    ("cors_origins", ["http://canary-7f3a.org"], "must be https", ["https://north.org:8443"]),
    ("cors_origins", ["https://canary-7f3a.org/x"], "not an origin", []),
    ("today", "2026-09-01", "only sandbox mode", MISSING),
    ("workers", 0, "greater than or equal to 1", 2),
    ("workers", "canary-7f3a", "a valid integer", 1),
    ("debug", True, "no such setting", MISSING),
    ("secret_key", CANARY, "no such setting", MISSING),
    ("mode", CANARY, "'production' or 'sandbox'", "production"),
    ("database_url", f"mysql://{CANARY}/x", "not of the form", "sqlite+aiosqlite:///a.db"),
    ("database_url", "sqlite+aiosqlite:///:memory:", "lost with its process", MISSING),
    ("keys_file", "", "at least 1 character", "k.json"),
    ("ca_file", "/nowhere/canary-7f3a", "no such file", ""),
    ("ca_file", "jwks.json", "no certificates in PEM", ""),
    ("ehr", [], "no EHR is registered", [_EHR]),
    ("ehr.0.enabled", False, "none is enabled", True),
    ("ehr.0.name", "", "missing", "north.2"),
    ("ehr.0.name", f"{CANARY} {CANARY}", "match pattern", "n"),
    ("ehr.0.fhir_base", "", "missing", "https://ehr.north.org/fhir/"),
    ("ehr.0.fhir_base", "http://canary-7f3a.org/fhir", "must be https", "https://a.org"),
    ("ehr.0.fhir_base", "file:///canary-7f3a", "not an address", "https://a.org/b"),
    ("ehr.0.fhir_base", "https://ehr.hospital.example/fhir", "placeholder", "https://a.org"),
    ("ehr.0.cds_jwks_url", "http://canary-7f3a.org/jwks", "must be https", "https://a.org/jwks"),
    ("ehr.0.fhir_base", "https://a.org/%2e%2e/canary-7f3a", "not an address", "https://[::1]/r4"),
    ("ehr.0.fhir_base", "https://a.org\\canary-7f3a", "not an address", "https://10.0.0.1:8443/r4"),
    ("ehr.0.cds_jwks_file", MISSING, "missing beside cds_issuer", MISSING),
    ("ehr.0.cds_jwks_file", "/nowhere/canary-7f3a", "no such file", MISSING),
    ("ehr.0.cds_issuer", MISSING, "missing beside the keys", "https://idp.north.org"),
    ("ehr.0.cds_issuer", "https://sandbox.cds-hooks.org", "published", "north"),
    ("ehr.0.cds_unsigned", True, "only sandbox mode", False),
    ("ehr.0.cds_algorithms", ["HS256"], "'ES384'", ["RS256", "ES384"]),
    ("ehr.0.cds_algorithms", ["none"], "'ES384'", ["ES384"]),
    ("ehr.0.cds_algorithms", [], "no signature would be accepted", ["PS384"]),
    ("ehr.0.jwt_max_life_s", 3601, "less than or equal to 3600", 3600),
    ("ehr.0.jwt_max_life_s", 0, "greater than or equal to 1", 1),
    ("ehr.0.calls_per_minute", 0, "greater than or equal to 1", 600),
    ("ehr.0.null_means", CANARY, "'nothing' or 'not-read'", "not-read"),
    ("ehr.0.selection_behavior", CANARY, "'any' or 'at-most-one'", "at-most-one"),
    ("ehr.0.actions_per_suggestion", 0, "greater than or equal to 1", 3),
    ("ehr.0.client_auth", CANARY, "'public', 'secret' or 'private-key'", "private-key"),
    ("ehr.0.frame_origins", ["http://canary-7f3a.org"], "must be https", ["https://ehr.org"]),
    ("ehr.0.time_zone", "Canary/7f3a", "not a time zone", "America/Chicago"),
    ("ehr.0.time_zone", "/etc/canary-7f3a", "not a time zone", "UTC"),
    ("ehr.0.ca_file", "/nowhere/canary-7f3a", "no such file", ""),
    ("ehr.0.services", {"trd-reviews": "on"}, "no such service", {"trd-review": "silent"}),
    ("ehr.0.services", {"trd-review": CANARY}, "'on', 'silent' or 'off'", {"trd-review": False}),
    ("ehr.0.orders", {"ect": _CODING}, "no such setting", {"tms_referral": _CODING}),
    ("ehr.0.orders", {"phq9": {**_CODING, "code": ""}}, "at least 1 char", {"phq9": _CODING}),
    ("ehr.0.reading", {"page_sise": 5}, "no such setting", {"page_size": 50}),
    ("ehr.0.reading", {"with": {"score": CANARY}}, "no such need", {"with": {"scores": "a=b"}}),
    ("ehr.0.reading", {"has_no": [CANARY]}, "no such need", {"has_no": ["devices"]}),
    ("ehr.0.reading", {"at_once": 0}, "greater than or equal to 1", {"at_once": 1}),
    ("ehr.0.passwort", CANARY, "no such setting", MISSING),
    ("ehr.1", {**_EHR, "name": "NORTH"}, "the same in ehr[0], ehr[1]", _EHR),
    ("ehr.1", {**_EHR, "fhir_base": NORTH.fhir}, "the same in ehr[0], ehr[1]", _EHR),
    ("ehr.1", {**_EHR, "cds_issuer": NORTH.url}, "the same, with its cds_tenant", _EHR),
    ("ehr.1", {"name": "s", "fhir_base": "https://s.org"}, "no call could be known", _EHR),
]


@pytest.mark.hostile("O01", "O08")
@pytest.mark.requirement("GEN-2")
@pytest.mark.parametrize(("place", "bad", "said", "good"), IN_PRODUCTION)
def test_production_refuses_by_name_and_takes_the_same_setting_made_right(
    tmp_path, monkeypatch, place, bad, said, good
):
    monkeypatch.chdir(tmp_path)
    settings = production(tmp_path)
    answer = checked(tmp_path, changed(settings, place, bad))
    assert (answer.status, answer.out) == (2, "")
    (line,) = answer.err.splitlines()
    name, _, what = line.removeprefix("thirdline: ").partition(": ")
    assert (
        name.replace("[", ".").replace("]", "").startswith(place.rpartition(".1")[0] or _of(place))
    )
    assert said in what
    assert CANARY.partition("-")[2] not in line
    if good is not MISSING:
        assert checked(tmp_path, changed(settings, place, good)).err == ""


def _of(place):
    """Return where a fault of a place may be named: it, or the one that has to go with it."""
    return {"ehr.0.cds_jwks_file": "ehr.0.cds_jwks", "ehr.0.enabled": "ehr"}.get(place, place)


IN_SANDBOX = [
    ("listen", "0.0.0.0:8000", "only a loopback address in sandbox mode", "[::1]:0"),
    ("listen", "192.0.2.1:8000", "only a loopback address in sandbox mode", "127.0.0.2:0"),
    ("metrics_listen", "0.0.0.0:9100", "only a loopback address in sandbox mode", "[::1]:1"),
    ("metrics_listen", "127.0.0.1:8000", "the same address as listen", "127.0.0.1:8001"),
    ("today", "tomorrow", "a valid date", "2026-09-01"),
    ("ehr.0.cds_unsigned", False, "no call could be known as this EHR's", True),
    ("cors_origins", ["*"], "not an origin", ["http://127.0.0.1:9000"]),
]


@pytest.mark.hostile("O01")
@pytest.mark.parametrize(("place", "bad", "said", "good"), IN_SANDBOX)
def test_the_sandbox_refuses_by_name_as_well(tmp_path, place, bad, said, good):
    settings = sandbox(tmp_path) | {"listen": "127.0.0.1:8000"}
    answer = checked(tmp_path, changed(settings, place, bad))
    assert (answer.status, answer.out) == (2, "")
    assert said in answer.err
    assert checked(tmp_path, changed(settings, place, good)).err == ""


def test_the_sandbox_takes_http_and_a_day_that_production_does_not(tmp_path):
    settings = sandbox(tmp_path) | {"today": "2026-09-01"}
    assert checked(tmp_path, settings).status == 0
    lines = checked(tmp_path, settings | {"mode": "production"}).err.splitlines()
    assert {line.split(": ")[1] for line in lines} == {
        "public_url",
        "today",
        "ehr[0].fhir_base",
        "ehr[0].cds_unsigned",
    }


def test_every_fault_is_said_at_once(tmp_path):
    settings = production(tmp_path) | {"public_url": "http://a.org", "workers": 0, "colour": "red"}
    settings["ehr"].append({"name": "", "time_zone": "Nowhere"})
    lines = checked(tmp_path, settings).err.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "workers",
        "colour",
        "public_url",
        "ehr[1].name",
        "ehr[1].fhir_base",
        "ehr[1].time_zone",
        "ehr[1].cds_issuer",
    ]


def test_proxies_open_the_way_beyond_this_machine(tmp_path):
    settings = production(tmp_path) | {"listen": "0.0.0.0:8000"}
    assert checked(tmp_path, settings | {"trusted_proxies": ["10.0.0.2"]}).status == 0


JWKS = [
    ("", "not JSON"),
    ("[]", "not a JWK Set"),
    ('{"keys": []}', "not a JWK Set"),
    ('{"keys": [1]}', "not a JWK Set"),
    (json.dumps({"keys": [private_key("n", "ES384").as_dict(private=True)]}), "a private"),
    ('{"keys": [{"kty": "oct", "k": "canary-7f3a"}]}', "a private or shared key"),
]


@pytest.mark.hostile("O01")
@pytest.mark.parametrize(("text", "said"), JWKS)
def test_keys_of_an_ehr_are_a_set_of_public_keys(tmp_path, text, said):
    settings = production(tmp_path)
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    answer = checked(tmp_path, changed(settings, "ehr.0.cds_jwks_file", "other.json"))
    assert answer.status == 2
    assert answer.err.startswith("thirdline: ehr[0].cds_jwks_file: ")
    assert said in answer.err
    assert CANARY not in answer.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"mode = canary-7f3a", "not TOML (at line 1, column 8)"),
        (b"mode = 1\nmode = 2", "not TOML"),
        (b"\xff\xfe", "not the name of a text file"),
        (None, "no such file"),
    ],
)
def test_a_file_that_is_no_configuration_is_one_line(tmp_path, text, said):
    path = tmp_path / "c.toml"
    if text is not None:
        path.write_bytes(text)
    for command in (("config", "check"), ("serve",)):
        answer = thirdline(*command, "--config", str(path))
        assert (answer.status, answer.out) == (2, "")
        assert answer.err.startswith(f"thirdline: --config {path}: ")
        assert said in answer.err
        assert CANARY not in answer.err


def test_variables_go_before_the_file_and_name_the_file(tmp_path, monkeypatch):
    path = written(tmp_path, production(tmp_path))
    monkeypatch.setenv("THIRDLINE_CONFIG", path)
    assert "production mode" in thirdline("config", "check").out
    monkeypatch.setenv("THIRDLINE_PUBLIC_URL", f"http://{CANARY}.org")
    answer = thirdline("config", "check")
    assert answer.err == "thirdline: public_url: must be https in production\n"
    monkeypatch.setenv("THIRDLINE_PUBLIC_URL", "https://other.org")
    monkeypatch.setenv("THIRDLINE_CORS_ORIGINS", "https://a.org, https://b.org")
    monkeypatch.setenv("THIRDLINE_TRUSTED_PROXIES", '["10.0.0.1"]')
    assert thirdline("config", "check").status == 0
    monkeypatch.setenv("THIRDLINE_CORS_ORIGINS", f'["{CANARY}"')
    answer = thirdline("config", "check")
    assert answer.err == "thirdline: cors_origins: not a list\n"


def test_ehrs_can_be_told_by_a_variable(tmp_path, monkeypatch):
    settings = production(tmp_path)
    monkeypatch.setenv("THIRDLINE_EHR", json.dumps(settings.pop("ehr")))
    assert checked(tmp_path, settings).out.endswith("EHRs: 1.\n")
    monkeypatch.setenv("THIRDLINE_EHR", CANARY)
    answer = checked(tmp_path, settings)
    assert answer.status == 2
    assert "THIRDLINE_EHR: not a JSON list of tables" in answer.err
    assert CANARY not in answer.err


@pytest.mark.hostile("O08")
def test_a_misspelt_variable_is_refused_and_a_strange_one_named(tmp_path, monkeypatch):
    path = written(tmp_path, production(tmp_path))
    monkeypatch.setenv("THIRDLINE_PORT_8000_TCP", CANARY)
    answer = thirdline("config", "check", "--config", path)
    assert answer.status == 0
    assert answer.err == "thirdline: THIRDLINE_PORT_8000_TCP: no such setting; passed over\n"
    monkeypatch.setenv("THIRDLINE_PUBLIC_ULR", CANARY)
    answer = thirdline("config", "check", "--config", path)
    assert answer.status == 2
    assert answer.err == "thirdline: THIRDLINE_PUBLIC_ULR: no such setting\n"


def test_a_database_url_can_stand_in_a_file_of_its_own(tmp_path):
    settings = production(tmp_path)
    (tmp_path / "url").write_text("sqlite+aiosqlite:///kept.db\n", encoding="utf-8")
    both = settings | {"database_url_file": "url"}
    assert "database_url_file: give this or database_url" in checked(tmp_path, both).err
    del both["database_url"]
    assert checked(tmp_path, both).status == 0
    (tmp_path / "url").write_text(f"postgres://u:{CANARY}@h/d", encoding="utf-8")
    answer = checked(tmp_path, both)
    assert answer.err.startswith("thirdline: database_url_file: not of the form ")
    assert CANARY not in answer.err
    (tmp_path / "url").write_text("\n", encoding="utf-8")
    assert checked(tmp_path, both).err == "thirdline: database_url_file: empty\n"
    answer = checked(tmp_path, both | {"database_url_file": f"/nowhere/{CANARY}"})
    assert answer.err == "thirdline: database_url_file: no such file or directory\n"


@pytest.mark.parametrize("mode", ["sandbox", "production"])
def test_the_example_names_every_key(tmp_path, mode):
    text = thirdline("config", "example", "--mode", mode).out
    told = tomllib.loads(text)
    assert told["mode"] == mode
    whole = "\n".join(
        line.removeprefix("# ")
        if " = " in line and line[2:].split(" = ")[0].isidentifier()
        else ""
        if line.startswith("#")
        else line
        for line in text.replace("trd-review =", "trd_review =").splitlines()
    )
    every = tomllib.loads(whole)
    (tmp_path / "every.toml").write_text(
        whole.replace("trd_review", "trd-review"), encoding="utf-8"
    )
    assert every.keys() >= KEYS
    assert every["ehr"][0].keys() >= EHR_KEYS
    assert {"tms_referral", "psychiatry_referral", "phq9", "cssrs"} <= every["ehr"][0][
        "orders"
    ].keys()
    answer = thirdline("config", "check", "--config", str(tmp_path / "every.toml"))
    said = [line.partition(": ")[2] for line in answer.err.splitlines()]
    assert [line for line in said if "placeholder" not in line] == {
        "sandbox": [],
        "production": ["today: only sandbox mode takes it"],
    }[mode]


# As the interface of the project has them: a key that goes missing here is a broken promise.
KEYS = {
    *("public_url", "database_url", "mode", "ehr", "listen", "metrics_listen", "cors_origins"),
    *("ca_file", "trusted_proxies", "audit_file", "discovery_requires_jwt", "today"),
}
EHR_KEYS = {
    *("name", "fhir_base", "client_id", "client_auth", "cds_issuer", "cds_jwks_url"),
    *("cds_jwks_file", "frame_origins", "time_zone", "enabled", "cds_tenant", "cds_unsigned"),
    *("extra_audiences", "jwt_max_life_s", "ca_file", "null_means", "calls_per_minute"),
    *("selection_behavior", "actions_per_suggestion", "services", "orders"),
}


def test_the_sandbox_example_runs_as_it_is_and_the_other_wants_its_hosts(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(thirdline("config", "example").out, encoding="utf-8")
    assert thirdline("config", "check", "--config", str(path)).status == 0
    text = thirdline("config", "example", "--mode", "production").out
    path.write_text(text, encoding="utf-8")
    answer = thirdline("config", "check", "--config", str(path))
    assert answer.status == 2
    assert answer.err.count("still the placeholder of the example file") == 4
    path.write_text(text.replace("hospital.example", "north.org"), encoding="utf-8")
    assert thirdline("config", "check", "--config", str(path)).err == ""


def test_the_page_about_the_configuration_is_printed_from_it():
    told = PAGE.read_text(encoding="utf-8")
    assert told == page()
    for key in KEYS | EHR_KEYS:
        assert f"| `{key}` |" in told
