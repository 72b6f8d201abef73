"""How questions are put in English; the slots are those of wording_zh.py, and {s} the plural."""

from __future__ import annotations

SUBJECT_BY_KEY = (
    "{n} {v}",
    "{k} {v}",
    "the {n} with {k} {v}",
    "{v}",
    "the {n} whose {k} is {v}",
)

ROW = {
    "who": (
        "Who is the {c} of {x}?",
        "Which person is the {c} for {x}?",
        "Tell me who the {c} of {x} is.",
        "{x}: who is the {c}?",
        "What is the name of the {c} of {x}?",
    ),
    "what": (
        "What is the {c} of {x}?",
        "Which {c} does {x} have?",
        "Look up the {c} of {x}.",
        "{x}: what is the {c}?",
        "Can you tell me the {c} of {x}?",
    ),
    "digits": (
        "What is the {c} of {x}?",
        "Please give me the {c} of {x}.",
        "I need the {c} for {x}.",
        "{x}: what's the {c}?",
        "Can you find the {c} of {x}?",
    ),
    "number": (
        "What is the {c} of {x}?",
        "How much is the {c} of {x}?",
        "Tell me the {c} of {x}.",
        "{x}: what is its {c}?",
        "What {c} is listed for {x}?",
    ),
    "when": (
        "When {aux} {x} {base}?",
        "On what date {aux} {x} {base}?",
        "What is the {c} of {x}?",
        "On which day {aux} {x} {base}?",
        "Give me the {c} of {x}.",
    ),
}

KEY = {
    True: (
        "Whose {c} is {v}?",
        "Who has the {c} {v}?",
        "Which {n} has the {c} {v}?",
        "The {c} {v} belongs to whom?",
        "{v} is the {c} of which {n}?",
    ),
    False: (
        "Which {n} has the {c} {v}?",
        "What {n} does the {c} {v} belong to?",
        "{v} is the {c} of which {n}?",
        "Find the {n} whose {c} is {v}.",
        "The {c} {v}: which {n} is that?",
    ),
}

COUNT = (
    "How many {s} {f} are there?",
    "How many {s} do we have {f}?",
    "What is the number of {s} {f}?",
    "Count the {s} {f}.",
    "Tell me how many {s} {f} there are.",
)
COUNT_PEOPLE = COUNT

LIST = (
    "Which {s} {f} are there?",
    "List the {s} {f}.",
    "Name all {s} {f}.",
    "Give me the {s} {f}.",
    "What are the {s} {f}?",
)
LIST_PEOPLE = ("Who are the {s} {f}?",)

GROUP = {
    "most": (
        "Which {c} has the most {s}?",
        "What is the {c} with the largest number of {s}?",
        "Which {c} comes first by number of {s}?",
        "In terms of {s}, which {c} is the biggest?",
        "The {s} are most numerous for which {c}?",
    ),
    "least": (
        "Which {c} has the fewest {s}?",
        "What is the {c} with the smallest number of {s}?",
        "Which {c} comes last by number of {s}?",
        "For which {c} are there the fewest {s}?",
        "The number of {s} is lowest for which {c}?",
    ),
    "sum": (
        "Which {c} has the highest total {d}?",
        "By total {d}, which {c} comes first?",
        "For which {c} is the {d} of the {s} highest in total?",
        "Summed up, which {c} has the most {d}?",
        "What is the {c} with the largest sum of {d}?",
    ),
}

AFTER = (
    "How many {s} {f} {past} after {a}?",
    "What is the number of {s} {f} that {past} after {a}?",
    "Count the {s} {f} that {past} later than {a}.",
    "How many {s} {f} {past} since {a}?",
    "After {a}, how many {s} {f} {past}?",
)
BEFORE = (
    "How many {s} {f} {past} before {a}?",
    "What is the number of {s} {f} that {past} before {a}?",
    "Count the {s} {f} that {past} earlier than {a}.",
    "How many {s} {f} {past} prior to {a}?",
    "Before {a}, how many {s} {f} {past}?",
)
WITHIN = (
    "How many {s} {f} {past} between {a} and {b}?",
    "From {a} to {b}, how many {s} {f} {past}?",
    "Count the {s} {f} that {past} between {a} and {b}.",
    "What is the number of {s} {f} that {past} from {a} to {b}?",
    "How many {s} {f} {past} from {a} until {b}?",
)
IN = (
    "How many {s} {f} {past} in {a}?",
    "In {a}, how many {s} {f} {past}?",
    "Count the {s} {f} that {past} in {a}.",
    "What is the number of {s} {f} that {past} during {a}?",
    "How many {s} {f} {past} in the course of {a}?",
)

