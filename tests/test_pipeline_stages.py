"""The stages of a build one by one: what each keeps, and what it must not take for more."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import ConfigError, ModelError
from harness.generation.rendering import Rendering
from harness.pipeline.boilerplate import line_keys, repeated_lines, without_lines
from harness.pipeline.contamination import Held, without_held, without_similar
from harness.pipeline.duplicates import equal, nearly_equal
from harness.pipeline.language import check_languages, in_languages
from harness.pipeline.length import within_length
from harness.pipeline.normalization import normalized
from harness.pipeline.packing import check_packing, leaks
from harness.pipeline.personal import flag, iban, luhn, personal
from harness.pipeline.record import Record
from harness.pipeline.sequences import Piece, labels_in, packed, pieces, row_length
from harness.pipeline.shingles import key, shingles, signatures
from harness.pipeline.splitting import split_of
from harness.protocols import Vectors
from harness.text.prompt import TEMPLATES
from harness.training.examples import document_examples
from harness.training.rows import rows
from harness.training.segments import IGNORED
from harness.types import Document
from tests.models import CHAT, make_model

GERMAN = "Die Pumpe steht seit vielen Jahren im Keller und läuft ohne Pause, weil niemand sie je "
ENGLISH = "The pump has been standing in the cellar for many years and runs without a break since "


def document(text: str, name: str = "d", title: str = "") -> Record:
    return Record(name, f"f:{name}", "", text, title=title, document=name)


def pair(question: str, answer: str = "Tarn.", name: str = "q") -> Record:
    return Record(name, f"f:{name}", "", answer, question=question, document=name)


def words(n: int, seed: int = 0) -> str:
    rng = random.Random(seed)
    return " ".join(f"w{rng.randrange(10**6)}" for _ in range(n))


def exact_similarity(a: str, b: str) -> float:
    """Jaccard similarity of word 5-grams, counted."""
    one, other = (set(shingles(re.findall(r"\w+", text.casefold()))) for text in (a, b))
    return len(one & other) / len(one | other)


def test_texts_that_look_alike_become_the_same_characters() -> None:
    assert normalized("e\u0301\r\nx\u200b \u2028y") == normalized("\u00e9\nx\ny") == "é\nx\ny"
    assert normalized("10² ½ ﬁ") == "10² ½ ﬁ"  # another meaning or word, not another spelling
    assert normalized("नमस्\u200dते") == "नमस्\u200dते"  # a joiner that the script needs
    assert normalized("if x:\n    y") == "if x:\n    y"


def test_length_drops_documents_and_pairs_without_an_answer_but_no_short_answer() -> None:
    kept, dropped = within_length(
        [document("one two"), document(words(9)), document(words(3)), pair("Who?"), pair("A?", "")],
        shortest=3,
        longest=8,
    )
    assert [r.text for r in kept] == [words(3), "Tarn."]
    assert [d.reason for d in dropped] == ["too short", "too long", "no answer"]


def test_a_language_is_kept_and_what_is_too_short_to_tell_stays() -> None:
    records = [document(GERMAN * 2), document(ENGLISH * 2), document("Ja, genau.")]
    kept, [dropped] = in_languages(records, ("en",))
    assert kept == records[1:]
    assert (dropped.reason, dropped.detail) == ("other language", "de")
    with pytest.raises(ConfigError, match="no language 'english'"):
        check_languages(("english",))


def test_signatures_estimate_the_similarity_that_counting_gives() -> None:
    base = words(400).split()
    errors = []
    for changes in range(1, 40):
        text = list(base)
        for n in random.Random(changes).sample(range(len(base)), changes):
            text[n] = "changed"
        one, other = signatures([" ".join(base), " ".join(text)])
        errors.append((one == other).mean() - exact_similarity(" ".join(base), " ".join(text)))
    assert abs(np.mean(errors)) < 0.02
    assert np.std(errors) < 0.045  # sqrt(s (1 - s) / 128) is at most .044


def test_each_duplicate_names_the_earlier_document_it_repeats() -> None:
    base = [words(100, seed) for seed in range(4)]
    close = base[1].replace(base[1].split()[50], "changed")
    far = " ".join([*base[2].split()[:60], *words(40, 9).split()])
    texts = [*base, base[0], close, far]
    found = equal(np.array([key(text) for text in texts], np.uint64))
    assert found.original.tolist() == [-1, -1, -1, -1, 0, -1, -1]
    numbers = np.arange(len(texts))
    found = nearly_equal(found, signatures(texts), numbers, 0.8)
    assert exact_similarity(base[1], close) > 0.85
    assert exact_similarity(base[2], far) < 0.6
    assert found.original.tolist() == [-1, -1, -1, -1, 0, 1, -1]
    assert found.similarity[5] == pytest.approx(exact_similarity(base[1], close), abs=0.12)


def test_a_line_is_boilerplate_where_many_documents_have_it() -> None:
    texts = [f"{words(5, n)}\nHome | About \n{words(5, n + 50)}" for n in range(5)]
    texts.append("home | ABOUT\nhome | about")
    blocks = [np.array(line_keys(text), np.uint64) for text in texts]
    assert len(repeated_lines(blocks, 7)) == 0
    lines = frozenset(repeated_lines(blocks, 6).tolist())
    assert lines == {key("home | about")}
    asked = pair("Home | About")
    kept, [dropped] = without_lines([*map(document, texts), asked], lines)
    assert kept[0].text == f"{words(5, 0)}\n{words(5, 50)}"
    assert kept[-1] == asked
    assert dropped.reason == "boilerplate only"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ada.l+x@mail.example.org", "email"),
        ("+44 20 7946 0958", "phone"),
        ("(030) 1234 5678", "phone"),
        ("card 4111 1111 1111 1111 ok", "card"),
        ("5500-0000-0000-0004", "card"),
        ("GB82 WEST 1234 5698 7654 32", "iban"),
        ("DE89370400440532013000", "iban"),
        ("from 192.168.0.1.", "ip"),
    ],
)
def test_personal_data_is_found_by_its_form(text: str, kind: str) -> None:
    found, masked = personal(text)
    assert found == {kind: 1}
    assert f"<{kind.upper()}>" in masked


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112", "GB82 WEST 1234 5698 7654 33", "999.1.1.300", "version 1.2.3.4.5",
        "in 1990 and (2014) 12 of 3,400,000 people", "0000 0000 0000 0000", "a@b", "pages 10-12",
    ],
)  # fmt: skip
def test_what_has_the_wrong_digits_or_form_is_no_personal_data(text: str) -> None:
    assert personal(text) == ({}, text)


def test_published_check_digits_are_right() -> None:
    # test numbers of the card networks, and the examples of the IBAN registry
    assert all(map(luhn, ("378282246310005", "6011111111111117", "3530111333300000")))
    assert all(map(iban, ("FR14 2004 1010 0505 0001 3M02 606", "NL91ABNA0417164300")))


def test_personal_data_is_flagged_and_masked_only_where_that_is_wanted() -> None:
    records = [document("Write to a@b.org or c@d.org."), document("Nothing.")]
    assert flag(records, mask=False) == (records, [{"email": 2}, {}])
    masked, _ = flag(records, mask=True)
    assert masked[0].text == "Write to <EMAIL> or <EMAIL>."


HELD = Held(
    (
        ("s/1", "Who sang it?"),
        ("s/2", "Where is the blue pump made?"),
        ("s/3", " ".join(f"x{n}" for n in range(20)) + "?"),
    ),
    13,
)


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (document("They asked: WHERE is the  blue pump, made in Tarn"), "s/2"),
        (document("x0 y " + " ".join(f"x{n}" for n in range(3, 16))), "s/3"),  # 13 in a row
        (document(" ".join(f"x{n}" for n in range(3, 15)) + " y"), ""),  # 12
        (document("Where is the red pump made?"), ""),
        (document("Nobody knows who sang it."), ""),  # too short to be looked for in documents
        (pair("who sang it"), "s/1"),
        (pair("Who sang it first?"), ""),
    ],
)
def test_a_test_question_is_found_by_its_words(record: Record, found: str) -> None:
    kept, dropped = without_held([record], HELD)
    assert [d.detail for d in dropped] == ([f"test question {found}"] if found else [])
    assert kept == ([] if found else [record])


class Letters:
    """Embeds a text as the counts of its letters."""

    signature, dimension = "letters", 26

    def embed(self, texts: Sequence[str]) -> Vectors:
        counts = np.array([[t.lower().count(chr(97 + n)) for n in range(26)] for t in texts])
        unit: Vectors = (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]


def test_a_test_question_in_other_words_is_found_by_its_meaning() -> None:
    records = [pair("Pump made blue where is the?"), pair("zzz?"), document("where is the")]
    vectors = Letters().embed([text for _, text in HELD.questions])
    kept, [dropped] = without_similar(records, HELD, vectors, Letters(), 0.9)
    assert kept == records[1:]
    assert dropped.detail == "test question s/2, cosine 1.00"


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("m") / "llama", "llama", chat=CHAT)


def test_documents_become_the_rows_that_training_makes(llama: Path) -> None:
    rendering = Rendering.of(str(llama))
    texts = [document("The pump is made in Tarn. " * n, f"d{n}", title="Pump") for n in (1, 3, 60)]
    made, dropped = pieces(texts, rendering, TEMPLATES["plain"], row_length(rendering, 512))
    examples = document_examples([Document(r.id, r.text, r.title) for r in texts])
    ours = [(p.ids.tolist(), p.labels.tolist()) for p in made]
    assert ours == [(list(r.ids), list(r.labels)) for r in rows(examples, rendering)[0]]
    assert not dropped
    assert max(len(p.ids) for p in made) == 256  # the window


def test_of_a_pair_the_answer_alone_is_learned_and_no_pair_is_cut(llama: Path) -> None:
    rendering = Rendering.of(str(llama))
    records = [pair("Where?"), pair("Why? " * 99, "So.", "long")]
    [made], [dropped] = pieces(records, rendering, TEMPLATES["plain"], 64)
    learned = made.ids[made.labels != IGNORED]
    assert rendering.decode(made.ids[made.labels == IGNORED]).startswith(
        "<|user|>Question: Where?\nAnswer:"
    )
    assert rendering.decode(learned) == "Tarn."
    assert learned[-1] == rendering.tokenizer.eos_token_id
    assert (dropped.record.id, dropped.reason) == ("long", "longer than a row")


def test_packing_fills_rows_and_learns_no_first_token_from_another_document() -> None:
    made = [Piece(np.arange(n, dtype=np.int32), np.arange(n, dtype=np.int32), f"{n}", "")
            for n in (3, 4, 5, 2)]  # fmt: skip
    assert [[p.document_id for p in row] for row in packed(made, 8)] == [["3", "4"], ["5", "2"]]
    labels = np.concatenate(list(labels_in(made[:2])))
    assert labels.tolist() == [0, 1, 2, IGNORED, 1, 2, 3]
    assert made[1].labels[0] == 0  # the piece itself is left as it was


def test_documents_leak_through_the_convolutions_of_lfm2_and_not_through_attention(
    llama: Path, tmp_path: Path
) -> None:
    lfm2 = make_model(tmp_path / "lfm2", "lfm2")
    assert not leaks(str(llama))
    assert leaks(str(lfm2))
    check_packing(str(llama))
    with pytest.raises(ModelError, match="Lfm2ForCausalLM lets a document leak"):
        check_packing(str(lfm2))


def test_a_model_with_a_decoder_of_its_own_has_no_token_sequences(tmp_path: Path) -> None:
    rendering = Rendering.of(str(make_model(tmp_path / "t5", "t5")))
    with pytest.raises(ModelError, match="name a causal model"):
        row_length(rendering, 64)


def test_a_split_takes_its_share_of_documents_and_pairs_follow_their_document() -> None:
    splits = [split_of(f"d{n}", 0.2) for n in range(5_000)]
    assert splits.count("dev") == pytest.approx(1_000, abs=4 * (5_000 * 0.2 * 0.8) ** 0.5)
    about = replace(pair("Where?"), document="d7")
    assert split_of(about.document, 0.2) == splits[7]
