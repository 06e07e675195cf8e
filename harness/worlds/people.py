"""The table of people."""

from harness.worlds.attributes import Attribute, Kind
from harness.worlds.values import date, measure, named, number, one_of, person, year

PERSON = Kind(
    "person",
    "Profile of {s}",
    (
        Attribute(
            "job",
            one_of(
                "welder, accountant, buyer, tester, driver, designer, trainer, chemist, planner,"
                " nurse,"
                "cook, editor, lawyer, painter, analyst, engineer, electrician, clerk, translator,"
                "archivist, inspector, mechanic, programmer, receptionist"
            ),
            ("works as a {v}", "earns a living as a {v}", "was hired as a {v}"),
            ("The company hired {s} as a {v}.",),
            ("{S} has a job with many friends. The job is that of a {v}.",),
            ("What does {s} do for work?", "As what does {s} work?", "As what was {s} hired?"),
            "{S} works as a {v}.",
        ),
        Attribute(
            "start year",
            year,
            ("joined in {v}", "has been with the company since {v}", "started in {v}"),
            ("The company hired {s} in {v}.", "In {v} the company took on {s}."),
            ("{S} remembers the first day well. That was in {v}.",),
            (
                "When did {s} join?",
                "Since when has {s} been with the company?",
                "In what year did {s} start?",
            ),
            "{S} joined in {v}.",
        ),
        Attribute(
            "home town",
            named("town"),
            ("grew up in {v}", "was born in {v}", "comes from {v}"),
            ("{v} is where {s} grew up.", "The family of {s} lives in {v}."),
            ("{S} still visits the family. They live in {v}.",),
            ("Where did {s} grow up?", "Where does {s} come from?", "In which town was {s} born?"),
            "{S} grew up in {v}.",
        ),
        Attribute(
            "manager",
            person,
            ("reports to {v}", "is managed by {v}", "takes orders from {v}"),
            ("{v} manages {s}.", "It is {v} who leads the team of {s}."),
            ("{S} is part of a small team. It is led by {v}.",),
            ("Who manages {s}?", "To whom does {s} report?", "Who leads the team of {s}?"),
            "{S} reports to {v}.",
        ),
        Attribute(
            "phone extension",
            number(100, 999),
            (
                "can be called on extension {v}",
                "has the extension {v}",
                "answers calls on extension {v}",
            ),
            ("Calls for {s} go to extension {v}.",),
            ("{S} is glad to take calls. The extension is {v}.",),
            (
                "On which extension can one call {s}?",
                "Where do calls for {s} go?",
                "Which extension does {s} have?",
            ),
        ),
        Attribute(
            "hobby",
            one_of(
                "chess, rowing, pottery, fencing, sailing, knitting, cycling, archery, baking,"
                " singing,"
                "gardening, climbing, fishing, running, judo, dancing, painting, skating, hiking,"
                "photography, tennis, boxing, swimming, carpentry"
            ),
            ("spends weekends on {v}", "is fond of {v}", "relaxes with {v}"),
            ("Free evenings of {s} go into {v}.",),
            ("After work {s} has one great love. It is {v}.",),
            ("What does {s} do at weekends?", "What is {s} fond of?", "With what does {s} relax?"),
        ),
        Attribute(
            "birthday",
            date,
            ("celebrates a birthday on {v}", "was born on {v}", "has a birthday on {v}"),
            ("On {v} the team brings cake for {s}.",),
            ("The team bakes a cake for {s} once a year. They do so on {v}.",),
            (
                "When is the birthday of {s}?",
                "On which day was {s} born?",
                "When does {s} celebrate a birthday?",
            ),
        ),
        Attribute(
            "deputy",
            person,
            (
                "is replaced by {v} during leave",
                "has {v} as a deputy",
                "hands over to {v} before a holiday",
            ),
            ("{v} stands in for {s}.", "During leave the work of {s} is done by {v}."),
            ("{S} is away at times. The work is then done by {v}.",),
            (
                "Who stands in for {s}?",
                "Who does the work of {s} during leave?",
                "Who replaces {s} during leave?",
            ),
        ),
        Attribute(
            "office",
            number(2, 480),
            ("sits in office {v}", "works in office {v}", "has a desk in office {v}"),
            ("Visitors find {s} in office {v}.",),
            ("The desk of {s} is easy to find. It stands in office {v}.",),
            (
                "In which office does {s} sit?",
                "Where do visitors find {s}?",
                "In which office is the desk of {s}?",
            ),
        ),
        Attribute(
            "course length",
            measure("weeks", 2, 90),
            ("took a course of {v}", "was trained for {v}", "spent {v} in training"),
            ("The company trained {s} for {v}.",),
            ("{S} was trained before the first day. The training took {v}.",),
            (
                "How long was {s} trained?",
                "How long was the course that {s} took?",
                "How much time did {s} spend in training?",
            ),
        ),
    ),
    (
        "{S} is well liked.",
        "{It} speaks slowly and clearly.",
        "Colleagues praise {s} for patience.",
        "{It} keeps a tidy desk.",
        "{It} is often the first to arrive.",
        "{S} helps new staff.",
    ),
)