EXTREME = {
    "high": (
        "Which {n} {f} has the highest {c}?",
        "Of the {s} {f}, which one has the highest {c}?",
        "What is the {n} {f} with the largest {c}?",
        "Name the {n} {f} with the highest {c}.",
        "Which one of the {s} {f} tops the list by {c}?",
    ),
    "low": (
        "Which {n} {f} has the lowest {c}?",
        "Of the {s} {f}, which one has the lowest {c}?",
        "What is the {n} {f} with the smallest {c}?",
        "Name the {n} {f} with the lowest {c}.",
        "Which one of the {s} {f} comes last by {c}?",
    ),
    "word": (
        "Which {n} {f} is the {w}?",
        "What is the {w} {n} {f}?",
        "Of the {s} {f}, which one is the {w}?",
        "Name the {w} {n} {f}.",
        "Which is our {w} {n} {f}?",
    ),
    "value": (
        "What is the {c} of the {w} {n} {f}?",
        "How much is the {c} of the {w} {n} {f}?",
        "What {c} does the {w} {n} {f} have?",
        "The {w} {n} {f}: what is its {c}?",
        "Tell me the {c} of the {w} {n} {f}.",
    ),
    "first": (
        "Which {n} {f} {was} first?",
        "Which {n} {f} {was} earliest?",
        "Of the {s} {f}, which one {was} first?",
        "Which {n} {f} has the earliest {c}?",
        "Name the {n} {f} with the earliest {c}.",
    ),
    "last": (
        "Which {n} {f} {was} last?",
        "Which {n} {f} {was} most recently?",
        "Of the {s} {f}, which one {was} latest?",
        "Which {n} {f} has the latest {c}?",
        "Name the {n} {f} with the latest {c}.",
    ),
}

TOP = {
    "high": (
        "Which {t} {s} {f} have the highest {c}?",
        "What are the top {t} {s} {f} by {c}?",
        "List the {t} {s} {f} with the largest {c}.",
        "Name the {t} {s} {f} with the highest {c}.",
        "By {c}, which are the first {t} {s} {f}?",
    ),
    "low": (
        "Which {t} {s} {f} have the lowest {c}?",
        "What are the bottom {t} {s} {f} by {c}?",
        "List the {t} {s} {f} with the smallest {c}.",
        "Name the {t} {s} {f} with the lowest {c}.",
        "By {c}, which are the last {t} {s} {f}?",
    ),
}

