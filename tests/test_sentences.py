import random

import pytest

from harness.text.sentences import sentence_spans, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n ", []),
        ("No stop", ["No stop"]),
        ("It weighs 2.5 kg. It is 3.0 m long.", ["It weighs 2.5 kg.", "It is 3.0 m long."]),
        ("Dr. Roe met Mrs. Day. They left.", ["Dr. Roe met Mrs. Day.", "They left."]),
        ("Use tools, e.g. a saw. Then stop.", ["Use tools, e.g. a saw.", "Then stop."]),
        ("See Fig. 3 and No. 5. Go on.", ["See Fig. 3 and No. 5.", "Go on."]),
        ("By J. R. Smith. The end.", ["By J. R. Smith.", "The end."]),
        ("He lives in the U.S. The pay is good.", ["He lives in the U.S.", "The pay is good."]),
        ("The U.S. Army came.", ["The U.S. Army came."]),
        ("Open at 5 p.m. Close at 6 a.m. sharp.", ["Open at 5 p.m.", "Close at 6 a.m. sharp."]),
        ('"Why?" he asked. "Because!" She left.', ['"Why?" he asked.', '"Because!"', "She left."]),
        ("It is over (see p. 3). Go.", ["It is over (see p. 3).", "Go."]),
        ("Wait... Then go.", ["Wait...", "Then go."]),
        ("Wells went home . In 1893 , she left .", ["Wells went home .", "In 1893 , she left ."]),
        ("Steps:\n1. Press it.\n2. Hold it.", ["Steps:", "1. Press it.", "2. Hold it."]),
        ("We sell:\n- saws\n- nails", ["We sell:", "- saws", "- nails"]),
        ("Tools • saws • nails", ["Tools", "• saws", "• nails"]),
        ("Keyboard setup\n\nPress the key.", ["Keyboard setup", "Press the key."]),
        ("Keyboard setup\nPress the key.", ["Keyboard setup", "Press the key."]),
        (
            "This sentence of a mail was wrapped by a program near\nEaster, at a fixed width.",
            ["This sentence of a mail was wrapped by a program near\nEaster, at a fixed width."],
        ),
        ("cats purr. dogs bark.", ["cats purr.", "dogs bark."]),
        ("Version 2. The new one.", ["Version 2.", "The new one."]),
        ("p was .05. Then (OR = 1.39).", ["p was .05.", "Then (OR = 1.39)."]),
        ("これは本です。あれは？", ["これは本です。", "あれは？"]),
        ("St. Louis is big. So is Acme.", ["St. Louis is big.", "So is Acme."]),
    ],
)
def test_sentences_end_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_every_character_but_space_lies_in_exactly_one_span() -> None:
    rng = random.Random(0)
    words = ["a", "It", "1.", "e.g.", "U.S.", "-", "•", "end.", "why?", "\n", "\n\n", '"So."', "。"]
    for _ in range(500):
        text = " ".join(rng.choice(words) for _ in range(rng.randrange(30)))
        spans = sentence_spans(text)
        covered = [i for start, end in spans for i in range(start, end)]
        assert len(covered) == len(set(covered))
        assert spans == sorted(spans)
        assert {i for i, c in enumerate(text) if not c.isspace()} <= set(covered)
        assert all(text[s:e] == text[s:e].strip() != "" for s, e in spans)


def test_a_long_text_without_an_end_takes_no_quadratic_time() -> None:
    assert len(sentences("word " * 200_000)) == 1
    assert len(sentences("A b. " * 50_000)) == 50_000
