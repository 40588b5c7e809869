"""The page: what is in it, and that no text gets out of where it is shown."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from pytest_agenttasks.reports.collected import Entry, Evidence, Report, Span, Status
from pytest_agenttasks.reports.html import page
from pytest_agenttasks.results import CheckResult, Json
from tests.reports.some import ALL_KINDS, result, use
from tests.reports.told import EVIL, RUN, column, entry, missing, nothing, report

VOID = {"meta", "input", "br"}


class Parsed(HTMLParser):
    """Elements and texts of a page; every element must be closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []
        self.text = "".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self._texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def evil(_: Entry) -> Evidence:
    """A task that left nothing but bad intentions."""
    call = {"tool_call_id": EVIL, "function_name": EVIL, "arguments": {EVIL: EVIL}}
    record = {"attempts": [{"model": EVIL, "reason": EVIL, "status": EVIL, "account": EVIL}]}
    step: Json = {
        "source": "agent", "message": EVIL, "reasoning_content": EVIL, "model_name": EVIL, "tool_calls": [call],
        "observation": {"results": [{"source_call_id": EVIL, "content": EVIL}, {"content": EVIL}]},
        "extra": {"agenttasks": record},
    }  # fmt: skip
    steps = [{"source": EVIL, "message": EVIL}, {"source": "user", "message": EVIL}, step]
    document: Json = {
        "steps": steps,
        "subagent_trajectories": [{"trajectory_id": EVIL, "steps": steps}],
        "extra": {"unanswered": [{"refused": EVIL}]},
    }
    patch = f"diff --git {EVIL}\n@@ {EVIL}\n+{EVIL}\n-{EVIL}\n {EVIL}"
    return Evidence(EVIL, document, partial=True, patch=patch, log=EVIL, artifacts=[(EVIL, 1)], damaged=[EVIL])


def hostile() -> Report:
    names = "title category agent reason requested purity stopped isolation answer resumed_from slug file"
    texts: dict[str, Any] = dict.fromkeys(names.split(), EVIL)
    texts |= {name: [EVIL] for name in ("served", "accounts", "moved_on", "changed", "artifacts", "environment_drift")}
    checks = [CheckResult(EVIL, "failed", f"{EVIL}\n{EVIL}", 3)]
    one = result(EVIL, "failed", checks=checks, models=[use(EVIL, limited=1)], rotations=1, own=False, **texts)
    span = Span(EVIL, EVIL, EVIL, Status.FAILED, 1.0, 9.0, [(2.0, 3.0)])
    made = {"host": EVIL, "mode": EVIL, "arguments": [EVIL], "versions": EVIL, "damaged": [EVIL], "spans": [span],
            "state": "killed", "cut_off": [EVIL]}  # fmt: skip
    entries = [entry(one, earlier=[(EVIL, Status.FAILED)], later=[EVIL]), missing(EVIL)]
    return Report([column(*entries, label=EVIL, **made), column(*entries, label=f"{EVIL}2", **made)], 1.8e9)


def test_no_text_becomes_markup() -> None:
    text = page(hostile(), evil)
    parsed = Parsed(text)
    assert parsed.all("img") == []
    assert (len(parsed.all("script")), len(parsed.all("style"))) == (1, 1)
    assert text.count("onerror=alert") == text.count("&lt;img src=x onerror=alert") > 80
    assert "49" not in {word for word in parsed.text.split() if "7 * 7" in word}, "no template in a template"
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]


def test_nothing_is_loaded_and_nothing_but_its_own_script_runs() -> None:
    parsed = Parsed(page(hostile(), evil))
    (policy,) = [one["content"] for one in parsed.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; "
        r"base-uri 'none'; form-action 'none'",
        policy,
    )
    links = [value for _, attributes in parsed.tags for name, value in attributes.items() if name in ("src", "href")]
    assert links
    assert all(link and link.startswith("#") for link in links)
    assert not [attributes for _, attributes in parsed.tags if "style" in attributes], "the policy forbids it"


def test_links_lead_somewhere_and_ids_are_there_once() -> None:
    spans = [Span("gw0", "slug-length", "slug-length", Status.PASSED, 1.0, 2.0)]
    both = Report([column(*map(entry, ALL_KINDS), label=label, spans=spans) for label in ("a", "b")], 0.0)
    parsed = Parsed(page(both, nothing))
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {link["href"] for link in parsed.all("a")}
    assert targets <= {f"#{one}" for one in ids}
    assert len([one for one in targets if one and one.startswith("#t2-")]) == len(ALL_KINDS)


def test_what_must_be_told_first_is_first() -> None:
    one = report(*map(entry, ALL_KINDS), missing("gone", begun=True), state="killed", cut_off=["tasks/x::gone"])
    text = Parsed(page(one, nothing)).text
    order = [f"run {RUN} was killed", "Passed of those that were judged: 3 of 4 (75 %)", "By model", "By category",
             "tests-for[src/inventory.py]", "coupons", "csv", "was begun and not finished", "slug-length"]  # fmt: skip
    places = [text.index(words) for words in order[:4]] + [text.index(words, text.index("Find")) for words in order[4:]]
    assert places == sorted(places)


@pytest.mark.parametrize("status", list(Status))
def test_an_outcome_is_told_by_word_and_sign_and_not_by_colour_alone(status: Status) -> None:
    one = missing() if status is Status.MISSING else entry(result("t", status.value))
    text = " ".join(Parsed(page(report(one), nothing)).text.split())
    sign = {"passed": "✓", "failed": "✗", "error": "!", "quota": "◷", "missing": "?"}[status.value]
    assert f"{sign} {status} tasks/code.yaml::" in text


def test_costs_say_whose_they_are() -> None:
    kinds = [
        entry(result("a", cost_usd=None)),
        entry(result("b", cost_usd=0.5)),
        entry(result("c", cassette="replayed", recorded={"cost_usd": None, "wait_s": 0.0, "models": []})),
        entry(result("d", resumed_from="x", recorded={"cost_usd": 2.0, "wait_s": 0.0, "models": []})),
    ]
    text = Parsed(page(report(*kinds), nothing)).text
    for told in ("· unknown cost ·", "· $0.5 ·", "· unknown cost when recorded ·", "· $2 in an earlier run ·"):
        assert told in text


def test_hundreds_of_tasks_and_megabytes_of_output_stay_a_page_that_opens() -> None:
    steps = [{"source": "agent", "message": "x" * 5000, "observation": {"results": [{"content": "y" * 200_000}]}}]
    evidence = Evidence("folder", {"steps": steps * 20}, patch="+z\n" * 200_000, log="l" * 100_000, size=5_000_000)
    text = page(report(*(entry(result(f"t{n}")) for n in range(100))), lambda _: evidence)
    assert len(text) < 50_000_000
    assert "steps left out; trajectory.json has them" in text
    assert "has\n500.0 MB" in text
