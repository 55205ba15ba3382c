"""The patterns of directions ("1 Tbl. 3x tgl. b. B. für 5 Tage"), built from the vocabulary of one language."""

from __future__ import annotations

import re
from collections.abc import Callable

from medlfm.matching.quantities import NUMBER, RANGE

__all__ = ["QUARTER", "sig_patterns"]

QUARTER = r"(?:[1-3] [1-3]/[2-4](?!\d)|[1-3]/[2-4](?!\d)|\d{1,4}(?:[.,]\d+)?[½¼¾]?|[½¼¾])"
_SLASHED = r"(?<![\d.,/-])[0-4½](?:/[0-4½]){2,3}(?![\d/-])"
_COUNT = r"(?:[1-3]/[2-4]|[0-4](?:[.,]5)?½?|½)"
_UNITS = r"(?<=\|)(?:[ \t]*\d{1,2}[ \t]*\|){4}"  # of insulin, in the columns of a plan
_CELLS = rf"(?<![\d.,/-]){_COUNT}(?:[ \t]*\|[ \t]*{_COUNT}){{3}}|{_UNITS}"
_COLUMNS = rf"{_CELLS}|(?<=[\s|]){_COUNT}(?:[ \t]+{_COUNT}){{3}}(?=\s|$)"
_SPACED = rf"(?<=\s)(?=[^\n]{{0,5}}\b0\b){_COUNT}(?:[ \t]{_COUNT}){{2}}(?=\s|$)"
_OPEN = r"(?<![\d.,/-])\d(?:\s[-–]){2,3}(?=\s*(?:[,;(]|$|[^\W\d_]))"  # "1 - -"
_COMPARED = r"[<>≤≥]\s?\d+(?:[.,]\d+)?(?:\s?(?:mmHg|mg/dl|°C|%|/min)(?!\w))?"
_WORD_START = r"(?<![^\W\d_])"
_CLOCK = r"\d{1,2}(?:[:.]\d\d)?"

Words = Callable[[str], str]


