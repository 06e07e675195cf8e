"""The table of sites."""

from harness.worlds.attributes import Attribute, Kind
from harness.worlds.values import MATERIALS, measure, named, one_of, person, year

SITE = Kind(
    "site",
    "Guide to {s}",
    (
        Attribute(
            "opening year",
            year,
            ("opened in {v}", "has been in use since {v}", "was opened in {v}"),
            ("The company opened {s} in {v}.", "In {v} the doors of {s} opened."),
            ("The opening of {s} was a feast. That was in {v}.",),
            (
                "When did {s} open?",
                "Since when has {s} been in use?",
                "In what year was {s} opened?",
            ),
            "{S} opened in {v}.",
        ),
        Attribute(
            "floor area",
            measure("square meters", 40, 990),
            ("covers {v}", "has a floor area of {v}", "spreads over {v}"),
            ("There are {v} of floor in {s}.",),
            ("{S} was measured last spring. It came to {v}.",),
            ("How large is {s}?", "What area does {s} cover?", "How much floor is there in {s}?"),
        ),
        Attribute(
            "head",
            person,
            ("is run by {v}", "is headed by {v}", "is managed by {v}"),
            ("{v} runs {s}.", "It is {v} who heads {s}."),
            ("{S} is in good hands. The person in charge is {v}.",),
            ("Who runs {s}?", "Who heads {s}?", "By whom is {s} managed?"),
            "{S} is run by {v}.",
        ),
        Attribute(
            "staff",
            measure("people", 5, 960),
            ("employs {v}", "has a staff of {v}", "gives work to {v}"),
            ("In all {v} work in {s}.",),
            ("{S} is busy from early in the morning. In all {v} work there.",),
            (
                "How many people work in {s}?",
                "How many people does {s} employ?",
                "To how many people does {s} give work?",
            ),
            "{S} employs {v}.",
        ),
        Attribute(
            "architect",
            person,
            ("was planned by {v}", "was built to plans by {v}", "owes its plans to {v}"),
            ("{v} planned {s}.", "The plans of {s} were drawn by {v}."),
            ("Visitors admire the plans of {s}. They were drawn by {v}.",),
            ("Who planned {s}?", "Who drew the plans of {s}?", "To whom does {s} owe its plans?"),
        ),
        Attribute(
            "nearest station",
            named("town"),
            (
                "is reached from the station of {v}",
                "lies close to the station of {v}",
                "is near the station of {v}",
            ),
            ("Trains to {v} stop near {s}.", "Visitors of {s} get off at {v}."),
            ("{S} can be reached by train. Visitors get off at {v}.",),
            (
                "Which station is close to {s}?",
                "Where do visitors of {s} get off?",
                "From which station is {s} reached?",
            ),
        ),
        Attribute(
            "daily limit",
            measure("visitors", 5, 900),
            ("admits {v} a day", "has a daily limit of {v}", "lets in {v} a day"),
            ("On one day {v} may see {s}.",),
            ("{S} does not let everybody in. The limit for one day is {v}.",),
            (
                "How many visitors does {s} admit a day?",
                "How many visitors may see {s} on one day?",
                "How many visitors does {s} let in a day?",
            ),
            "{S} admits {v} a day.",
        ),
        Attribute(
            "wall material",
            MATERIALS,
            ("has walls of {v}", "is clad in {v}", "hides behind walls of {v}"),
            ("The builders used {v} for the walls of {s}.",),
            ("The walls of {s} keep the heat out. The builders used {v}.",),
            (
                "What are the walls of {s} made of?",
                "In what is {s} clad?",
                "What did the builders use for the walls of {s}?",
            ),
        ),
        Attribute(
            "number of docks",
            measure("docks", 2, 90),
            ("has {v}", "unloads trucks at {v}", "is equipped with {v}"),
            ("Trucks find {v} at {s}.",),
            ("Trucks come to {s} day and night. They find {v} there.",),
            (
                "How many docks does {s} have?",
                "How many docks do trucks find at {s}?",
                "At how many docks does {s} unload trucks?",
            ),
            "{S} has {v}.",
        ),
        Attribute(
            "main product",
            one_of(
                "pumps, sensors, lamps, valves, scanners, heaters, robots, turbines, cameras,"
                " printers,"
                "gauges, clocks, scales, motors, filters, switches, antennas, batteries, lenses,"
                " drills"
            ),
            ("makes {v}", "turns out {v}", "is known for {v}"),
            ("Most {v} of the company come from {s}.",),
            ("{S} does one thing well. It turns out {v}.",),
            ("What does {s} make?", "What is {s} known for?", "Which goods come from {s}?"),
        ),
    ),
    (
        "{S} has a large car park.",
        "{It} is open to visitors.",
        "The canteen of {s} is good.",
        "{It} stands by a river.",
        "Guided tours start at the gate.",
        "{It} was painted last summer.",
    ),
)
