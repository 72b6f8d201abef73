"""Discographies, stations, mayors, peaks, episodes, players: tables of what there is."""

from __future__ import annotations

from random import Random

from tests.bench.encyclopaedia.names import NATIONS, TOWNS, people, works
from tests.bench.encyclopaedia.page import Page, number, only

MONTHS = ("January", "March", "April", "June", "August", "September", "October", "December")


def discography(rnd: Random, number_of: int) -> Page:
    band = f"The {works(rnd, 1)[0]}s"
    page = Page(
        f"{band} discography",
        "Studio albums",
        ("Year", "Album", "Label", "Peak position", "Sales"),
        [],
    )
    year = 1971 + number_of
    for title in works(rnd, 8):
        label, peak = rnd.choice(("Vertex", "Bluebird", "Parade")), str(rnd.randrange(1, 60))
        page.rows.append((str(year), title, label, peak, f"{rnd.randrange(20, 900) * 1000:,}"))
        year += rnd.randrange(1, 4)
    row = rnd.choice(page.rows)
    page.ask("look-up", f"Which label released {row[1]} by {band}?", row[2])
    sales = [*map(number, page.column("Sales"))]
    if (at := only(sales)) is not None:
        page.ask("superlative", f"Which album by {band} sold the most?", page.rows[at][1])
    page.ask(
        "count",
        f"How many albums did {band} release on {row[2]}?",
        str(page.column("Label").count(row[2])),
    )
    page.ask(
        "neighbour",
        f"What album did {band} release right after {page.rows[2][1]}?",
        page.rows[3][1],
    )
    page.ask("last", f"What is the last album listed in {page.title}?", page.rows[-1][1])
    decade = int(page.rows[4][0]) // 10 * 10
    page.ask(
        "count",
        f"How many albums did {band} release in the {decade}s?",
        str(sum(int(y) // 10 * 10 == decade for y in page.column("Year"))),
    )
    return page


def stations(rnd: Random, number_of: int) -> Page:
    line = f"{TOWNS[(number_of * 3) % len(TOWNS)]} line"
    page = Page(
        f"List of stations on the {line}",
        "Stations",
        ("Station", "Zone", "Opened", "Passengers", "Distance (km)"),
        [],
    )
    away = 0.0
    for town in rnd.sample(TOWNS, 9):
        away += rnd.randrange(8, 40) / 10
        page.rows.append(
            (
                f"{town} {rnd.choice(('Road', 'Central', 'Park'))}",
                str(rnd.randrange(1, 5)),
                str(rnd.randrange(1885, 1990)),
                f"{rnd.randrange(9, 900) * 100:,}",
                f"{away:.1f}",
            )
        )
    where = f"on the {line}"
    passengers = [*map(number, page.column("Passengers"))]
    page.ask(
        "superlative",
        f"Which station {where} has the fewest passengers?",
        page.rows[passengers.index(min(passengers))][0],
    )
    zone = page.rows[0][1]
    page.ask(
        "count",
        f"How many stations {where} are in zone {zone}?",
        str(page.column("Zone").count(zone)),
    )
    opened = [*map(int, page.column("Opened"))]
    if (at := only(opened, high=False)) is not None:
        page.ask("first", f"Which station {where} opened first?", page.rows[at][0])
    page.ask(
        "count",
        f"How many stations {where} opened before 1920?",
        str(sum(y < 1920 for y in opened)),
    )
    row = rnd.choice(page.rows)
    page.ask("look-up", f"When did {row[0]} open?", row[2])
    page.ask(
        "average",
        f"What is the average number of passengers of the stations {where}?",
        f"~{sum(passengers) / 9:.4f}",
    )
    return page


def mayors(rnd: Random, number_of: int) -> Page:
    town = TOWNS[(11 + number_of) % len(TOWNS)]
    page = Page(
        f"List of mayors of {town}",
        "Mayors",
        ("No.", "Name", "Took office", "Left office", "Party"),
        [],
    )
    year = 1900 + number_of
    for place, name in enumerate(people(rnd, 9), 1):
        until = year + rnd.randrange(2, 13)
        page.rows.append(
            (str(place), name, str(year), str(until), rnd.choice(("Liberal", "Labour", "Unionist")))
        )
        year = until
    terms = [int(row[3]) - int(row[2]) for row in page.rows]
    row = rnd.choice(page.rows)
    page.ask("duration", f"How long was {row[1]} mayor of {town}?", str(int(row[3]) - int(row[2])))
    if (at := only(terms)) is not None:
        page.ask("duration", f"Which mayor of {town} served the longest?", page.rows[at][1])
    page.ask("neighbour", f"Who was mayor of {town} before {page.rows[5][1]}?", page.rows[4][1])
    page.ask("neighbour", f"Who succeeded {page.rows[2][1]} as mayor of {town}?", page.rows[3][1])
    party = page.rows[0][4]
    page.ask(
        "count", f"How many mayors of {town} were {party}?", str(page.column("Party").count(party))
    )
    page.ask("first", f"Who was the first mayor of {town}?", page.rows[0][1])
    return page


def peaks(rnd: Random, number_of: int) -> Page:
    ridge = ("Varn Range", "Osk Mountains", "Telling Hills", "Brae Massif", "Corran Alps")[
        number_of % 5
    ]
    page = Page(
        f"List of peaks in the {ridge}",
        "Peaks",
        ("Peak", "Height (m)", "First ascent", "Country"),
        [],
    )
    for town in rnd.sample(TOWNS, 9):
        page.rows.append(
            (
                f"Mount {town}",
                f"{rnd.randrange(900, 4800):,}",
                str(rnd.randrange(1790, 1935)),
                rnd.choice(NATIONS[:3]),
            )
        )
    heights = [*map(number, page.column("Height (m)"))]
    where = f"in the {ridge}"
    page.ask(
        "superlative",
        f"What is the highest peak {where}?",
        page.rows[heights.index(max(heights))][0],
    )
    page.ask(
        "count",
        f"How many peaks {where} are higher than 3,000 m?",
        str(sum(h > 3000 for h in heights)),
    )
    country = page.rows[0][3]
    page.ask(
        "count",
        f"How many peaks {where} are in {country}?",
        str(page.column("Country").count(country)),
    )
    one, other = rnd.sample(range(9), 2)
    page.ask(
        "comparison",
        f"Which is higher, {page.rows[one][0]} or {page.rows[other][0]}?",
        page.rows[one if heights[one] > heights[other] else other][0],
    )
    page.ask(
        "difference",
        f"How much higher is {page.rows[one][0]} than {page.rows[other][0]} {where}?",
        str(abs(heights[one] - heights[other])),
    )
    page.ask(
        "count",
        f"How many peaks {where} were first climbed after 1850?",
        str(sum(int(y) > 1850 for y in page.column("First ascent"))),
    )
    return page


def episodes(rnd: Random, number_of: int) -> Page:
    show = works(rnd, 1)[0]
    page = Page(
        f"{show} (season {number_of + 1})",
        "Episodes",
        ("No.", "Title", "Directed by", "Written by", "Original air date", "Viewers (millions)"),
        [],
    )
    crew = people(rnd, 4)
    for place, title in enumerate(works(rnd, 10), 1):
        page.rows.append(
            (
                str(place),
                f"The {title}",
                rnd.choice(crew[:2]),
                rnd.choice(crew[2:]),
                f"{MONTHS[place % 8]} {rnd.randrange(1, 29)}, {1999 + number_of + place // 8}",
                f"{rnd.randrange(210, 990) / 100:.2f}",
            )
        )
    where = f"in {page.title}"
    seen = [float(one) for one in page.column("Viewers (millions)")]
    if seen.count(max(seen)) == 1:
        page.ask(
            "superlative",
            f"Which episode had the most viewers {where}?",
            page.rows[seen.index(max(seen))][1],
        )
    page.ask(
        "count",
        f"How many episodes did {crew[0]} direct {where}?",
        str(page.column("Directed by").count(crew[0])),
    )
    row = rnd.choice(page.rows)
    page.ask("look-up", f"Who wrote the episode {row[1]} {where}?", row[3])
    page.ask(
        "neighbour", f"Which episode came right before {page.rows[5][1]} {where}?", page.rows[4][1]
    )
    page.ask(
        "count",
        f"How many episodes had fewer than 5 million viewers {where}?",
        str(sum(s < 5 for s in seen)),
    )
    return page


def roster(rnd: Random, number_of: int) -> Page:
    town = TOWNS[(13 + number_of) % len(TOWNS)]
    page = Page(
        f"{town} Comets roster",
        "Players",
        ("No.", "Player", "Position", "Height (cm)", "Born", "Caps"),
        [],
    )
    for shirt, name in zip(rnd.sample(range(1, 40), 11), people(rnd, 11), strict=True):
        page.rows.append(
            (
                str(shirt),
                name,
                rnd.choice(("Guard", "Forward", "Centre")),
                str(rnd.randrange(178, 218)),
                str(rnd.randrange(1978, 1996)),
                str(rnd.randrange(0, 90)),
            )
        )
    where = f"of the {town} Comets"
    tall = [*map(int, page.column("Height (cm)"))]
    if (at := only(tall)) is not None:
        page.ask("superlative", f"Who is the tallest player {where}?", page.rows[at][1])
    row = rnd.choice(page.rows)
    page.ask("look-up", f"What position does {row[1]} play for the {town} Comets?", row[2])
    page.ask("look-up", f"Which player {where} wears number {row[0]}?", row[1])
    page.ask(
        "count",
        f"How many players {where} play as {row[2]}?",
        str(page.column("Position").count(row[2])),
    )
    page.ask(
        "total",
        f"How many caps do all players {where} have in total?",
        str(sum(map(int, page.column("Caps")))),
    )
    caps = [*map(int, page.column("Caps"))]
    if (at := only(caps, high=False)) is not None:
        page.ask("superlative", f"Which player {where} has the fewest caps?", page.rows[at][1])
    return page
