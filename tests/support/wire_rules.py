"""What an answer of CDS Hooks may look like, judged on its bytes alone.

The members the specification lists for each object, and its rules between them, written down anew:
nothing here is taken from the models of the service. ``breaches`` names each place that breaks one.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

LISTS_THAT_MAY_BE_EMPTY = {"$.cards", "$.services"}
LONGEST_SUMMARY = 139
ABSOLUTE = re.compile(r"https?://[^\s/]+(/\S*)?")
TOPIC = re.compile(r"[A-Za-z0-9]{1,100}")
REVERSE_DOMAIN = re.compile(r"[a-z]{2,}(\.[A-Za-z0-9_-]+){2,}")

FRESH = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id that is made anew for each answer."""

MEMBERS = {
    "answer": ({"cards"}, {"systemActions", "extension"}),
    "card": (
        {"summary", "indicator", "source", "uuid"},
        {"detail", "suggestions", "selectionBehavior", "overrideReasons", "links", "extension"},
    ),
    "source": ({"label"}, {"url", "icon", "topic"}),
    "coding": ({"code", "system"}, {"display"}),
    "reason": ({"code", "system", "display"}, set()),
    "suggestion": ({"label", "uuid"}, {"isRecommended", "actions"}),
    "action": ({"type", "description"}, {"resource", "resourceId"}),
    "link": ({"label", "url", "type"}, {"appContext"}),
    "discovery": ({"services"}, {"extension"}),
    "service": (
        {"hook", "id", "description", "title"},
        {"prefetch", "usageRequirements", "extension"},
    ),
    "outcome": ({"resourceType", "issue"}, set()),
    "issue": ({"severity", "code"}, {"diagnostics", "details"}),
}
"""Of each object what must be there and what may. Clients need uuid and title, so these must be;
``autolaunchable``, ``actionSelectionBehavior`` and what is new in 3.0 nobody has asked for."""


def parsed(content: bytes) -> Any:
    """Return strict JSON: UTF-8, no NaN, no member twice."""
    return json.loads(
        content.decode("utf-8", "strict"), parse_constant=_refuse, object_pairs_hook=_once
    )


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names), f"a member twice: {sorted(names)}"
    return dict(pairs)


def without_ids(content: bytes) -> list[dict[str, Any]]:
    """Return the cards of an answer, its fresh ids numbered as they come."""
    serial: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        return serial.setdefault(found[0], f"id-{len(serial)}")

    return list(json.loads(FRESH.sub(numbered, content.decode())).get("cards", []))


def empties(value: Any, at: str = "$") -> Iterator[str]:
    """Yield each place that holds null, or nothing."""
    if value is None:
        yield f"{at}: null"
    elif isinstance(value, str) and not value.strip():
        yield f"{at}: empty text"
    elif isinstance(value, list | dict) and not value and at not in LISTS_THAT_MAY_BE_EMPTY:
        yield f"{at}: empty"
    if isinstance(value, dict):
        for name, held in value.items():
            yield from empties(held, f"{at}.{name}")
    elif isinstance(value, list):
        for index, held in enumerate(value):
            yield from empties(held, f"{at}[{index}]")


def breaches(content: bytes) -> list[str]:
    """Return what an answer to a call breaks."""
    answer = parsed(content)
    found = [*empties(answer), *_members("answer", answer, "$")]
    found += ["$: systemActions"] if "systemActions" in answer else []
    ids: list[str] = []
    for index, card in enumerate(answer.get("cards", ())):
        found += _card(card, f"$.cards[{index}]")
        ids += [card.get("uuid"), *(one.get("uuid") for one in card.get("suggestions", ()))]
    return found + (["$: an id twice"] if len(set(ids)) < len(ids) else [])


def discovery_breaches(content: bytes) -> list[str]:
    """Return what an answer of discovery breaks."""
    answer = parsed(content)
    found = [*empties(answer), *_members("discovery", answer, "$")]
    for index, service in enumerate(answer.get("services", ())):
        at = f"$.services[{index}]"
        found += _members("service", service, at)
        texts = [service.get(name) for name in ("hook", "id", "description", "title")]
        texts += [text for pair in service.get("prefetch", {}).items() for text in pair]
        found += [f"{at}: no text" for text in texts if not isinstance(text, str)]
    return found