def sig_patterns(words: Words, unit: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns by what they read; `words` gives the forms of one type of rule, `unit` matches a unit."""
    plain = re.sub(r"\?P<\w+>", "?:", unit)
    amount = rf"{RANGE}(?:/{NUMBER})*\s{{0,2}}-?{plain}"
    count = rf"(?P<count>{RANGE}|{words('number')})"
    patterns = {
        **_amounts(words, amount, count, plain),
        **_durations(words, count),
        **_clocks(words),
        **_frequencies(words, count, plain),
        "bolus": words("bolus"),
        "prn": words("prn"),
        "purpose": words("purpose"),
        "occasion": rf"(?:{words('occasion')}|{words('when')}\s+[^\W\d_]{{2,5}}\s?{_COMPARED}"
        rf"|{words('when')}\s+(?:[^\W\d_]+\s+){{0,2}}?{words('symptom')})"
        rf"(?!\s*[,:]?\s*(?:[^\W\d_]+\s+)?{words('suspend')})",
        "routes": rf"{words('route')}\s?(?:/|or\b|oder\b)\s?{words('route')}",
        "route": words("route"),
        "indication": rf"{words('indication')}\s+(?!\d)(?P<what>[^\W\d_]+(?:[ -][^\W\d_]+)?)",
    }
    return {name: re.compile(pattern, re.I) for name, pattern in patterns.items()}


def _amounts(words: Words, amount: str, count: str, unit: str) -> dict[str, str]:
    per = (
        rf"(?:\s?/\s?(?P<kg>kg)(?:\s?KG)?\b)?"
        rf"(?:\s?/\s?(?P<per>(?:\d+(?:[.,]\d+)?\s?)?ml|min|(?:24\s?)?{words('period')}|dose|ED)(?![^\W\d_])"
        rf"|\s(?P<hourly>{words('an-hour')}))?"
    )
    form, part = f"(?P<form>{words('form')})", rf"\(?{QUARTER}(?:\s?{unit})?\)?"
    many = words("multiple")
    daypart = rf"{words('daypart')}\s?[:=]?\s?{QUARTER}"
    dayparts = rf"{daypart}(?:\s?[,;/+]?\s?{daypart})+(?![\d.,]|\s?(?:{words('form')}|{words('hour-mark')}))"
    apart = rf"(?!\s*(?:[-–/.,]\s?\d|\d|{unit}|{words('times')}|{words('period')}))"
    dashed = rf"(?<![\d.,/-]){part}(?:\s?[-–]{{1,2}}\s?{part}){{1,2}}\s?[-–]{{1,2}}\s?\(?{QUARTER}\)?(?![\d/-])"
    return {
        "maximum": rf"(?<!\d\s){words('maximum')}\s*:?\s*(?P<amount>{amount}){per}"
        rf"(?:\s*(?:pro\b|per\b|an?\b|in\b|am\b|within\b)\s*(?:24\s?)?{words('period')})?",
        "maximum_count": rf"{words('maximum')}\s*{count}\s*(?:{form}|{words('doses')})\s*"
        rf"(?:/|pro\b|per\b|a\b|in\b|am\b|an?\b|innerhalb von\b|within\b)?\s*"
        rf"(?:24\s?)?{words('period')}",
        "amount": rf"(?P<amount>{amount}){per}",
        "multiple": rf"(?P<count>[1-9](?=\s?{many})|{words('number')})\s?(?:{many}|(?<=[^\d]))\s*(?={amount})",
        "schedule": rf"(?:{dashed}(?!\s?{words('hour-mark')})|{_SLASHED}|{_COLUMNS}|{_SPACED}|{_OPEN}|{dayparts})"
        rf"(?:\s{{0,2}}(?P<counted>{unit}))?",
        "quantity": rf"(?<!\d/){count}(?:\s+{words('size')})?\s*{form}",
        "quantity_after": rf"{form}\s*(?:[:,à(]\s*)?{count}{apart}",
    }


def _durations(words: Words, count: str) -> dict[str, str]:
    period = f"(?P<period>{words('period')})"
    long = rf"(?:{RANGE}|{words('number')})\s*-?{words('period')}"
    no = rf"(?!\s*(?:{words('not-duration')}|[-–]?\s?\d|{words('period')}))"
    day, lasting = words("day-word"), rf"{words('for')}\s+{long}"
    return {
        "dates": _dates(words),
        "no_direction": rf"{words('no-direction')}|{words('daypart')}\s+{words('nothing')}",
        "paused": rf"{lasting}\s+(?:{words('pause')}|{words('suspend')})|{words('suspend')}\s+{lasting}",
        "aside": rf"{words('some-times')}\s*{words('frequency')}"
        rf"|{words('after')}\s*(?:[^\W\d]+\s+)?{long}|{long}\s+{words('ago')}",
        "course": rf"{day}\s*\d+\s*(?:{words('course')}|/)\s*(?P<count>\d+)",
        "days_listed": rf"(?:{day}\s*1\s?|\bd1)[-–]\s?(?P<count>\d{{1,2}})(?![\d.])",
        "first_day": rf"(?<!/){day}\s*1(?![\d./]|\s?[-–]|\s*{words('form')})|\b1\.\s*{day}",
        "infused": rf"{words('over')}\s*{count}\s*-?{period}",
        "duration": rf"(?:(?P<over>{words('over')})|{words('for')})\s*{count}\s*-?(?:{words('more')}\s*)?{period}",
        "duration_after": rf"{count}\s*-?\s*{period}\s+{words('total')}",
        "duration_part": r"(?<![\d/.,])(?P<count>\d{1,2})/(?P<part>7|52|12)(?!\d|[.,/]\d)",
        "duration_bare": rf"(?<![\w.,/-]){count}\s+{period}{no}|(?<![\w.,/-])(?P<glued>[3-9]|[1-9]\d)d\b",
    }


def _dates(words: Words) -> str:
    """The first and the last day of a course: "vom 03.05. bis 09.05.", "May 1 - May 14", "from 4/3 to 10/3"."""
    slashed, year = r"\d{1,2}/\d{1,2}(?:/\d{4}|/\d{2})?(?![\d/])", r"(?:\d{4}|\d{2})?(?!\d)"
    month = words("month")
    date = rf"(?:\d{{1,2}}\.\s?\d{{1,2}}\.{year}|\d{{1,2}}\.?\s?{month}|{month}\s\d{{1,2}}(?!\d))"
    until = rf"(?:\s?[-–]\s?|\s(?:{words('through')}|{words('and')})\s(?:{words('including')}\s)?)"
    last = rf"{slashed}|{date}|\d{{1,2}}\.\d{{1,2}}(?!\d)"
    return rf"(?:{words('from')}\s(?P<first_slashed>{slashed})|(?<![\d.,/-])(?P<first>{date})){until}(?P<last>{last})"


def _clocks(words: Words) -> dict[str, str]:
    """Hours of the clock: "um 8, 14 und 20 Uhr" are three intakes, one alone is none of the directions."""
    join, dash = rf"(?:\s?[,/+]\s?|\s?{words('and')}\s?(?:{words('by')}\s)?)", r"\s?[-–]\s?"
    exact = r"\d{1,2}:\d\d"
    return {
        "clocks": rf"(?<![\d.,]){_CLOCK}(?:{join}{_CLOCK})+\s?{words('daytime')}|\b{exact}(?:{join}{exact})+"
        rf"|(?<![\d.,/-]){_CLOCK}(?:{dash}{_CLOCK}){{2,}}\s?{words('hour-mark')}"
        rf"|\b{_CLOCK}\s?(?:am|pm)(?:{join}{_CLOCK}\s?(?:am|pm))+",
        "clock": rf"(?:(?<=\s)|^)(?:{_CLOCK}\s?(?:am|pm)|{_CLOCK}\suhr|\d{{1,2}}:\d\d\s?(?:am|pm|h)?)\b",
    }


def _frequencies(words: Words, count: str, unit: str) -> dict[str, str]:
    period = f"(?P<period>{words('period')})"
    each = rf"(?P<each>{NUMBER})(?![\d.,]|\s*-?(?:{unit}|{words('form')}|{words('period')}))"
    glued = words("period").replace(_WORD_START, "")  # "3xtgl."
    count_times = rf"(?:[1-9]|{words('number')})\s?{words('times')}"
    last = rf"(?=\s*(?:[,;.)/]|\d(?!\d?[/-]\d)|$|x\b|{words('last-before')}))"
    link = r"(?:/|per\b|pro\b|am\b|im\b|an?\b|die\b|every\b|each\b|in der\b|in\b)"
    part_join = rf"(?:[/,+&–-]|,?\s?{words('and')})"
    day, join = (
        words("weekday"),
        rf"(?:\s|,\s{words('and')}\s|\s?[/,+&–-]\s?|\s?(?:{words('and')}|{words('through')})\s?)",
    )
    days = rf"{day}(?:{join}{day})+(?!\s*(?:[/+&–-]|{words('pause')}))"
    return {
        "divided": rf"{words('divided')}\s*{count}\s*{words('doses')}",
        "every": rf"{words('every')}\s*(?P<count>{RANGE}|{words('number')}|(?<=q\.)\d{{1,2}}(?:[-–]\d{{1,2}})?)"
        rf"\s*-?\s*{period}",
        "apart": rf"{words('apart')}\s*{count}\s*-?{period}",
        "apart_after": rf"{count}\s*-?{period}\s+{words('apart-after')}",
        "ordinal": rf"{words('every')}\s*(?:(?P<nth>[2-9])(?:\.|nd|rd|th)?|{words('ordinal')})\s*"
        rf"(?:{period}|{words('day-part-noun')})",
        "hourly": rf"{count}\s*-?\s*(?P<period>hourly|hrly|monthly|(?<=-)weekly|stdl\b\.?|stündlich\w*)",
        "weekday_counts": rf"{day}\.?:?\s?{QUARTER}(?:\s?[,;/]?\s?{day}\.?:?\s?{QUARTER})+(?![\d.:])",
        "weekdays": rf"(?P<list>{days})|(?:{words('every')}|{words('always')})\s*{day}|{words('on-days')}",
        "times": rf"{count}\s*-?(?:{words('times')}|[x×](?={glued}))\s*"
        rf"{link}?\s*(?P<period>(?:24\s?)?{glued})?(?:{each})?",
        "repeated": rf"(?P<count>{words('repeated')})\s*{link}?\s*(?P<period>{words('period')})",
        "parts": rf"(?:{words('daypart')}\s?{part_join}\s?)+{words('daypart-end')}(?!\s?\d{{1,2}}\.)",
        "portion": rf"(?<![^\W\d_])(?<![\d/.,-])(?P<count>[1-3]/[2-4]|[½¼¾]|(?<=,\s)[1-4]"
        rf"|(?:(?<=[\dgG,]\s)|(?<=\s\s)){words('number')}(?:\s(?:to|or)\s{words('number')})?)"
        rf"(?!\s*-?\s*(?:hourly|hrly|monthly|weekly|stdl|stündl))"
        rf"(?=\s*(?:{words('route')}\s*)?(?:{words('maximum')}\s+)?(?:{words('frequency')}|{count_times}))",
        "portion_after": rf"{words('daypart')}\s+(?P<count>[1-3]/[2-4]|[½¼¾]|[1-4])(?=\s*(?:[,;)]|$))",
        "a_day": rf"(?<![\d/.,-])(?P<count>[1-9])\s?/\s?(?P<period>{words('period')})",
        "frequency": rf"{words('frequency')}|{words('frequency-last')}{last}",
    }
