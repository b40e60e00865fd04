"""Do the settings of a configuration go together, and is it safe to run with them?

Pure but for the files it names, each of which is opened once. A fault is the name of a setting and
what is wrong with it, in words without its value. Faults of one mode only are in one function each.
"""

import ssl
from collections import Counter
from collections.abc import Iterator
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cds_hooks.services import SERVICE_BY_ID
from thirdline.settings import Settings
from thirdline.settings_ehr import EhrSettings
from thirdline.settings_files import FileFault, database_url, jwks, reason_of
from thirdline.settings_values import read_address, web_address
from trd.read.needs import NEEDS

Fault = tuple[str, str]
"""The name of a setting, and what is wrong with it."""

_NEEDS: Final = frozenset(need.name for need in NEEDS)
_HTTPS: Final = "must be https in production"
_PLACEHOLDER: Final = "still the placeholder of the example file"
_PLACEHOLDER_HOSTS: Final = (".example", ".invalid")
_KNOWN_KEY: Final = "the private key of this issuer is published: sandbox only"
_PUBLISHED: Final = ("https://sandbox.cds-hooks.org", "sandbox.cds-hooks.org")
_DRIVERS: Final = ("sqlite+aiosqlite://", "postgresql+psycopg://")
_IN_MEMORY: Final = ("sqlite+aiosqlite://", "sqlite+aiosqlite:///", "sqlite+aiosqlite:///:memory:")
_SANDBOX_ONLY: Final = "only sandbox mode takes it"


def cross_faults(settings: Settings) -> list[Fault]:
    """Return what is wrong with settings whose values are right each by itself."""
    faults = [*_top_faults(settings), *_duplicates(settings)]
    faults += _sandbox_faults(settings) if settings.is_sandbox else _production_faults(settings)
    for at, ehr in enumerate(settings.ehr):
        if ehr.enabled:
            own = [*_ehr_faults(ehr), *_key_faults(ehr)]
            own += [] if settings.is_sandbox else _ehr_production_faults(ehr)
            faults += [(f"ehr[{at}].{name}", what) for name, what in own]
    return faults


def _top_faults(settings: Settings) -> Iterator[Fault]:
    yield from _certificates(settings.ca_file)
    if settings.database_url_file and "database_url" in settings.model_fields_set:
        yield "database_url_file", "give this or database_url, not both"
    try:
        url = database_url(settings)
    except FileFault as wrong:
        yield "database_url_file", str(wrong)
        return
    name = "database_url_file" if settings.database_url_file else "database_url"
    if not url.startswith(_DRIVERS):
        yield name, "not of the form sqlite+aiosqlite:///file or postgresql+psycopg://host/database"
    elif url in _IN_MEMORY and (settings.workers > 1 or not settings.is_sandbox):
        yield name, "a database in memory is lost with its process"
    is_shared = settings.metrics_listen == settings.listen and read_address(settings.listen).port
    if is_shared:
        yield "metrics_listen", "the same address as listen"


def _duplicates(settings: Settings) -> Iterator[Fault]:
    """Two entries that could be taken for one another."""
    names = [ehr.name.casefold() for ehr in settings.ehr]
    bases = [ehr.fhir_base.casefold() for ehr in settings.ehr]
    issuers = [(ehr.cds_issuer, ehr.cds_tenant) if ehr.cds_issuer else None for ehr in settings.ehr]
    for name, values in (("name", names), ("fhir_base", bases), ("cds_issuer", issuers)):
        twice = {value for value, count in Counter(values).items() if value and count > 1}
        what = "the same, with its cds_tenant, in" if name == "cds_issuer" else "the same in"
        for value in twice:
            places = [f"ehr[{at}]" for at, other in enumerate(values) if other == value]
            yield f"{places[-1]}.{name}", f"{what} {', '.join(places)}"


def _sandbox_faults(settings: Settings) -> Iterator[Fault]:
    for name in ("listen", "metrics_listen"):
        written = getattr(settings, name)
        if written and not read_address(written).is_loopback:
            yield name, "only a loopback address in sandbox mode"