def outcome_breaches(content: bytes) -> list[str]:
    """Return what the body of an error breaks."""
    outcome = parsed(content)
    found = [*empties(outcome), *_members("outcome", outcome, "$")]
    found += _is(outcome.get("resourceType") == "OperationOutcome", "$: no OperationOutcome")
    for index, issue in enumerate(outcome.get("issue", ())):
        found += _members("issue", issue, f"$.issue[{index}]")
        found += _is(issue.get("severity") in {"fatal", "error"}, f"$.issue[{index}]: severity")
    return found


def _members(kind: str, value: Any, at: str) -> list[str]:
    required, optional = MEMBERS[kind]
    if not isinstance(value, dict):
        return [f"{at}: no object"]
    found = [f"{at}: no {name}" for name in sorted(required - set(value))]
    found += [f"{at}: {name} is not a {kind}'s" for name in set(value) - required - optional]
    extension = value.get("extension", {})
    found += _is(isinstance(extension, dict), f"{at}: extension is no object")
    found += [f"{at}.extension: {name}" for name in extension if not REVERSE_DOMAIN.fullmatch(name)]
    return found


def _is(holds: object, breach: str) -> list[str]:
    return [] if holds else [breach]


def _is_uuid(text: Any) -> bool:
    try:
        return str(UUID(text)) == text
    except (TypeError, ValueError, AttributeError):
        return False


def _card(card: Any, at: str) -> list[str]:
    found = _members("card", card, at)
    if not isinstance(card, dict):
        return found
    summary, source = card.get("summary", ""), card.get("source", {})
    found += _is(_is_uuid(card.get("uuid")), f"{at}: uuid")
    found += _is(len(summary) <= LONGEST_SUMMARY and "\n" not in summary, f"{at}: summary")
    found += _is(card.get("indicator") in {"info", "warning", "critical"}, f"{at}: indicator")
    found += _is("<" not in card.get("detail", ""), f"{at}: markup in detail")
    found += _members("source", source, f"{at}.source")
    found += _members("coding", source.get("topic"), f"{at}.source.topic")
    found += _is(TOPIC.fullmatch(source.get("topic", {}).get("code", "")), f"{at}: topic code")
    found += [
        f"{at}.source.{name}: {source[name]}"
        for name in ("url", "icon")
        if name in source and not ABSOLUTE.fullmatch(source[name])
    ]
    for index, reason in enumerate(card.get("overrideReasons", ())):
        found += _members("reason", reason, f"{at}.overrideReasons[{index}]")
    for index, link in enumerate(card.get("links", ())):
        found += _link(link, f"{at}.links[{index}]")
    return found + _suggestions(card, at)


def _link(link: Any, at: str) -> list[str]:
    found = _members("link", link, at)
    found += _is(ABSOLUTE.fullmatch(link.get("url", "")), f"{at}: url")
    found += _is("?" not in link.get("url", ""), f"{at}: a query")
    found += _is(link.get("type") in {"absolute", "smart"}, f"{at}: type")
    if "appContext" in link:
        is_right = isinstance(link["appContext"], str) and link.get("type") == "smart"
        found += _is(is_right, f"{at}: appContext")
    return found


def _suggestions(card: dict[str, Any], at: str) -> list[str]:
    given = card.get("suggestions", ())
    has_behaviour = "selectionBehavior" in card
    found = _is(has_behaviour == bool(given), f"{at}: selectionBehavior goes with suggestions")
    if has_behaviour:
        found += _is(card["selectionBehavior"] in {"any", "at-most-one"}, f"{at}: behaviour")
    recommended = sum(one.get("isRecommended") is True for one in given)
    found += _is(recommended <= 1 or card.get("selectionBehavior") == "any", f"{at}: recommended")
    for index, suggestion in enumerate(given):
        place = f"{at}.suggestions[{index}]"
        found += _members("suggestion", suggestion, place)
        found += _is(_is_uuid(suggestion.get("uuid")), f"{place}: uuid")
        found += _is(isinstance(suggestion.get("isRecommended", False), bool), f"{place}: bool")
        for each, action in enumerate(suggestion.get("actions", ())):
            found += _action(action, f"{place}.actions[{each}]")
    return found


def _action(action: Any, at: str) -> list[str]:
    found = _members("action", action, at)
    resource = action.get("resource")
    if action.get("type") == "delete":
        is_named = re.fullmatch(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]+", action.get("resourceId", ""))
        return found + _is(is_named and resource is None, f"{at}: delete")
    found += _is(action.get("type") in {"create", "update"}, f"{at}: type")
    is_whole = isinstance(resource, dict) and resource.get("resourceType") and resource.get("id")
    return found + _is(is_whole, f"{at}: resource")