RATIO = (
    "What percentage of all {s} are {s} {f}?",
    "What share of the {s} do the {s} {f} make up?",
    "Of all {s}, what percent are {s} {f}?",
    "What proportion of all {s} are {s} {f}?",
    "How large is the share of {s} {f} among all {s}, in percent?",
)
SHARE = (
    "What percentage of the total {c} do the {s} {f} account for?",
    "Of the {c} of all {s}, what share goes to the {s} {f}?",
    "What percent of the {c} of all {s} is that of the {s} {f}?",
    "How large is the share of the {s} {f} in the total {c}, in percent?",
    "By {c}, what proportion of the total are the {s} {f}?",
)
SUM = (
    "What is the total {c} of the {s} {f}?",
    "How much is the {c} of the {s} {f} in all?",
    "Add up the {c} of the {s} {f}.",
    "What do the {s} {f} add up to in {c}?",
    "What is the sum of the {c} of all {s} {f}?",
)
SPENT = ("How much did the {s} {f} cost in total?", "How much was spent on {s} {f}?")
AVERAGE = (
    "What is the average {c} of the {s} {f}?",
    "On average, what is the {c} of the {s} {f}?",
    "What is the mean {c} of the {s} {f}?",
    "How much is the {c} of the {s} {f} on average?",
    "What average {c} do the {s} {f} have?",
)
EXIST = (
    "Are there any {s} {f}?",
    "Do we have any {s} {f}?",
    "Is there a {n} {f}?",
    "Are any {s} {f} listed?",
    "Do any {s} {f} exist?",
)
COMPARE = (
    "Which has the higher {c}, {x} or {y}, and by how much?",
    "{x} or {y}: which has the higher {c}, and how large is the difference?",
    "Compare the {c} of {x} and {y}: which is higher, and by how many {u}?",
    "Is the {c} of {x} or of {y} higher, and what is the difference?",
    "Between {x} and {y}, which one has the higher {c}, and by how many {u}?",
)
CHANGED = (
    "By how much did the {c} of {x} change from {a} to {b}?",
    "How many {u} lie between the {c} of {x} in the {a} edition and in the {b} edition?",
    "What is the difference in the {c} of {x} between {a} and {b}?",
    "From {a} to {b}, by how many {u} did the {c} of {x} change?",
    "Compared with {a}, by how much does the {c} of {x} differ in {b}?",
)
LATEST = (
    "What is the current {c} of {x}?",
    "How much is the {c} of {x} now?",
    "What is the latest {c} of {x}?",
    "At present, what is the {c} of {x}?",
    "What {c} applies to {x} today?",
)
CROSS = (
    "What is the {c} of {x} {a}?",
    "How much is the {c} of {x} {a}?",
    "What {c} does {x} have {a}?",
    "Tell me the {c} of {x} {a}.",
    "{x}: what is the {c} {a}?",
)
CROSS_SUM = (
    "What is the {c} of {x} for the whole year?",
    "How much is the {c} of {x} over all four quarters?",
    "What do the four quarters of {x} add up to in {c}?",
    "What is the total {c} of {x} for the year?",
    "Add up the quarterly {c} of {x}.",
)
CROSS_AVERAGE = (
    "What is the average {c} of the {s} {a}?",
    "On average, how much is the {c} per {n} {a}?",
    "What is the mean {c} per {n} {a}?",
    "How high is the {c} {a} on average over the {s}?",
    "{a}, what is the average {c} of a {n}?",
)
CROSS_MOST = (
    "Which {n} has the highest {c} {a}?",
    "What {n} comes first by {c} {a}?",
    "Which {n} has the most {c} {a}?",
    "Of all {s}, which has the highest {c} {a}?",
    "Name the {n} with the largest {c} {a}.",
)
CROSS_TOTAL = (
    "What is the total {c} of all {s} {a}?",
    "How much is the {c} of all {s} together {a}?",
    "Add up the {c} of every {n} {a}.",
    "What does the {c} of all {s} come to {a}?",
    "Altogether, what is the {c} of the {s} {a}?",
)
GROWTH = (
    "By what percentage did the {c} of {x} grow from {a} to {b}?",
    "How many percent higher is the {c} of {x} in {b} than in {a}?",
    "What is the growth rate of the {c} of {x} from {a} to {b}?",
    "From {a} to {b}, by how many percent did the {c} of {x} rise?",
    "What is the percentage increase of the {c} of {x} between {a} and {b}?",
)
MATRIX_WHO = (
    "Who is {z} in {x} on {a}?",
    "On {a}, who is {z} in {x}?",
    "Which person is {z} in {x} on {a}?",
    "Who is down for {x} on {a}?",
    "{x} on {a}: who is {z}?",
)
MATRIX_WHERE = (
    "In which {c} is {v} on {a}?",
    "Where is {v} {z} on {a}?",
    "On {a}, which {c} is {v} in?",
    "Which {c} does {v} cover on {a}?",
    "What {c} is {v} assigned to on {a}?",
)
MATRIX_COUNT = (
    "How many times is {v} {z}?",
    "How often is {v} {z} in the plan?",
    "What is the number of times that {v} is {z}?",
    "Count how often {v} is {z}.",
    "How many times does {v} appear {z}?",
)
MATRIX_MOST = (
    "Who is {z} most often?",
    "Which person is {z} the most times?",
    "Who has been put {z} most frequently?",
    "Name the person who is {z} most often.",
    "Who comes first by number of times {z}?",
)
JOIN = (
    "What is the {c} of the {j} of {x}?",
    "{x}: what is the {c} of its {j}?",
    "Find the {c} for the {j} of {x}.",
    "What {c} does the {j} of {x} have?",
    "Which {c} is listed for the {j} of {x}?",
)
JOIN_COUNT = (
    "How many {s} have a {j} whose {c} is {v}?",
    "Count the {s} whose {j} has the {c} {v}.",
    "For a {j} with the {c} {v}, how many {s} are there?",
    "How many {s} are there whose {j} has the {c} {v}?",
    "What is the number of {s} whose {j} has the {c} {v}?",
)
ABSENT = (
    "What is the {c} of {x}?",
    "Which {c} does {x} have?",
    "Tell me the {c} of {x}.",
    "Please look up the {c} of {x}.",
    "Do you know the {c} of {x}?",
)
FOLLOW = ("And {y}?", "What about {y}?", "And that of {y}?", "And for {y}?", "How about {y}?")
ORDER = {2: "two", 3: "three", 4: "four", 5: "five"}