def _production_faults(settings: Settings) -> Iterator[Fault]:
    yield from _production_url("public_url", settings.public_url)
    if not read_address(settings.listen).is_loopback and not settings.trusted_proxies:
        yield (
            "listen",
            "plain HTTP beyond this machine needs trusted_proxies, the proxies that speak TLS",
        )
    if settings.today is not None:
        yield "today", _SANDBOX_ONLY
    for at, origin in enumerate(settings.cors_origins):
        yield from _production_url(f"cors_origins[{at}]", origin)
    if not any(ehr.enabled for ehr in settings.ehr):
        yield "ehr", "no EHR is registered, or none is enabled"


def _production_url(name: str, written: str) -> Iterator[Fault]:
    url = web_address(written)
    if url is None:
        yield name, "missing"
    elif url.scheme != "https":
        yield name, _HTTPS
    elif url.host.endswith(_PLACEHOLDER_HOSTS):
        yield name, _PLACEHOLDER


def _ehr_faults(ehr: EhrSettings) -> Iterator[Fault]:
    for name in ("name", "fhir_base"):
        if not getattr(ehr, name):
            yield name, "missing"
    yield from _certificates(ehr.ca_file)
    if ehr.time_zone and not _is_time_zone(ehr.time_zone):
        yield "time_zone", "not a time zone of the form America/Chicago, or not on this machine"
    for service in ehr.services:
        if service not in SERVICE_BY_ID:
            yield f"services.{service}", "no such service"
    for need in ehr.reading.with_:
        if need not in _NEEDS:
            yield f"reading.with.{need}", "no such need"
    for at, need in enumerate(ehr.reading.has_no):
        if need not in _NEEDS:
            yield f"reading.has_no[{at}]", "no such need"


def _key_faults(ehr: EhrSettings) -> Iterator[Fault]:
    """Whether an EHR can prove that a call is its own: an issuer and a place of its keys."""
    has_keys = bool(ehr.cds_jwks_url or ehr.cds_jwks_file)
    if has_keys and not ehr.cds_issuer:
        yield "cds_issuer", "missing beside the keys"
    if ehr.cds_issuer and not has_keys:
        yield "cds_jwks_url", "missing beside cds_issuer; cds_jwks_file serves as well"
    if not (ehr.cds_issuer or has_keys or ehr.cds_unsigned or ehr.client_id):
        yield "cds_issuer", "missing: no call could be known as this EHR's"
    if not ehr.cds_algorithms:
        yield "cds_algorithms", "empty: no signature would be accepted"
    try:
        jwks(ehr)
    except FileFault as wrong:
        yield "cds_jwks_file", str(wrong)


def _ehr_production_faults(ehr: EhrSettings) -> Iterator[Fault]:
    if ehr.fhir_base:
        yield from _production_url("fhir_base", ehr.fhir_base)
    if ehr.cds_jwks_url:
        yield from _production_url("cds_jwks_url", ehr.cds_jwks_url)
    if ehr.cds_unsigned:
        yield "cds_unsigned", _SANDBOX_ONLY
    if ehr.cds_issuer.rstrip("/") in _PUBLISHED:
        yield "cds_issuer", _KNOWN_KEY
    issuer = web_address(ehr.cds_issuer)
    if issuer is not None and issuer.host.endswith(_PLACEHOLDER_HOSTS):
        yield "cds_issuer", _PLACEHOLDER
    for at, origin in enumerate(ehr.frame_origins):
        yield from _production_url(f"frame_origins[{at}]", origin)


def _certificates(file: str) -> Iterator[Fault]:
    if not file:
        return
    try:
        ssl.create_default_context(cafile=file)
    except OSError as wrong:
        is_content = isinstance(wrong, ssl.SSLError)
        yield "ca_file", "no certificates in PEM" if is_content else reason_of(wrong)


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
