"""Why this answer? The same request in; facts, verdicts, reads and cards kept back out.

For the sandbox alone: people who check the rules or connect an EHR see how an answer came about.
Nothing is judged here; the assessment is the one of ``thirdline assess --format json``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.door import Considered, Door, served
from cds_hooks.errors import JSON_TYPE, NO_STORE, HookError
from trd.dates import iso
from trd.readings import assess_gathered
from trd.report import report

EXPLAIN_PATH: Final = "/explain"

_EXPLAINED: Final = "explained"
_WITHHELD: Final = "withheld from patients and proxies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explainer:
    """Explains answers."""

    door: Door

    async def call(self, request: Request) -> Response:
        """Answer POST /explain/{id}."""
        parts = self.door.parts
        service = served(request)
        visit = await self.door.enter(request, service, f"{EXPLAIN_PATH}/{service.id}")
        try:
            considered = await self.door.consider(request, visit)
        except HookError as wrong:
            await self.door.write_down_refusal(visit, wrong)
            raise
        told: dict[str, Any] = {"service": service.id, "asOf": iso(parts.today())}
        told |= self._explained(considered) if considered else {"cards": [], "because": _WITHHELD}
        await parts.audit.append(visit.advice((), _EXPLAINED, parts.now(), parts.knowledge))
        return Response(orjson.dumps(told), media_type=JSON_TYPE, headers=NO_STORE)

    def _explained(self, considered: Considered) -> dict[str, Any]:
        parts, advice = self.door.parts, considered.advice
        assessment = advice.assessment or assess_gathered(
            considered.gathered, parts.knowledge, parts.today()
        )
        written = report(assessment)
        rules = list(rules_of(written))
        return {
            "facts": facts_of(rules),
            "rules": rules,
            "verdicts": dict(advice.verdicts),
            "reads": [
                {"need": row.need, "status": row.status.value, "count": row.count}
                for row in advice.chart.reads
            ],
            "cards": [one.card for one in considered.sent],
            "keptBack": [
                {"topic": one.topic.value, "reason": one.reason} for one in considered.kept_back
            ],
            "assessment": written,
        }


def rules_of(written: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every judgement of an assessment: what was asked, verdict, reason, evidence."""
    episode = written["episode"]
    yield _rule("episode", "assumed" if episode["assumed"] else "charted", episode)
    for trial in written["trials"]:
        yield _rule(f"trial of {trial['ingredient']}: adequacy", trial["adequacy"], trial)
    for one in written["setAside"]:
        yield _rule(f"set aside: {one['ingredient']}", one["reason"], one)
    yield _rule("resistance", written["resistance"]["verdict"], written["resistance"])
    for signal in written["crisis"]["signals"]:
        yield _rule(f"crisis: {signal['kind']}", signal["level"], signal)
    for finding in written["candidacy"]["findings"]:
        yield _rule(f"candidacy: {finding['rule']}", finding["verdict"], finding)


def facts_of(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each resource a judgement rests on, with the judgements that rest on it."""
    used: dict[str, list[str]] = {}
    for rule in rules:
        for resource in rule["evidence"]:
            used.setdefault(resource, []).append(rule["rule"])
    return [{"resource": name, "usedBy": used[name]} for name in sorted(used)]


def _rule(name: str, verdict: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": name,
        "verdict": verdict,
        "because": told.get("because", ""),
        "evidence": list(told.get("evidence", ())),
    }
