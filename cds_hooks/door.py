"""How is one call answered, from its first header to its last card?

The order is the safety of it: who calls is settled before the body is read; whose data it is
before anything is judged; and an answer leaves only after its audit event, with the cards it
shows, is durable. Whatever goes wrong on the way is an exception and becomes a status, never an
empty list of cards.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.advice import Advice, KeptBack, Made
from cds_hooks.body import check_headers, read_body
from cds_hooks.call import HookCall, read_call
from cds_hooks.callers import caller_of
from cds_hooks.cards import Occasion
from cds_hooks.chart import require
from cds_hooks.drafts import read_drafts
from cds_hooks.errors import (
    JSON_TYPE,
    NO_STORE,
    AnotherPatient,
    BadRequest,
    HookError,
    NoSuchService,
    OtherServer,
    TooMany,
    WrongMethod,
)
from cds_hooks.heads import Sent, read_call_body
from cds_hooks.judging import Judge
from cds_hooks.parts import Parts
from cds_hooks.quiet import QUIET, REPEATED, SIGNING, not_seen, quiet_lengths
from cds_hooks.quota import Quota
from cds_hooks.services import SERVICE_BY_ID, Service
from cds_hooks.terms import Speaking
from cds_hooks.visit import Visit
from ehr import logs
from ehr.addresses import registered
from ehr.audit import AuditKind
from ehr.gather import Ask, gather_chart
from ehr.prefetch import refuse_other_patients
from store.errors import StoreError
from store.rows import QuietPeriod, ShownCard
from trd.read import Gathered, WrongPatient

BUDGET_S: Final = 2.0
"""One call, all told."""
LEFT_FOR_READING_S: Final = 0.3
"""What of it is kept for reading, judging and writing down what was gathered."""
LEFT_FOR_WRITING_S: Final = 0.1
"""What of it is kept for writing down an answer, however long a chart takes to judge."""
SERVICES_PATH: Final = "/cds-services"
TOPICS_PATH: Final = "/CodeSystem/topics"
NO_SERVICE: Final = "no service of this id"
POST: Final = "POST"

_LOOK_UP_S: Final = 0.2
"""How long what was shown may be looked up in any case: the database is close."""
_LEFT_FOR_AUDIT_S: Final = 1.0
"""What of a call's time no look-up takes: so long the audit waits for a database that is away."""
_SILENT: Final = "silent"
_BY_PATIENT: Final = "patient-or-proxy"
_COUNTED: Final = {REPEATED: "repeated", QUIET: "quiet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """What a call comes to: the advice, what of it is sent, and what is kept back and why."""

    gathered: Gathered
    advice: Advice
    sent: tuple[Made, ...]
    kept_back: tuple[KeptBack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Answers calls of the services."""

    parts: Parts
    quota: Quota
    judge: Judge = field(default_factory=Judge)

    async def call(self, request: Request) -> Response:
        """Answer POST /cds-services/{id}."""
        service = served(request)
        visit = await self.enter(request, service, f"{SERVICES_PATH}/{service.id}")
        try:
            considered = await self.consider(request, visit)
        except HookError as wrong:
            await self.write_down_refusal(visit, wrong)
            raise
        cards = await self._write_down(visit, considered)
        body = orjson.dumps({"cards": cards})
        return Response(body, media_type=JSON_TYPE, headers=NO_STORE)

    async def enter(self, request: Request, service: Service, path: str) -> Visit:
        """Return a visit whose caller is settled, as far as headers settle it."""
        visit = Visit(service=service, deadline=asyncio.get_running_loop().time() + BUDGET_S)
        check_headers(request.headers)
        visit.caller = await caller_of(request, self.parts, path)
        if visit.caller is not None:
            await self._admit(visit)
        return visit

    async def consider(self, request: Request, visit: Visit) -> Considered | None:
        """Read the call, read the chart, and say what is to be sent of the advice.

        None: a patient or a proxy looks, and clinicians' cards are not for them.
        """
        sent = read_call_body(await read_body(request.receive), self.parts.knowledge)
        call = visit.call = read_call(sent.body, visit.service.hook)
        if visit.caller is None:
            visit.caller = self.parts.trust.unsigned_caller(call.fhir_server)
            if visit.caller is None:
                raise BadRequest("fhirServer: no registered EHR calls without a token from there")
            await self._admit(visit)
        if not _is_registered(call.fhir_server, visit.site.base):
            raise OtherServer
        if call.fhir_server and visit.site.base:
            visit.call = replace(call, fhir_server=visit.site.base)
        if call.by_patient:
            return None
        return await self._advise(visit, sent)

    async def write_down_refusal(self, visit: Visit, wrong: HookError) -> None:
        """Audit a refusal of a caller that is known; raise AuditUnavailable.

        Calls beyond a quota are counted, not audited: a flood of them must cost little.
        """
        if visit.caller is not None and not isinstance(wrong, TooMany | NoSuchService):
            event = visit.refusal(wrong, self.parts.now(), self.parts.knowledge)
            if event.kind is AuditKind.SECURITY:
                logs.security(event.reason, site=event.site, service=event.service)
            await self.parts.audit.append(event)

    async def _admit(self, visit: Visit) -> None:
        """Refuse a service that is off for this EHR, and a call beyond its figure."""
        if self.parts.terms_of(visit.site.name).speaking(visit.service.id) is Speaking.OFF:
            raise NoSuchService(NO_SERVICE)
        await self.quota.spend(visit.site, "calls", self.parts.now())

    async def _advise(self, visit: Visit, sent: Sent) -> Considered:
        try:
            chart, advice = await self._read(visit, sent)
        except WrongPatient as wrong:
            raise AnotherPatient from wrong
        visit.verdicts |= advice.verdicts
        cards, seen = await self._not_seen(visit, advice)
        kept_back = (*advice.kept_back, *seen)
        visit.verdicts |= {f"card:{one.topic.value}": one.reason for one in kept_back}
        return Considered(gathered=chart, advice=advice, sent=cards, kept_back=kept_back)

    async def _read(self, visit: Visit, sent: Sent) -> tuple[Gathered, Advice]:
        """Gather what the service needs and return it with its advice."""
        service, call, occasion = visit.service, _call_of(visit), self._occasion(visit, sent)
        refuse_other_patients(call.draft_orders, call.patient_id, call.fhir_server)
        needs = service.needs if service.may_concern(occasion) else frozenset[str]()
        chart = await self._gathered(visit, sent, needs)
        visit.reads = tuple((need, chart.reads[need].value, 0) for need in sorted(needs))
        for need, status, _ in visit.reads:
            self.parts.metrics.count_read(need, status)
        if needs:
            require(chart.reads, service.required, chart.because)
        end = visit.deadline - LEFT_FOR_WRITING_S
        advice = await self.judge.advice(service.advise, chart, occasion, end)
        rows = [row for row in advice.chart.reads if row.need in needs]
        visit.reads = tuple((row.need, row.status.value, row.count) for row in rows)
        return chart, advice

    def _occasion(self, visit: Visit, sent: Sent) -> Occasion:
        parts, call = self.parts, _call_of(visit)
        return Occasion(
            as_of=parts.today(),
            knowledge=parts.knowledge,
            topic_system=f"{parts.public_url.rstrip('/')}{TOPICS_PATH}",
            new_uuid=parts.new_uuid,
            unused=sent.unused,
            terms=parts.terms_of(visit.site.name),
            hook=call.hook,
            encounter_id=call.encounter_id,
            drafts=read_drafts(call),
            app_url=parts.app_url,
        )

    async def _gathered(self, visit: Visit, sent: Sent, needs: frozenset[str]) -> Gathered:
        call = _call_of(visit)
        ask = Ask(
            patient_id=call.patient_id,
            encounter_id=call.encounter_id,
            prefetch=call.prefetch,
            server=call.fhir_server,
            token=call.token,
            unused=sent.unused,
        )
        deadline = visit.deadline - LEFT_FOR_READING_S
        return await gather_chart(ask, needs, visit.site, self.parts.wire, deadline)

    async def _not_seen(
        self, visit: Visit, advice: Advice
    ) -> tuple[tuple[Made, ...], tuple[KeptBack, ...]]:
        """Return the cards that have not been shown or put away, and those that have."""
        if not advice.cards:
            return (), ()
        shown, quiet = await self._known(visit)
        service, now = visit.service, self.parts.now()
        sent, seen = not_seen(advice.cards, service.hook, shown, quiet, now)
        for one in seen:
            outcome = _COUNTED[one.reason]
            self.parts.metrics.count_card(service.id, one.topic.value, outcome)
        return sent, seen

    async def _known(self, visit: Visit) -> tuple[Sequence[ShownCard], Sequence[QuietPeriod]]:
        """Return what was shown of this patient, and what is quiet.

        Where it cannot be looked up in time nothing is known, and the cards are shown. In a crowd
        of calls each waits for its turn, so time that is left of the call is used.
        """
        site, patient, now = visit.site.name, _call_of(visit).patient_id, self.parts.now()
        records = self.parts.records
        until = asyncio.get_running_loop().time() + _LOOK_UP_S
        try:
            async with asyncio.timeout_at(max(until, visit.deadline - _LEFT_FOR_AUDIT_S)):
                shown: Sequence[ShownCard] = ()
                if visit.service.hook == SIGNING:
                    since = now - quiet_lengths().repeat
                    shown = await records.shown_before(site, patient, since)
                return shown, await records.quiet_periods(site, patient, now)
        except (StoreError, TimeoutError) as wrong:
            logs.fault("records-not-looked-up", wrong, service=visit.service.id)
            return (), ()

    async def _write_down(self, visit: Visit, considered: Considered | None) -> list[object]:
        """Make the answer durable, then return its cards."""
        parts, service = self.parts, visit.service
        is_silent = parts.terms_of(visit.site.name).speaking(service.id) is Speaking.SILENT
        made = considered.sent if considered else ()
        if is_silent:
            visit.verdicts |= {f"card:{one.topic.value}": _SILENT for one in made}
        shown = () if is_silent else made
        reason = _BY_PATIENT if considered is None else _SILENT if is_silent else ""
        await parts.audit.append(visit.advice(shown, reason, parts.now(), parts.knowledge))
        for one in made:
            outcome = _SILENT if is_silent else "shown"
            parts.metrics.count_card(service.id, one.topic.value, outcome)
        return [one.card for one in shown]


def _call_of(visit: Visit) -> HookCall:
    assert visit.call is not None  # noqa: S101 - asked after the call has been read
    return visit.call


def _is_registered(server: str, base: str) -> bool:
    """Say whether a server that is named, if any, is the one registered, if any."""
    return not server or not base or registered(base).is_same(server)


def served(request: Request) -> Service:
    """Return the service that is called; refuse another id, and another method than POST."""
    service = SERVICE_BY_ID.get(request.path_params["service_id"])
    if service is None:
        raise NoSuchService(NO_SERVICE)
    if request.method != POST:
        raise WrongMethod(POST)
    return service
