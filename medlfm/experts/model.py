"""The medical model: a base, the installed experts on it, and what became of each expert's adapter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from medlfm.errors import ExpertError
from medlfm.experts.adapters import RECORD, check_gain, read_record
from medlfm.experts.bank import CORE, Bank
from medlfm.experts.mixing import mixture
from medlfm.experts.plugin import Expert
from medlfm.experts.registry import BrokenPlugin, discover, discover_core
from medlfm.experts.router import Router, Routing
from medlfm.files import canonical_json, sha256_bytes, sha256_file
from medlfm.runtime.catalog import count_parameters, resolve
from medlfm.runtime.embedding import find_embedder
from medlfm.runtime.generation import Generation, generate
from medlfm.runtime.loading import Base, load_base
from medlfm.runtime.prompt import Messages, build_messages, prompt_ids
from medlfm.settings import Settings

__all__ = ["MedicalModel", "add_core", "add_expert", "fitting_adapter"]


@dataclass
class MedicalModel:
    """Experts on a base model; create it with `medlfm.create_medical_model`.

    `knowledge_only`: expert id → why it has no adapter here. Such an expert routes and brings its knowledge, and its
    questions are answered by base and core. Filled for all experts by `load`. `core_missing`: why there is no core.
    """

    base_name: str
    experts: tuple[Expert, ...]
    settings: Settings
    broken: tuple[BrokenPlugin, ...] = ()
    knowledge_only: dict[str, str] = field(default_factory=dict)
    core_missing: str = ""
    _base: Base | None = field(default=None, repr=False)
    _bank: Bank | None = field(default=None, repr=False)
    _router: Router | None = field(default=None, repr=False)

    @classmethod
    def create(cls, base_model_name: str, num_medical_experts: int | None, settings: Settings) -> MedicalModel:
        """See `medlfm.create_medical_model`."""
        if num_medical_experts is not None and num_medical_experts < 0:
            raise ExpertError(f"num_medical_experts is {num_medical_experts}; allowed is 0 or more.", "Try 12.")
        name = resolve(base_model_name, settings).name
        registry = discover(settings)
        experts = tuple(registry)[:num_medical_experts]
        model = cls(base_model_name, experts, settings, registry.broken)
        model.base_name = base_model_name if "/" in base_model_name else name
        return model

    @property
    def base(self) -> Base:
        """The loaded base; loads it at first use."""
        self.load()
        assert self._base is not None
        return self._base

    @property
    def parameters(self) -> int:
        """The size of the base in numbers, without loading it."""
        return count_parameters(resolve(self.base_name, self.settings).folder)

    def load(self) -> MedicalModel:
        """Load weights and adapters, once; an adapter that fails its checks makes its expert knowledge-only."""
        if self._bank is None:
            self._base = load_base(self.base_name, self.settings)
            bank = Bank(self._base)
            self.core_missing = add_core(bank, self.settings)
            for expert in self.experts:
                try:
                    add_expert(bank, expert, self.settings)
                except ExpertError as error:
                    self.knowledge_only[expert.id] = str(error)
            bank.fuse()
            self._bank = bank
        return self

    def route(self, text: str, patient: Mapping[str, Any] | None = None) -> Routing:
        """Choose the experts for a text, without loading any weights."""
        if self._router is None:
            self._router = Router(self.experts, self.settings.home / "cache", find_embedder())
        return self._router.route(text, patient)

    def generate(
        self,
        question: str,
        passages: Sequence[tuple[str, str]] = (),
        routing: Routing | None = None,
        max_new_tokens: int = 256,
        *,
        on_text: Callable[[str], None] | None = None,
    ) -> Generation:
        """Answer from passages, each (title, text), with the experts of the routing that have an adapter.

        The last passages are left out where the context is too short for all. See `mixing.py` for the gates.
        """
        routing = routing or self.route(question)
        base = self.base
        messages = _fitted(base, question, passages, routing.language or "en", max_new_tokens)
        with self.running(routing) as model:
            (result,) = generate(base, [messages], model=model, max_new_tokens=max_new_tokens, on_text=on_text)
        return result

    @contextmanager
    def running(self, routing: Routing) -> Iterator[Any]:
        """Yield the language model with the adapters that a routing asks for: to score texts rather than write."""
        self.load()
        assert self._bank is not None
        with self._bank.use(mixture(routing, self._bank.names)) as model:
            yield model

    def adapted(self, routing: Routing) -> tuple[str, ...]:
        """Return the experts of a routing that have an adapter in the bank."""
        self.load()
        assert self._bank is not None
        return tuple(name for name, _ in routing.experts if name in self._bank.names)


def add_core(bank: Bank, settings: Settings) -> str:
    """Put the core in that is made for the bank's base; return why there is none, or nothing where there is."""
    try:
        core = discover_core(settings)
        if core is None:
            return "No core is installed. Get it: pip install medlfm-core"
        _add_once(bank, CORE, fitting_adapter(core, bank), settings)
    except ExpertError as error:
        return str(error)
    return ""


def add_expert(bank: Bank, expert: Expert, settings: Settings) -> None:
    """Put an expert's adapter in; raises ExpertError where there is none, or where it doesn't pass the gate."""
    folder = fitting_adapter(expert, bank)
    check_gain(expert.id, read_record(folder))
    _add_once(bank, expert.id, folder, settings)


def _add_once(bank: Bank, name: str, folder: Path, settings: Settings) -> None:
    """Put an adapter in, and measure its effect only where the same files have not passed here before.

    The hashes of the files are checked each time; what is noted is that they work with this base, core and software.
    """
    parts = [version(package) for package in ("medlfm", "torch", "transformers")]
    parts += [bank.base.fingerprint, bank.core_sha256, bank.base.device.type, sha256_file(folder / RECORD)]
    mark = settings.home / "cache" / "adapters" / sha256_bytes(canonical_json(parts).encode())
    known = mark.is_file()
    bank.add(name, folder, trusted=known)
    if not known:
        with suppress(OSError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()


def fitting_adapter(expert: Expert, bank: Bank) -> Path:
    """Return the first adapter made for the bank's base, if there is one for its core too that one.

    Those trained at home come before those shipped. Raises ExpertError where none was made for the base.
    """
    train = f"Train one: medlfm train --expert {expert.id}"
    if not expert.adapters:
        raise ExpertError(f"{expert.id} has no adapter.", train)
    base = bank.base
    fitting = [path for path in expert.adapters if read_record(path)["base_fingerprint"] == base.fingerprint]
    if not fitting:
        raise ExpertError(f"{expert.id} has no adapter for {base.name}.", train)
    for_core = [path for path in fitting if read_record(path).get("core_sha256", "") == bank.core_sha256]
    return (for_core or fitting)[0]


def _fitted(base: Base, question: str, passages: Sequence[tuple[str, str]], lang: str, max_new_tokens: int) -> Messages:
    for count in range(len(passages), 0, -1):
        messages = build_messages(question, passages[:count], lang)
        if len(prompt_ids(base.tokenizer, messages)) + max_new_tokens <= base.context:
            return messages
    return build_messages(question, lang=lang)
