"""The table of policies."""

from harness.worlds.attributes import Attribute, Kind
from harness.worlds.values import date, measure, named, number, one_of, person, year

POLICY = Kind(
    "policy",
    "Rules of {s}",
    (
        Attribute(
            "notice period",
            measure("days", 2, 180),
            ("asks for {v} of notice", "has a notice period of {v}", "requires notice of {v}"),
            ("Under {s} staff give notice {v} ahead.",),
            ("Under {s} nobody may act without notice. The notice is {v}.",),
            (
                "How much notice does {s} ask for?",
                "How long is the notice under {s}?",
                "How far ahead must staff give notice under {s}?",
            ),
        ),
        Attribute(
            "owner",
            person,
            ("is owned by {v}", "is kept by {v}", "belongs to {v}"),
            ("{v} owns {s}.", "It is {v} who looks after {s}."),
            ("{S} is kept up to date. This is the task of {v}.",),
            ("Who owns {s}?", "Who looks after {s}?", "By whom is {s} kept?"),
            "{S} is owned by {v}.",
        ),
        Attribute(
            "spending limit",
            measure("dollars", 20, 995),
            ("allows spending of up to {v}", "has a spending limit of {v}", "caps spending at {v}"),
            ("Under {s} staff may spend {v}.", "Nobody may spend more than {v} under {s}."),
            ("{S} sets a limit on spending. Above {v} a manager must agree.",),
            (
                "How much may staff spend under {s}?",
                "At what sum does {s} cap spending?",
                "What is the most one may spend under {s}?",
            ),
        ),
        Attribute(
            "start date",
            date,
            ("took effect on {v}", "has applied since {v}", "came into force on {v}"),
            ("On {v} the board put {s} into force.",),
            ("The board agreed on {s}. It came into force on {v}.",),
            (
                "When did {s} take effect?",
                "On which day did {s} come into force?",
                "Since when has {s} applied?",
            ),
            "{S} took effect on {v}.",
        ),
        Attribute(
            "review cycle",
            measure("months", 2, 72),
            ("is reviewed every {v}", "has a review cycle of {v}", "is checked every {v}"),
            ("The board reviews {s} every {v}.",),
            ("{S} does not stay the same for ever. The board reviews it every {v}.",),
            (
                "How often is {s} reviewed?",
                "How often does the board check {s}?",
                "After what time is {s} checked again?",
            ),
        ),
        Attribute(
            "approver",
            one_of(
                "the finance desk, the safety board, the plant manager, the legal team,"
                " the night desk,"
                "the works council, the chief engineer, the head of sales, the training office,"
                "the quality team, the store manager, the data office, the travel desk,"
                " the press office"
            ),
            ("is approved by {v}", "needs a signature from {v}", "goes through {v}"),
            ("Requests under {s} go to {v}.", "It falls to {v} to approve requests under {s}."),
            ("Requests under {s} need a signature. They go to {v}.",),
            (
                "Who approves requests under {s}?",
                "Where do requests under {s} go?",
                "Whose signature does {s} need?",
            ),
            "Requests under {s} go to {v}.",
        ),
        Attribute(
            "author",
            person,
            ("was written by {v}", "was drafted by {v}", "is from the pen of {v}"),
            ("{v} wrote {s}.", "It was {v} who drafted {s}."),
            ("{S} was drafted in one week. The author is {v}.",),
            ("Who wrote {s}?", "Who drafted {s}?", "From whose pen is {s}?"),
            "{S} was written by {v}.",
        ),
        Attribute(
            "form number",
            number(101, 999),
            ("uses form {v}", "is handled with form {v}", "asks for form {v}"),
            ("Staff fill in form {v} under {s}.",),
            ("Requests under {s} are made on paper. Staff fill in form {v}.",),
            (
                "Which form does {s} use?",
                "What form do staff fill in under {s}?",
                "With which form is {s} handled?",
            ),
            "{S} uses form {v}.",
        ),
        Attribute(
            "pilot town",
            named("town"),
            ("was first tried in {v}", "was piloted in {v}", "had its trial in {v}"),
            ("Staff in {v} were the first to try {s}.", "The pilot of {s} took place in {v}."),
            ("{S} went through a pilot. The pilot took place in {v}.",),
            (
                "Where was {s} piloted?",
                "In which town was {s} first tried?",
                "Where did the trial of {s} take place?",
            ),
            "{S} was piloted in {v}.",
        ),
        Attribute(
            "last revision",
            year,
            ("was last revised in {v}", "has not changed since {v}", "was last changed in {v}"),
            ("The last changes to {s} were made in {v}.",),
            ("{S} has been revised more than once. The last time was {v}.",),
            (
                "When was {s} last revised?",
                "In what year was {s} last changed?",
                "Since when has {s} not changed?",
            ),
            "{S} was last revised in {v}.",
        ),
    ),
    (
        "{S} applies to all staff.",
        "Questions about {s} are welcome.",
        "{It} fits on one page.",
        "A copy hangs in every office.",
        "{It} replaced a longer text.",
        "New staff read {s} in their first week.",
    ),
)
