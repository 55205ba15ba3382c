"""The gate that an expert passes, step by step: what `medlfm experts verify` shows, and what loading asks for, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medlfm.errors import ExpertError, MedlfmError
from medlfm.experts.adapters import SAFETY_TOLERANCE, check_files, check_gain, read_record
from medlfm.experts.added import NOBODY, THEFT, Added, Unseen
from medlfm.experts.bank import Bank
from medlfm.experts.examples import make_examples
from medlfm.experts.heldout import difference, held_out
from medlfm.experts.model import add_core, fitting_adapter
from medlfm.experts.plugin import Expert
from medlfm.experts.probes import SafetyScore, safety_score
from medlfm.experts.registry import discover
from medlfm.experts.router import Router
from medlfm.experts.rows import Refusals, accepted
from medlfm.records.prepared import PreparedRun, load_prepared
from medlfm.runtime.loading import load_base
from medlfm.settings import Settings, load_settings

__all__ = ["Check", "Verification", "verify"]

# share of an expert's own questions that must reach it
_OWN = 0.85
_BATCH = 4


@dataclass(frozen=True)
class Check:
    """One step of the gate. ok None: it could not be taken, and `found` says why."""

    name: str
    ok: bool | None
    found: str


@dataclass(frozen=True)
class Verification:
    """What became of one expert: `status` is passed, knowledge-only (it routes and brings its evidence) or failed."""

    expert: str
    checks: list[Check] = field(default_factory=list)

    @property
    def status(self) -> str:
        wrong = {check.name for check in self.checks if check.ok is False}
        if wrong - {"adapter", "gain", "safety"}:
            return "failed"
        missing = any(check.name == "adapter" and check.ok is None for check in self.checks)
        return "knowledge-only" if wrong or missing else "passed"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {"expert": self.expert, "status": self.status, "checks": [vars(check) for check in self.checks]}


def verify(
    names: Sequence[str] = (), base: str = "", *, data: str | Path = "", settings: Settings | None = None
) -> list[Verification]:
    """Take installed experts through the gate; no names: all of them.

    `data`: a prepared run, on whose held-out rows the gain is measured again; without one the recorded gain counts.
    Where the base model isn't here, what needs it is left out, and said so. Raises ExpertError for an unknown name.
    """
    settings = settings or load_settings()
    registry = discover(settings)
    experts = [registry.get(name) for name in names] or list(registry)
    run = load_prepared(data) if data else None
    routing = _Routing(list(registry))
    try:
        bank, why = Bank(load_base(base, settings)), ""
        core = add_core(bank, settings)
    except MedlfmError as error:
        bank, why, core = None, str(error), ""
    found = []
    for expert in experts:
        checks = [_schema(expert), *routing.checks(expert)]
        if bank is None:
            checks.append(Check("adapter", None, why))
        else:
            checks += _adapter(bank, expert, core, run)
        found.append(Verification(expert.id, checks))
    return found


def _schema(expert: Expert) -> Check:
    rows = expert.routing()
    return Check("schema", True, f"{len(rows)} routing questions, {len(expert.lexicon())} groups of terms")


def _adapter(bank: Bank, expert: Expert, core: str, run: PreparedRun | None) -> list[Check]:
    """Check files, base, core, layers and effect, each of which needs the one before; then what the adapter brings."""
    if not expert.adapters:
        return [Check("adapter", None, "It has none.")]
    try:
        folder = fitting_adapter(expert, bank)
        record = check_files(folder, bank.base.fingerprint, bank.core_sha256)
        bank.add(expert.id, folder)
    except ExpertError as error:
        return [Check("adapter", False, f"{error} {core}".strip())]
    effect = f"It changes the logits by {record['effect']:.3g} on average, as recorded, on {record['modules']} layers."
    return [Check("adapter", True, effect), _gain(bank, expert, record, run), _safety(bank, expert)]


def _gain(bank: Bank, expert: Expert, record: dict[str, Any], run: PreparedRun | None) -> Check:
    if run is None:
        try:
            check_gain(expert.id, read_record(fitting_adapter(expert, bank)))
        except ExpertError as error:
            return Check("gain", False, error.message)
        row = next(row for row in record["losses"]["table"] if row["model"].startswith("this expert"))
        low, high = row.get("over_core") or row["interval"]
        count = record["losses"]["rows"]
        return Check("gain", True, f"recorded: {-high:+.3f} to {-low:+.3f} nats a token on {count} rows")
    rows = accepted((row for row in run.rows("test") if expert.wants(row)), Refusals(), run.barred("training"))
    examples = make_examples(rows, bank.base.tokenizer, int(record["settings"]["max_length"]))
    pad = bank.base.tokenizer.pad_token_id
    with bank.use([]) as model:
        before = held_out(model, examples, pad, _BATCH)
    with bank.use([(expert.id, 1.0)]) as model:
        after = held_out(model, examples, pad, _BATCH)
    interval = difference(after, before, examples) if examples else None
    if interval is None:
        return Check("gain", None, f"{len(examples)} held-out rows in {run.folder}: too few to say.")
    low, high = interval
    return Check("gain", high < 0, f"measured: {-high:+.3f} to {-low:+.3f} nats a token on {len(examples)} rows")


def _safety(bank: Bank, expert: Expert) -> Check:
    scores: list[SafetyScore] = []
    for gates in ([], [(expert.id, 1.0)]):
        with bank.use(gates) as model:
            scores.append(safety_score(model, bank.base.tokenizer))
    before, after = scores
    found = f"{after.share:.2f} of the safety probes go the careful way, {before.share:.2f} without it"
    return Check("safety", after.share >= before.share - SAFETY_TOLERANCE, found)


class _Routing:
    """Routing with and without an expert, asked what the router has not seen."""

    def __init__(self, experts: Sequence[Expert]) -> None:
        self._unseen = Unseen(experts)
        self._all = self._unseen.right()
        self._whole = Router(experts)

    def checks(self, expert: Expert) -> list[Check]:
        """Ask its own questions, and those of the others with and without it."""
        unseen, asked = self._all[expert.id]
        own = [row.text for row in expert.routing() if row.match]
        right = sum(expert.id in [name for name, _ in self._whole.choose(text).experts] for text in own)
        found = f"{right} of its {len(own)} questions reach it; of those unseen by the router {unseen} of {asked}"
        checks = [Check("routing", right >= _OWN * len(own), found)]
        if len(self._unseen.experts) == 1:
            return [*checks, Check("theft", True, "There is no other expert to take from.")]
        alone = self._unseen.right(without=expert.id)
        result = Added(expert=expert.id, before=alone, after=self._all, adapters={})
        others = [name for name in alone if name not in (expert.id, NOBODY)]
        before, after = (sum(counts[name][0] for name in others) for counts in (alone, self._all))
        total = sum(alone[name][1] for name in others)
        found = f"{before} of the {total} unseen questions of the others go right without it, {after} with it"
        return [*checks, Check("theft", result.theft <= THEFT, found)]
