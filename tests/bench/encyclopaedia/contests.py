"""Seasons, elections, medals, prizes: tables of who won."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from random import Random

from tests.bench.encyclopaedia.names import NATIONS, TOWNS, people, works
from tests.bench.encyclopaedia.page import Page, number, only

MONTHS = ("January", "March", "April", "June", "August", "September", "October", "December")


def season(rnd: Random, number_of: int) -> Page:
    year = 1950 + number_of
    league = rnd.choice(("Northern", "Coastal", "Midland", "Border")) + " League"
    teams = [f"{town} {rnd.choice(('Rovers', 'United', 'Town'))}" for town in rnd.sample(TOWNS, 8)]
    page = Page(
        f"{year} {league}",
        "Final table",
        ("Pos", "Team", "Played", "Won", "Drawn", "Lost", "Points"),
        [],
    )
    made = []
    for team in teams:
        won, drawn = rnd.randrange(2, 12), rnd.randrange(0, 3)
        made.append((3 * won + drawn, team, won, drawn))
    made.sort(key=lambda one: (-one[0], one[1]))
    for place, (points, team, won, drawn) in enumerate(made, 1):
        row = (place, team, 14, won, drawn, 14 - won - drawn, points)
        page.rows.append(tuple(map(str, row)))
    lost = [*map(int, page.column("Lost"))]
    where = f"in the {page.title}"
    if (at := only(lost)) is not None:
        page.ask("superlative", f"Which team lost the most games {where}?", page.rows[at][1])
    bound = rnd.randrange(5, 9)
    more = sum(int(won) > bound for won in page.column("Won"))
    page.ask("count", f"How many teams won more than {bound} games {where}?", str(more))
    one, other = rnd.sample(page.rows, 2)
    gap = abs(int(one[6]) - int(other[6]))
    page.ask(
        "difference",
        f"What is the difference in points between {one[1]} and {other[1]} {where}?", str(gap),
    )  # fmt: skip
    at = rnd.randrange(1, 7)
    page.ask(
        "neighbour",
        f"Which team finished directly below {page.rows[at][1]} {where}?",
        page.rows[at + 1][1],
    )
    page.ask(
        "total",
        f"How many points did {one[1]} and {other[1]} have together {where}?",
        str(int(one[6]) + int(other[6])),
    )
    return page


def election(rnd: Random, number_of: int) -> Page:
    town = TOWNS[number_of % len(TOWNS)]
    year = 1970 + number_of
    page = Page(
        f"{year} {town} mayoral election", "Results", ("Candidate", "Party", "Votes", "%"), []
    )
    votes = sorted(rnd.sample(range(1200, 48_000), 6), reverse=True)
    parties = rnd.sample(("Liberal", "Labour", "Green", "Reform", "Unionist", "Independent"), 6)
    for name, party, count in zip(people(rnd, 6), parties, votes, strict=True):
        share = f"{count / sum(votes) * 100:.1f}"
        page.rows.append((name, party, f"{count:,}", share))
    where = f"in the {page.title}"
    page.ask("superlative", f"Who received the most votes {where}?", page.rows[0][0])
    page.ask("look-up", f"Which party did {page.rows[3][0]} belong to {where}?", page.rows[3][1])
    page.ask("total", f"What is the total number of votes {where}?", str(sum(votes)))
    page.ask(
        "difference",
        f"By how many votes did {page.rows[0][0]} beat {page.rows[1][0]}?",
        str(votes[0] - votes[1]),
    )
    bound = rnd.choice((5000, 10_000, 20_000))
    page.ask(
        "count",
        f"How many candidates received fewer than {bound:,} votes {where}?",
        str(sum(v < bound for v in votes)),
    )
    return page


def athlete(rnd: Random, number_of: int) -> Page:
    [name] = people(rnd, 1)
    page = Page(
        name,
        "International competitions",
        ("Year", "Competition", "Venue", "Position", "Event"),
        [],
    )
    year = 1996 + number_of
    for _ in range(10):
        place = rnd.choice(("1st", "2nd", "3rd", "4th", "5th", "8th"))
        competition = rnd.choice(
            ("World Championships", "European Cup", "Nordic Games", "Olympic Games")
        )
        event = rnd.choice(("100 m", "200 m", "4 × 100 m relay"))
        page.rows.append((str(year), competition, rnd.choice(TOWNS), place, event))
        year += rnd.choice((0, 1, 1, 2))
    first = sum(one == "1st" for one in page.column("Position"))
    page.ask("count", f"How many times did {name} finish 1st?", str(first))
    venues = Counter(page.column("Competition")).most_common(2)
    if len(venues) > 1 and venues[0][1] > venues[1][1]:
        page.ask(
            "most often", f"At which competition did {name} compete the most often?", venues[0][0]
        )
    page.ask("first", f"What was the first competition of {name}?", page.rows[0][1])
    before = rnd.choice((2002, 2005))
    page.ask(
        "count",
        f"How many competitions did {name} take part in before {before}?",
        str(sum(int(y) < before for y in page.column("Year"))),
    )
    return page


def award(rnd: Random, number_of: int) -> Page:
    name = ("Harrow Prize", "Delmar Medal", "Quill Award", "Aurora Trophy", "Beacon Award")[
        number_of % 5
    ]
    page = Page(f"{name}", "Winners", ("Year", "Winner", "Nationality", "Work"), [])
    some, titles = people(rnd, 6), works(rnd, 12)
    for place in range(12):
        who = some[rnd.randrange(6)] if rnd.random() < 0.8 or not place else page.rows[-1][1]
        page.rows.append(
            (str(1981 + place + number_of), who, NATIONS[some.index(who)], titles[place])
        )
    row = rnd.choice(page.rows)
    page.ask("who won", f"Who won the {name} in {row[0]}?", row[1])
    wins = Counter(page.column("Winner")).most_common(2)
    if wins[0][1] > wins[1][1]:
        page.ask("most often", f"Who won the {name} the most times?", wins[0][0])
    page.ask("count", f"How many times did {wins[0][0]} win the {name}?", str(wins[0][1]))
    longest = sorted(
        ((len([*run]), who) for who, run in groupby(page.column("Winner"))), reverse=True
    )
    if longest[0][0] > 1 and longest[0][0] > longest[1][0]:
        page.ask(
            "consecutive",
            f"What is the most consecutive years that one winner won the {name}?",
            str(longest[0][0]),
        )
    page.ask("last", f"Who was the last to win the {name}?", page.rows[-1][1])
    nation = page.rows[5][2]
    page.ask(
        "count",
        f"How many winners of the {name} were from {nation}?",
        [
            str(page.column("Nationality").count(nation)),
            str(len({r[1] for r in page.rows if r[2] == nation})),
        ],
    )
    at = rnd.randrange(11)
    if page.column("Work").count(page.rows[at][3]) == 1:
        page.ask(
            "look-up", f"In which year did {page.rows[at][3]} win the {name}?", page.rows[at][0]
        )
    return page


def medals(rnd: Random, number_of: int) -> Page:
    year = 1986 + 4 * number_of
    page = Page(
        f"{year} Lakes Games",
        "Medal table",
        ("Rank", "Nation", "Gold", "Silver", "Bronze", "Total"),
        [],
    )
    made = sorted(([rnd.randrange(1, 25) for _ in range(3)] for _ in range(8)), reverse=True)
    sums = [0, 0, 0, 0]
    for place, (counts, nation) in enumerate(zip(made, rnd.sample(NATIONS, 8), strict=True), 1):
        row = [*counts, sum(counts)]
        sums = [a + b for a, b in zip(sums, row, strict=True)]
        page.rows.append(tuple(map(str, (place, nation, *row))))
    where = f"at the {page.title}"
    silver = [*map(int, page.column("Silver"))]
    if (at := only(silver)) is not None:
        page.ask(
            "superlative", f"Which nation won the most silver medals {where}?", page.rows[at][1]
        )
    one, other = rnd.sample(page.rows, 2)
    page.ask(
        "difference",
        f"How many more bronze medals did {one[1]} win than {other[1]} {where}?",
        str(abs(int(one[4]) - int(other[4]))),
    )
    page.ask("total", f"How many gold medals were won in total {where}?", str(sums[0]))
    page.ask(
        "count",
        f"How many nations won at least 10 gold medals {where}?",
        str(sum(int(g) >= 10 for g in page.column("Gold"))),
    )
    page.ask("look-up", f"How many medals did {one[1]} win in total {where}?", one[5])
    page.rows.append(("", "Total", *map(str, sums)))
    return page


def games(rnd: Random, number_of: int) -> Page:
    team = f"{TOWNS[(7 + number_of) % len(TOWNS)]} Falcons"
    year = 2003 + number_of
    page = Page(
        f"{year} {team} season",
        "Schedule",
        ("Week", "Date", "Opponent", "Result", "Attendance"),
        [],
    )
    for week in range(1, 12):
        a, b = rnd.sample(range(3, 45), 2)
        result = f"{'W' if a > b else 'L'} {a}–{b}"
        page.rows.append(
            (
                str(week),
                f"{rnd.choice(MONTHS[4:7])} {rnd.randrange(1, 29)}, {year}",
                rnd.choice(TOWNS) + " Kings",
                result,
                f"{rnd.randrange(8000, 60000):,}",
            )
        )
    where = f"in the {page.title}"
    crowd = [*map(number, page.column("Attendance"))]
    page.ask(
        "superlative",
        f"Which week had the highest attendance {where}?",
        str(crowd.index(max(crowd)) + 1),
    )
    row = rnd.choice(page.rows)
    page.ask("look-up", f"Who was the opponent in week {row[0]} {where}?", row[2])
    page.ask(
        "count",
        f"How many games had an attendance over 30,000 {where}?",
        str(sum(c > 30_000 for c in crowd)),
    )
    page.ask("average", f"What was the average attendance {where}?", f"~{sum(crowd) / 11:.4f}")
    wins = sum(one.startswith("W") for one in page.column("Result"))
    page.ask("count", f"How many games did the {team} win {where}?", str(wins))
    return page
