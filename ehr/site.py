"""Which EHRs are registered, and on which terms does each call us and answer us?

Plain facts of the configuration, already checked; nothing here reads a file or the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class NullMeans(StrEnum):
    """What a prefetch key with the value null says at this EHR."""

    NOTHING = "nothing"
    """The search ran and found nothing."""
    NOT_READ = "not-read"
    """The search may not have run: the key counts as absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustTerms:
    """How an EHR proves that a call is its own.

    ``jwks_url`` is the only ``jku`` a token may name and the only address keys are fetched from.
    Where ``jwks`` holds the keys nothing is fetched, and ``jwks_url`` may be "": then a token may
    name no ``jku``. ``tenant`` must be the token's where it is not "". ``unsigned``: calls without
    a token are its own as well (sandbox mode only). ``extra_audiences`` are accepted beside the
    endpoint's own URL. ``longest_life_s`` is from ``iat`` to ``exp``, ``longest_age_s`` from
    ``iat`` to now.
    """

    issuer: str = ""
    jwks_url: str = ""
    jwks: Mapping[str, Any] | None = None
    tenant: str = ""
    unsigned: bool = False
    extra_audiences: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("ES384", "RS384")
    longest_life_s: int = 900
    longest_age_s: int = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTerms:
    """How an EHR's FHIR server is asked.

    ``without`` names search parameters it does not take ("MedicationRequest._include" of one type,
    "_count" of all); ``with_`` adds parameters to a need's search (its category, for instance).
    ``has_no`` names needs of which the operator says that this EHR keeps no such resources
    anywhere: they count as read, and hold nothing. ``at_once`` bounds the requests of one call,
    ``at_once_in_all`` those of all calls together.
    """

    null_means: NullMeans = NullMeans.NOTHING
    page_size: int = 200
    without: frozenset[str] = frozenset()
    with_: Mapping[str, str] = field(default_factory=dict)
    has_no: frozenset[str] = frozenset()
    at_once: int = 6
    at_once_in_all: int = 32
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One registered EHR. ``base`` is its FHIR base URL as registered, without a slash at its end.

    ``calls_per_minute`` is None where calls are not limited. One that is not ``enabled`` is known
    and refused.
    """

    name: str
    base: str
    client_id: str = ""
    trust: TrustTerms = TrustTerms()
    reading: ReadTerms = ReadTerms()
    calls_per_minute: int | None = None
    enabled: bool = True
