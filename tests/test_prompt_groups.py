"""Prompts read in groups, and a cache that grows in place: the same sums as all at once."""

from pathlib import Path

import pytest
import torch
from transformers.cache_utils import DynamicCache, DynamicLayer

from harness.generation import joining
from harness.generation.decoding import decode
from harness.generation.load import load_model
from harness.generation.place import locate
from harness.generation.roomy import ROOM, RoomyLayer, give_room
from harness.types import Request
from tests.models import make_model


@pytest.mark.parametrize("model", ["pocket", "llama"])
def test_groups_write_what_all_prompts_at_once_write(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = locate("pocket") if model == "pocket" else make_model(tmp_path)
    loaded = load_model(place, torch.device("cpu"), "float32")
    torch.manual_seed(0)
    prompts = [torch.randint(5, 90, (n,)).tolist() for n in (3, 9, 9, 12, 20)]
    requests = [Request((), max_tokens=ROOM + 6 if n == 4 else 5) for n in range(5)]

    def written() -> list[list[int | None]]:
        return list(decode(loaded, prompts, requests, pad=0, ends={-1}))

    together = written()
    monkeypatch.setattr(joining, "READ_AT_ONCE", 45)  # two rows of twenty
    assert written() == together
    assert len(together) == ROOM + 6  # the cache ran out of room once


def test_a_layer_with_room_keeps_what_a_plain_one_keeps() -> None:
    torch.manual_seed(0)
    plain, roomy = DynamicCache(), DynamicCache()
    kept = {3: [0, 4, 2, 3], 4: [3, 1]}  # rows that stay in their place, and rows that move
    rows = 5
    for step, width in enumerate([7, 1, 1, 1, 1, ROOM + 3, 1]):
        if step in kept:
            rows = len(kept[step])
            for cache in (plain, roomy):
                cache.reorder_cache(torch.LongTensor(kept[step]))
        states = torch.randn(rows, 2, width, 8)
        for cache in (plain, roomy):
            cache.update(states, -states, 0)
        give_room(roomy)
    ours, theirs = roomy.layers[0], plain.layers[0]
    assert isinstance(ours, RoomyLayer)
    assert isinstance(theirs, DynamicLayer)
    torch.testing.assert_close(
        (ours.keys, ours.values), (theirs.keys, theirs.values), rtol=0, atol=0
    )


def test_only_plain_layers_can_be_joined() -> None:
    cache = DynamicCache()
    cache.update(torch.zeros(1, 1, 2, 4), torch.zeros(1, 1, 2, 4), 0)
    assert not joining.can_join(cache)
    give_room(cache)
    assert joining.can_join(cache)
    assert not joining.can_join(object())
