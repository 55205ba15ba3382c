"""Finding who writes in a chat, and the ages beside names: told by where they stand."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from medlfm.matching.phi.match import PhiMatch
from medlfm.matching.phi.words import Lexicon

__all__ = ["find_ages", "find_speakers"]

_NAME = r"(?P<x>[^\W\d_]{2,}(?:[ -][A-ZÀ-Ž][^\W\d_]*\.?)?)"
_TIME = r"\d{1,2}[:.]\d\d(?::\d\d)?(?: ?[ap]m| Uhr| ?h)?"
# what a message begins with: "tom: …", "[08:14] Ngozi: …", "KP 08:14 …", "Gesa (14:02): …"
_FORMS = [
    re.compile(rf"(?m)^[ \t>]*{_NAME}(?: \(\w+\))?:[ \t]+(?=\S)"),
    re.compile(rf"(?m)^[ \t>]*[\[(]{_TIME}[\])][ \t-]{{0,3}}{_NAME}:?[ \t]+(?=\S)"),
    re.compile(rf"(?m)^[ \t>]*{_TIME},?[ \t-]{{1,3}}{_NAME}:[ \t]+(?=\S)"),
    re.compile(rf"(?m)^[ \t>]*{_NAME},?[ \t]{{1,2}}[\[(]?{_TIME}[\])]?:?(?=[ \t\n])"),
    re.compile(rf"(?m)^{_NAME}[ \t]*$"),
]
_MESSAGES = 3  # lines of a form that make a chat
_SHARE = 0.4  # of all lines, at least
_INITIALS = 2  # capitals that may be initials
_NONE = ("never", "title", "relation", "name_label", "low_title", "protect", "speaker_role", "org_word", "age_label")
_AGED = re.compile(
    r"[ \t]?\((?P<x>9\d|1[01]\d)(?: ?(?:J\.?|Jahre?|y/?o?|yrs?|years?))?[,;)]|"
    r",[ \t](?:aged? |now |jetzt )?(?P<y>9\d|1[01]\d)(?= ?(?:[,;.)](?!\d)|$|\n|J\b|Jahre|y/?o|yrs|years| ?[-–]))|"
    r"[ \t](?P<z>9\d|1[01]\d)(?= ?(?:[MFmfw♀♂J](?!\w)|[,|–-] ?| ?\t)| [A-ZÄÖÜ?])"
)


def find_speakers(text: str, lexicon: Lexicon) -> Iterator[PhiMatch]:
    """Yield the names of those who write in a chat, and where else they are named."""
    lines = sum(1 for line in text.split("\n") if line.strip())
    if lines < _MESSAGES:
        return
    speakers: set[str] = set()
    for form in _FORMS:
        found = list(form.finditer(text))
        counts = Counter(match["x"].casefold() for match in found)
        if len(found) < _MESSAGES or len(found) < _SHARE * lines or len(counts) == len(found):
            continue
        for match in found:
            if _speaks(match["x"], counts, lexicon):
                speakers.add(match["x"])
                yield PhiMatch(match.start("x"), match.end("x"), "NAME", "name-speaker", 0.72)
    yield from _again(text, speakers, lexicon)


def _speaks(name: str, counts: Counter[str], lexicon: Lexicon) -> bool:
    """Whether what stands before a message is no role, no heading and no abbreviation of one."""
    word = name.split(" ")[0].casefold()
    if any(word in lexicon.words(kind) for kind in _NONE):
        return False
    if name.isupper() and len(name) > _INITIALS:
        return lexicon.has("name", word)  # "MSK:" is a heading
    return word not in lexicon.common or lexicon.has("name", word)


def _again(text: str, speakers: Iterable[str], lexicon: Lexicon) -> Iterator[PhiMatch]:
    names = [name for name in speakers if len(name) > _INITIALS and name.casefold() not in lexicon.common]
    if names:
        for match in re.finditer(rf"(?i)(?<!\w)(?:{'|'.join(map(re.escape, sorted(names)))})(?!\w)", text):
            yield PhiMatch(match.start(), match.end(), "NAME", "name-again", 0.7)


def find_ages(text: str, found: Iterable[PhiMatch]) -> Iterator[PhiMatch]:
    """Yield ages over 89 right behind a name: "Teodora (94)", "Mr. Hale, 92, …"."""
    for end in {match.end for match in found if match.label == "NAME"}:
        if age := _AGED.match(text, end):
            group = next(name for name in "xyz" if age[name])
            yield PhiMatch(age.start(group), age.end(group), "AGE", "age-over-89-named", 0.85)
