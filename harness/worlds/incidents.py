"""The table of incidents."""

from harness.worlds.attributes import Attribute, Kind
from harness.worlds.values import date, measure, named, one_of, person

INCIDENT = Kind(
    "incident",
    "Report on {s}",
    (
        Attribute(
            "date",
            date,
            ("happened on {v}", "took place on {v}", "was noticed on {v}"),
            ("On {v} the staff noticed {s}.",),
            ("Nobody was ready for {s}. It was noticed on {v}.",),
            ("When did {s} happen?", "On which day did {s} take place?", "When was {s} noticed?"),
            "{S} happened on {v}.",
        ),
        Attribute(
            "cause",
            one_of(
                "a loose cable, a power cut, a wrong label, a blocked pipe, a broken pump,"
                " a software fault,"
                "a cracked valve, an old fuse, a flooded cellar, a lost key, a late delivery,"
                " a dirty filter,"
                "a bent axle, a dead battery, a typing error, a worn belt, a frozen pipe, a storm"
            ),
            ("was caused by {v}", "was due to {v}", "goes back to {v}"),
            ("It was {v} that led to {s}.", "Experts blame {v} for {s}."),
            ("Experts studied {s}. They put the blame on {v}.",),
            ("What caused {s}?", "What led to {s}?", "What do experts blame for {s}?"),
            "{S} was caused by {v}.",
        ),
        Attribute(
            "duration",
            measure("minutes", 3, 990),
            ("lasted {v}", "went on for {v}", "was over after {v}"),
            ("Work stood still for {v} because of {s}.",),
            ("During {s} all work stood still. It began again after {v}.",),
            (
                "How long did {s} last?",
                "For how long did work stand still because of {s}?",
                "After what time was {s} over?",
            ),
        ),
        Attribute(
            "place",
            named("town"),
            ("happened in {v}", "hit the works in {v}", "took place in {v}"),
            ("The works in {v} were hit by {s}.",),
            ("{S} hit only one of the works. It was the one in {v}.",),
            (
                "Where did {s} happen?",
                "In which town did {s} take place?",
                "Which works were hit by {s}?",
            ),
            "{S} happened in {v}.",
        ),
        Attribute(
            "reporter",
            person,
            ("was reported by {v}", "was first seen by {v}", "came to light through {v}"),
            ("{v} reported {s}.", "It was {v} who first saw {s}."),
            ("Somebody had to report {s}. The call came from {v}.",),
            ("Who reported {s}?", "Who first saw {s}?", "Through whom did {s} come to light?"),
            "{S} was reported by {v}.",
        ),
        Attribute(
            "damage",
            measure("dollars", 15, 999),
            ("cost the company {v}", "did damage of {v}", "led to a loss of {v}"),
            ("The company lost {v} through {s}.",),
            ("{S} was not cheap. The company lost {v}.",),
            (
                "How much did {s} cost the company?",
                "What did the company lose through {s}?",
                "How large was the loss from {s}?",
            ),
        ),
        Attribute(
            "investigator",
            person,
            ("was investigated by {v}", "was looked into by {v}", "was studied by {v}"),
            ("{v} investigated {s}.", "The file on {s} was given to {v}."),
            ("There is a thick file on {s}. It was put together by {v}.",),
            ("Who investigated {s}?", "Who looked into {s}?", "To whom was the file on {s} given?"),
            "{S} was investigated by {v}.",
        ),
        Attribute(
            "remedy",
            one_of(
                "a new pump, a spare key, a second fuse, a better label, a training day,"
                " a new roof,"
                "a thicker cable, a new valve, a daily check, a warning light, a larger pipe,"
                " a new lock,"
                "a new supplier, a software update, a spare battery, a longer test, a written rule"
            ),
            ("was put right with {v}", "was settled with {v}", "was solved by {v}"),
            ("After {s} the company paid for {v}.",),
            ("{S} must not happen again. The answer is {v}.",),
            (
                "How was {s} put right?",
                "What did the company pay for after {s}?",
                "With what was {s} settled?",
            ),
        ),
        Attribute(
            "number of orders delayed",
            measure("orders", 2, 800),
            ("delayed {v}", "held up {v}", "put {v} behind"),
            ("In all {v} were delayed by {s}.",),
            ("Customers felt {s} as well. In all {v} came late.",),
            (
                "How many orders were delayed by {s}?",
                "How many orders did {s} hold up?",
                "How many orders came late because of {s}?",
            ),
            "{S} delayed {v}.",
        ),
        Attribute(
            "alarm level",
            one_of(
                "level red, level amber, level green, level blue, level white, level black,"
                " level grey, level violet"
            ),
            ("was rated {v}", "was put at {v}", "was classed as {v}"),
            ("The safety board rated {s} as {v}.",),
            ("The safety board rated {s}. The rating is {v}.",),
            (
                "How was {s} rated?",
                "How did the safety board class {s}?",
                "At which level was {s} put?",
            ),
        ),
    ),
    (
        "Nobody was hurt.",
        "{S} was talked about for weeks.",
        "{It} led to a long meeting.",
        "The staff stayed calm.",
        "{It} did not reach the news.",
        "Lessons from {s} are taught to new staff.",
    ),
)
