"""What one more expert brings and takes, measured on questions that the router has not seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from medlfm.cli import app
from medlfm.errors import ExpertError
from medlfm.experts.added import NOBODY, Added, added
from medlfm.experts.registry import discover
from tests.tiny import install_plugin, only_plugins_of

STARTS = ("What helps with", "What causes", "Signs of", "Is there a test for")
TERMS = {
    "airways": ["asthma", "wheezing", "an inhaler", "bronchitis", "a cough"],
    "hearts": ["angina", "palpitations", "a pacemaker", "heart failure", "valves"],
}


def install(site: Path, name: str, terms: list[str]) -> None:
    package = install_plugin(site, name)
    lines = [{"text": f"{start} {term}?", "lang": "en", "match": True} for term in terms for start in STARTS]
    strange = ["Bread for the weekend", "A new tyre", "A chair of oak"]
    lines += [{"text": text, "lang": "en", "match": False, "belongs_to": "none"} for text in strange]
    (package / "routing.jsonl").write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    (package / "lexicon.jsonl").write_text(json.dumps({"lang": "en", "terms": terms}) + "\n")


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, terms in TERMS.items():
        install(tmp_path, name, terms)
    only_plugins_of(tmp_path, monkeypatch)
    return tmp_path


def test_without_it_none_of_its_questions_reach_it_and_with_it_most_do() -> None:
    found = added("hearts")
    assert found.before["hearts"][0] == 0
    assert found.before["hearts"][1] >= 5
    assert found.gain > 0.8
    assert found.theft <= 0.02
    assert found.total[1] > found.total[0]


def test_an_expert_with_the_terms_of_another_takes_its_questions(site: Path) -> None:
    install(site, "copycat", TERMS["airways"])
    found = added("copycat")
    assert found.theft == pytest.approx(
        (found.before["airways"][0] + found.before["hearts"][0] - found.after["airways"][0] - found.after["hearts"][0])
        / (found.before["airways"][1] + found.before["hearts"][1])
    )
    assert found.after["airways"][0] <= found.before["airways"][0]


def test_theft_counts_the_others_alone() -> None:
    before = {"a": (8, 10), "b": (10, 10), "new": (0, 10), NOBODY: (5, 5)}
    after = {"a": (6, 10), "b": (10, 10), "new": (9, 10), NOBODY: (0, 5)}
    found = Added(expert="new", before=before, after=after, adapters={})
    assert found.theft == pytest.approx(0.1)
    assert found.gain == pytest.approx(0.9)
    assert found.total == pytest.approx((23 / 35, 25 / 35))


def test_a_question_is_never_asked_of_a_router_that_has_seen_it() -> None:
    from medlfm.experts.added import Unseen

    unseen = Unseen(list(discover()))
    seen = {row.text for expert in unseen.experts for row in expert.routing()}
    asked = {text for texts in unseen.questions.values() for text in texts}
    assert asked
    # the near misses are the same in both plugins of this test, so one may be seen through the other
    assert not seen & {text for name, texts in unseen.questions.items() if name != NOBODY for text in texts}


def test_an_unknown_expert_is_refused() -> None:
    with pytest.raises(ExpertError, match="astrology"):
        added("astrology")


def test_the_command_prints_a_table_and_json() -> None:
    shown = CliRunner().invoke(app, ["experts", "added", "hearts"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    for words in ("without hearts", "airways", "nobody", "Taken from the others"):
        assert words in shown.stdout
    value = json.loads(CliRunner().invoke(app, ["experts", "added", "hearts", "--json"]).stdout)
    assert {row["owner"] for row in value["owners"]} == {"airways", "hearts", NOBODY}
    assert value["theft_allowed"] == 0.02
    assert value["adapters"] == {}
