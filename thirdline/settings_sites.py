"""Which EHRs does a configuration register, and on which terms?

Checked settings in; the plain facts that the edge and the door work with out.
"""

from typing import Final

from cds_hooks.terms import CardTerms, OrderCode
from ehr.site import ReadTerms, Site, TrustTerms
from thirdline.settings import Settings
from thirdline.settings_ehr import EhrSettings
from thirdline.settings_files import jwks

ANY_EHR: Final = Site(name="sandbox", base="", trust=TrustTerms(unsigned=True))
"""Whoever calls a sandbox in which no EHR is registered. Its FHIR server is never called."""


def sites(settings: Settings) -> list[Site]:
    """Return the EHRs; in a sandbox where none is registered, the one that takes any.

    Of one that is not enabled it is known which tokens are its own, and nothing else.
    """
    registered = [_site(ehr, settings) if ehr.enabled else _known(ehr) for ehr in settings.ehr]
    return registered or ([ANY_EHR] if settings.is_sandbox else [])


def card_terms(settings: Settings) -> dict[str, CardTerms]:
    """Return what cards may hold, by the name of the EHR."""
    terms = {ehr.name: _terms(ehr) for ehr in settings.ehr if ehr.enabled}
    return terms or {ANY_EHR.name: CardTerms()}


def _site(ehr: EhrSettings, settings: Settings) -> Site:
    return Site(
        name=ehr.name,
        base=ehr.fhir_base,
        client_id=ehr.client_id,
        trust=TrustTerms(
            issuer=ehr.cds_issuer,
            jwks_url=ehr.cds_jwks_url,
            jwks=jwks(ehr),
            tenant=ehr.cds_tenant,
            unsigned=ehr.cds_unsigned,
            extra_audiences=ehr.extra_audiences,
            algorithms=ehr.cds_algorithms,
            longest_life_s=ehr.jwt_max_life_s,
        ),
        reading=ReadTerms(
            null_means=ehr.null_means,
            page_size=ehr.reading.page_size,
            without=frozenset(ehr.reading.without),
            with_=dict(ehr.reading.with_),
            has_no=frozenset(ehr.reading.has_no),
            at_once=ehr.reading.at_once,
            at_once_in_all=ehr.reading.at_once_in_all,
            ca_file=ehr.ca_file or settings.ca_file,
        ),
        calls_per_minute=_share(ehr.calls_per_minute, settings.workers),
    )


def _share(calls: int | None, workers: int) -> int | None:
    """Return what of a figure is one worker's: each counts the calls it takes by itself."""
    return None if calls is None else -(-calls // workers)


def _known(ehr: EhrSettings) -> Site:
    trust = TrustTerms(issuer=ehr.cds_issuer, tenant=ehr.cds_tenant)
    return Site(name=ehr.name, base=ehr.fhir_base, trust=trust, enabled=False)


def _terms(ehr: EhrSettings) -> CardTerms:
    orders = {name: getattr(ehr.orders, name) for name in type(ehr.orders).model_fields}
    return CardTerms(
        services=dict(ehr.services),
        selection=ehr.selection_behavior,
        orders={
            name: OrderCode(system=order.system, code=order.code, display=order.display)
            for name, order in orders.items()
            if order is not None
        },
        newer=ehr.newer,
    )
