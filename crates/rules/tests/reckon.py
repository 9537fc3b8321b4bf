#!/usr/bin/env python3
# The second reader of clocks: counts every row of clocks.tsv by walking from day to day, and shares no code with the crate.
# It knows the leap rule, how long months are, one day that was a Sunday, and when summer time begins and ends; holidays and the
# office's own days are data, read from the same texts. What it is not: fast, or clever.
# Run: python3 crates/rules/tests/reckon.py --check    fails where a row is not as it is reckoned here
#      python3 crates/rules/tests/reckon.py --write    puts what is reckoned here into every row
# Invariant: of a row only the questions are read when it is reckoned; the answers are compared afterwards.
import re, sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE / "clocks.tsv"
LISTED = HERE.parents[2] / "rules" / "bank-holidays" / "1.toml"
OFFICE = HERE / "clocks-office.toml"
QUESTIONS, ANSWERS = 5, 7
ALL = {"england-and-wales", "scotland", "northern-ireland"}

class Unknown(Exception):
    """A day whose holidays nobody has listed."""

# ---- Days as (year, month, day) ------------------------------------------------------------------------------------------
def length(year, month):
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31

def after(day):
    year, month, number = day
    if number < length(year, month):
        return year, month, number + 1
    return (year, month + 1, 1) if month < 12 else (year + 1, 1, 1)

def written(day):
    return "%04d-%02d-%02d" % day

def read(text):
    year, month, number = map(int, text.split("-"))
    assert 1 <= month <= 12 and 1 <= number <= length(year, month), text
    return year, month, number

WEEKDAYS = {}
def weekday(day):
    """0 is Sunday. Walked once from Sunday 1 January 1989."""
    if not WEEKDAYS:
        at, number = (1989, 1, 1), 0
        while at[0] < 2110:
            WEEKDAYS[at] = number
            at, number = after(at), (number + 1) % 7
    return WEEKDAYS[day]

def last_sunday(year, month):
    number = length(year, month)
    while weekday((year, month, number)) != 0:
        number -= 1
    return year, month, number

def end(day):
    """The instant at which the day ends in London. Clocks change by day, so at midnight only the day matters."""
    summer = last_sunday(day[0], 3) <= day < last_sunday(day[0], 10)
    return written(day) + "T23:00:00Z" if summer else written(after(day)) + "T00:00:00Z"

# ---- Days on which nobody works --------------------------------------------------------------------------------------------
def listed():
    """The holidays, and the stretch of days that the list speaks of: read by the shape of its lines."""
    text = LISTED.read_text()
    days = {}
    for date, name, where in re.findall(r'^  \{ date = (\S+), name = "([^"]+)", in = \[([^]]+)\] \},$', text, re.M):
        places = set(re.findall(r'"([^"]+)"', where))
        days.setdefault(read(date), []).append((name, ALL if places == {"uk"} else places))
    assert sum(map(len, days.values())) == text.count("date ="), "a holiday is written in another shape"
    of_list = text[text.index("[holidays]"):]
    return days, *(read(re.search(rf"^{key} = (\S+)$", of_list, re.M)[1]) for key in ("from", "until"))

def own_days():
    blocks = OFFICE.read_text().split("[[override]]")[1:]
    read_block = lambda block: dict(re.findall(r'^(\w+) = "?([^"\n]+)"?$', block, re.M))
    return {(own["office"], read(own["date"])): own for own in map(read_block, blocks)}

HOLIDAYS, KNOWN_FROM, KNOWN_UNTIL = listed()
OWN = own_days()

def off(day, where, whose, office):
    """Why nothing is done on a day, or None."""
    if not KNOWN_FROM <= day < KNOWN_UNTIL:
        raise Unknown(written(day))
    why = None
    if weekday(day) in (0, 6):
        why = "weekend"
    else:
        for name, places in HOLIDAYS.get(day, []):
            if whose == "any-division" or where in places:
                why = name
                break
    own = OWN.get((office, day))
    if own and own["day"] == "open":
        return None
    if own and own["day"] == "closed" and why is None:
        return "closed: " + own["why"]
    return why

# ---- Terms -----------------------------------------------------------------------------------------------------------------
def walk(began, span, where, whose, office):
    """The last day, how many days count, and each day that does not, with why."""
    count, unit = span.split(" ", 1)
    count, unit = int(count), unit.rstrip("s")
    skipped, counted, day = [], 0, began
    if unit == "month":
        month = began[1] - 1 + count
        target = (began[0] + month // 12, month % 12 + 1)
        while day[:2] < target:
            day, counted = after(day), counted + 1
        while day[2] < began[2] and after(day)[:2] == target:
            day, counted = after(day), counted + 1
        return day, counted, skipped
    wanted = count * 7 if unit == "week" else count
    assert unit in ("day", "week", "working day"), span
    while counted < wanted:
        day = after(day)
        why = off(day, where, whose, office) if unit == "working day" else None
        if why is None:
            counted += 1
        else:
            skipped.append((day, why))
    return day, counted, skipped

def answers(where, whose, office, began, span):
    began = read(began)
    try:
        last, counted, skipped = walk(began, span, where, whose, office)
        moved = last
        while off(moved, where, whose, office) is not None:
            moved = after(moved)
    except Unknown as unknown:
        return ["unknown " + str(unknown)] + ["-"] * (ANSWERS - 1)
    weekends = sum(why == "weekend" for _, why in skipped)
    others = "; ".join(written(day) + " " + why for day, why in skipped if why != "weekend")
    other = [written(moved), end(moved)] if moved != last else ["-", "-"]
    return [written(last), end(last), *other, str(counted), str(weekends), others or "-"]

def main():
    if sys.argv[1:] not in (["--check"], ["--write"]):
        sys.exit(__doc__ or "say --check or --write")
    lines, wrong, rows = [], 0, 0
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            lines.append(line)
            continue
        rows += 1
        cells = line.split("\t")
        reckoned = answers(*cells[:QUESTIONS])
        if cells[QUESTIONS:] != reckoned:
            wrong += 1
            if sys.argv[1] == "--check":
                print(f"clocks.tsv:{number}: {cells[QUESTIONS:]}, and here it is {reckoned}", file=sys.stderr)
        lines.append("\t".join(cells[:QUESTIONS] + reckoned))
    if sys.argv[1] == "--write":
        TABLE.write_text("\n".join(lines) + "\n")
    elif wrong or rows < 200:
        sys.exit(f"{wrong} of {rows} rows are not as they are reckoned here, or there are fewer than 200")
    print(f"Ran {rows} tests: the rows of clocks.tsv")

if __name__ == "__main__":
    main()
