"""Finding the installed experts: reads metadata and data files only, and one broken plugin never hides the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points

from medlfm.errors import ExpertError
from medlfm.experts.plugin import Expert, package_folder
from medlfm.settings import Settings, load_settings

__all__ = ["CORE_GROUP", "GROUP", "BrokenPlugin", "Registry", "discover", "discover_core"]

GROUP = "medlfm_experts"
# a distribution here brings the core adapter: no expert, never routed to
CORE_GROUP = "medlfm_general"
CORE_MANIFEST = "core.json"


@dataclass(frozen=True)
class BrokenPlugin:
    """A plugin that could not be read: the distribution to reinstall or remove, and why."""

    distribution: str
    error: str


@dataclass(frozen=True)
class Registry:
    """The experts found, by id in alphabetical order, and the plugins that are broken."""

    experts: dict[str, Expert]
    broken: tuple[BrokenPlugin, ...] = ()

    def __iter__(self) -> Iterator[Expert]:
        return iter(self.experts.values())

    def __len__(self) -> int:
        return len(self.experts)

    def get(self, name: str) -> Expert:
        """Return an expert; raises ExpertError that lists the installed ones."""
        if name not in self.experts:
            installed = ", ".join(self.experts) or "none"
            raise ExpertError(f"There is no expert {name!r}.", f"Installed: {installed}.")
        return self.experts[name]


def discover(settings: Settings | None = None) -> Registry:
    """Find the experts of all installed distributions, with the adapters trained at home (`experts/<id>/<base>/`)."""
    settings = settings or load_settings()
    found: dict[str, Expert] = {}
    broken: list[BrokenPlugin] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (_distribution(point), point.name)):
        name = _distribution(point)
        try:
            expert = Expert.from_folder(package_folder(point.module), distribution=name)
            expert.routing(), expert.lexicon()
            if expert.id in found:
                first = found[expert.id].distribution
                raise ExpertError(f"{name} and {first} both bring the expert {expert.id!r}.", "Uninstall one of them.")
        except Exception as error:
            reason = str(error) if isinstance(error, ExpertError) else f"{type(error).__name__} while reading {name}."
            broken.append(BrokenPlugin(name, reason))
        else:
            home = tuple(sorted(path.parent for path in (settings.experts / expert.id).glob("*/medlfm.json")))
            found[expert.id] = replace(expert, adapters=home + expert.adapters)
    return Registry(dict(sorted(found.items())), tuple(broken))


def discover_core(settings: Settings | None = None) -> Expert | None:
    """Find the core, which is read as an expert is but belongs to none of them; None where it isn't installed.

    One trained at home (`experts/core/<base>/`) comes before the one shipped. Raises ExpertError for a broken one.
    """
    settings = settings or load_settings()
    points = sorted(entry_points(group=CORE_GROUP), key=lambda point: (_distribution(point), point.name))
    for point in points:
        folder = package_folder(point.module)
        core = Expert.from_folder(folder, distribution=_distribution(point), manifest=CORE_MANIFEST)
        home = tuple(sorted(path.parent for path in (settings.experts / core.id).glob("*/medlfm.json")))
        return replace(core, adapters=home + core.adapters)
    return None


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.module
