"""The second pass over a block: out with duplicates and boilerplate, then token sequences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from harness import registry
from harness.generation.rendering import Rendering
from harness.pipeline.boilerplate import without_lines
from harness.pipeline.cleaning import name, read_cleaned, write_counts, write_dropped
from harness.pipeline.contamination import Held, embedded, without_similar
from harness.pipeline.deciding import read_decided, read_lines
from harness.pipeline.language import in_languages
from harness.pipeline.personal import flag
from harness.pipeline.record import Dropped, Outcome, Record
from harness.pipeline.sequences import Piece, alone, labels_in, packed, pieces, row_length
from harness.pipeline.settings import Settings, prompt_of
from harness.pipeline.splitting import SPLITS, split_of
from harness.pipeline.tables import SHARD, lists, write
from harness.pipeline.tally import Tally
from harness.protocols import Embedder, Vectors
from harness.text.prompt import Prompt

Personal = dict[tuple[str, str], list[str]]
"""Id and digest of a record to the kinds of personal data in it."""


@dataclass(frozen=True)
class Finishing:
    """Makes of a cleaned block its shards, one for each split that has rows."""

    folder: Path
    """The working folder."""
    shards: Path
    settings: Settings
    held: Held

    @cached_property
    def _rendering(self) -> Rendering:
        return Rendering.of(self.settings.tokenizer, self.settings.template_options)

    @cached_property
    def _prompt(self) -> Prompt:
        return prompt_of(self.settings)

    @cached_property
    def _lines(self) -> frozenset[int]:
        return read_lines(self.folder)

    @cached_property
    def _embedder(self) -> Embedder:
        found: Embedder = registry.create("embedder", self.settings.embedder, {}, "embedder")
        return found

    @cached_property
    def _vectors(self) -> Vectors:
        return embedded(self.held, self._embedder)

    def __call__(self, number: int) -> int:
        """Finish one block; return its number."""
        settings, tally = self.settings, Tally()
        records = read_cleaned(self.folder / "cleaned" / name(number))
        records = self._deduplicated(records, number, tally)
        records = tally.through("boilerplate", records, partial(without_lines, lines=self._lines))
        if settings.languages:
            records = tally.through(
                "language", records, partial(in_languages, wanted=settings.languages)
            )
        if settings.similarity is not None and self.held.questions:
            records = tally.through("test questions, by meaning", records, self._dissimilar)
        start = perf_counter()
        records, flags = flag(records, mask=settings.mask_personal)
        tally.add("personal data", records, [], perf_counter() - start)
        for found in flags:
            tally.personal.update(found.keys())
        self._write_shards(records, flags, number, tally)
        write_dropped(self.folder / "dropped-2" / name(number), tally.dropped)
        write_counts(self.folder / "counts-2" / name(number, "json"), tally)
        return number

    def _deduplicated(self, records: list[Record], number: int, tally: Tally) -> list[Record]:
        kept: list[Record] = []
        equal: list[Dropped] = []
        near: list[Dropped] = []
        for record, (original, share) in zip(
            records, read_decided(self.folder, number), strict=True
        ):
            if original is None:
                kept.append(record)
            elif share >= 1:
                equal.append(Dropped(record, "duplicate", f"of {original}"))
            else:
                detail = f"of {original}, similarity {share:.2f}"
                near.append(Dropped(record, "near duplicate", detail))
        gone = {id(row.record) for row in equal}
        tally.add("equal", records, equal, 0.0)
        tally.add("near", [r for r in records if id(r) not in gone], near, 0.0)
        return kept

    def _dissimilar(self, records: list[Record]) -> Outcome:
        threshold = self.settings.similarity
        assert threshold is not None
        return without_similar(records, self.held, self._vectors, self._embedder, threshold)

    def _write_shards(
        self,
        records: Sequence[Record],
        flags: Sequence[dict[str, int]],
        number: int,
        tally: Tally,
    ) -> None:
        start = perf_counter()
        length = row_length(self._rendering, self.settings.length)
        personal = {
            (r.id, r.source_sha256): sorted(found) for r, found in zip(records, flags, strict=True)
        }
        dropped: list[Dropped] = []
        tokens = 0
        for split in SPLITS:
            share = self.settings.dev_share
            mine = [r for r in records if split_of(r.document, share) == split]
            made, too_long = pieces(mine, self._rendering, self._prompt, length)
            dropped += too_long
            rows = list(packed(made, length) if self.settings.pack else alone(made))
            tokens += sum(len(piece.ids) for piece in made)
            if rows:
                write(self.shards / f"{split}-{name(number)}", _shard(rows, personal))
        tally.add("tokens", records, dropped, perf_counter() - start, tokens)


def _shard(rows: Sequence[Sequence[Piece]], personal: Personal) -> Any:
    """Return the table of a shard: a line for each row, columns as in `tables.SHARD`."""
    parts = [piece for row in rows for piece in row]
    tokens = [sum(len(piece.ids) for piece in row) for row in rows]
    documents = [len(row) for row in rows]
    kinds = [
        sorted({k for piece in row for k in personal[piece.document_id, piece.source_sha256]})
        for row in rows
    ]
    return pa.Table.from_arrays(
        [
            lists(tokens, np.concatenate([piece.ids for piece in parts])),
            lists(tokens, np.concatenate([part for row in rows for part in labels_in(row)])),
            lists(documents, [piece.document_id for piece in parts]),
            lists(documents, np.array([len(piece.ids) for piece in parts], np.int32)),
            lists(documents, [piece.source_sha256 for piece in parts]),
            lists([len(found) for found in kinds], [kind for found in kinds for kind in found]),
        ],
        schema=SHARD,
    )
