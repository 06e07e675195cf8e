"""What every store does, the same for all of them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from harness.errors import ArtefactError, ConfigError, DataError
from harness.protocols import Vectors, VectorStore
from harness.stores.numpy_store import NumpyStore
from tests.stores.conftest import APPROXIMATE, STORES, Make, Servers, closing
from tests.stores.vectors import ids, metadata, topics

N, DIMENSION = 1500, 32
Found = list[list[tuple[str, float]]]

every_store = pytest.mark.parametrize("name", STORES)


def fill(store: VectorStore, n: int = N, name: str = "passages_1") -> VectorStore:
    store.create(name, DIMENSION, "letters")
    if n:
        store.add(ids(n), topics(n, DIMENSION), metadata(n))
    return store


@pytest.fixture(scope="module")
def reference() -> VectorStore:
    return fill(NumpyStore())


@pytest.fixture(scope="module")
def queries() -> Vectors:
    return topics(20, DIMENSION, seed=1)


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, servers: Servers) -> Iterator[VectorStore]:
    """A store with all vectors, for tests that only read."""
    from harness import registry

    options = dict(servers.options(request.param, DIMENSION))
    with closing() as made:
        made.append(registry.create("store", options.pop("type"), options))
        yield fill(made[0], name="read_only")


reads_every_store = pytest.mark.parametrize("filled", STORES, indirect=True)


def recall(found: Found, expected: Found) -> float:
    shares = [
        len({id for id, _ in row} & {id for id, _ in wanted}) / len(wanted)
        for row, wanted in zip(found, expected, strict=True)
    ]
    return float(np.mean(shares))


def assert_agrees(found: Found, expected: Found, exact: bool) -> None:
    """Hold what was found against the exact ranking, ids and scores."""
    assert [len(row) for row in found] == [len(row) for row in expected]
    assert recall(found, expected) >= (1.0 if exact else 0.95)
    for row, wanted in zip(found, expected, strict=True):
        scores = dict(wanted)
        assert [score for _, score in row] == sorted((score for _, score in row), reverse=True)
        for id, score in row:
            if id in scores:
                assert score == pytest.approx(scores[id], abs=2e-6)


@reads_every_store
def test_a_search_finds_what_numpy_finds_with_the_same_scores(
    filled: VectorStore, reference: VectorStore, queries: Vectors, request: pytest.FixtureRequest
) -> None:
    exact = request.node.callspec.params["filled"] not in APPROXIMATE
    for k in (1, 10, 50):
        assert_agrees(filled.search(queries, k), reference.search(queries, k), exact)
    assert filled.count == N


@reads_every_store
def test_a_search_deeper_than_the_collection_returns_all_of_it(
    filled: VectorStore, queries: Vectors, request: pytest.FixtureRequest
) -> None:
    [row] = filled.search(queries[:1], 2 * N)
    share = 0.2 if request.node.callspec.params["filled"] in APPROXIMATE else 1.0
    assert share * N <= len({id for id, _ in row}) == len(row) <= N


@reads_every_store
def test_a_filter_leaves_only_what_has_it(
    filled: VectorStore, reference: VectorStore, queries: Vectors, request: pytest.FixtureRequest
) -> None:
    exact = request.node.callspec.params["filled"] not in APPROXIMATE
    for where in ({"part": "3"}, {"part": "3", 'a.b "c"=': "z"}, {'a.b "c"=': "x = y"}):
        found = filled.search(queries, 10, where)
        assert_agrees(found, reference.search(queries, 10, where), exact)
        having = {id for id, row in zip(ids(N), metadata(N), strict=True) if row | where == row}
        assert {id for row in found for id, _ in row} <= having
    assert filled.search(queries, 3, {"part": "none has this"}) == [[] for _ in queries]


@reads_every_store
def test_readers_at_the_same_time_find_what_one_finds(
    filled: VectorStore, queries: Vectors
) -> None:
    alone = filled.search(queries, 5)
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda query: filled.search(query[None], 5), [*queries] * 3))
    for [row], wanted in zip(together, alone * 3, strict=True):
        assert [id for id, _ in row] == [id for id, _ in wanted]
        # a product in company may differ in its last digit
        assert [s for _, s in row] == pytest.approx([s for _, s in wanted], abs=2e-6)


@reads_every_store
def test_what_cannot_be_asked_for_is_named(filled: VectorStore, queries: Vectors) -> None:
    with pytest.raises(ConfigError, match="k=0 results"):
        filled.search(queries, 0)
    with pytest.raises(ConfigError, match="no stored vector has a metadata field 'prat'; did you"):
        filled.search(queries, 1, {"prat": "1"})
    with pytest.raises(ArtefactError, match="32 numbers by letters, these have 31"):
        filled.search(queries[:, 1:], 1)
    with pytest.raises(DataError, match="query 1 has a number that is not finite"):
        filled.search(np.where(np.arange(20)[:, None] == 1, np.nan, queries), 1)
    assert filled.search(queries[:0], 1) == []


@reads_every_store
def test_what_cannot_be_stored_is_named_and_nothing_is_lost(
    filled: VectorStore, queries: Vectors
) -> None:
    three = topics(3, DIMENSION, seed=2)
    bad = three.copy()
    bad[2, 5] = np.inf
    with pytest.raises(DataError, match=r"the id \"häuser/'00004':0-4\" comes twice"):
        filled.add(["new", ids(5)[4]], three[:2])
    for write in (filled.add, filled.upsert):
        with pytest.raises(DataError, match="the id 'b' comes twice"):
            write(["a", "b", "b"], three)
        with pytest.raises(DataError, match="the vector of 'c' has a number that is not finite"):
            write(["a", "b", "c"], bad)
        with pytest.raises(DataError, match="2 ids came with 3 vectors"):
            write(["a", "b"], three)
        with pytest.raises(DataError, match="3 ids came with 1 rows of metadata"):
            write(["a", "b", "c"], three, [{}])
        with pytest.raises(ArtefactError, match="32 numbers by letters, these have 30"):
            write(["a", "b", "c"], three[:, 2:])
    with pytest.raises(DataError, match="no vector has the id 'unknown'"):
        filled.delete([ids(1)[0], "unknown"])
    with pytest.raises(DataError, match="comes twice"):
        filled.delete([ids(1)[0]] * 2)
    assert filled.count == N
    assert filled.search(topics(N, DIMENSION)[:1], 1) == [[(ids(1)[0], 1.0)]]


@every_store
def test_an_empty_collection_finds_nothing(make: Make, name: str, queries: Vectors) -> None:
    store = fill(make(name), n=0, name="empty")
    assert store.search(queries, 5) == [[] for _ in queries]
    assert store.count == 0
    store.add([], queries[:0])
    store.delete([])
    with pytest.raises(DataError, match="no vector has the id 'a'"):
        store.delete(["a"])
    store.add(["a"], queries[:1])
    store.delete(["a"])
    assert store.search(queries, 5) == [[] for _ in queries]


@every_store
def test_equal_vectors_rank_by_id(make: Make, name: str) -> None:
    store = fill(make(name), n=0, name="ties")
    same, other = topics(2, DIMENSION)
    names = [f"id{n:02}" for n in np.random.default_rng(0).permutation(60)]
    store.add([*names, "zz"], np.stack([same] * 60 + [other]))
    assert [id for id, _ in store.search(same[None], 7)[0]] == sorted(names)[:7]
    assert [id for id, _ in store.search(same[None], 61)[0]] == [*sorted(names), "zz"]


@every_store
def test_an_update_takes_the_place_of_what_was_there(make: Make, name: str) -> None:
    store = fill(make(name), name="updated")
    there, vectors = ids(N), topics(N, DIMENSION)
    new = topics(4, DIMENSION, seed=5)
    store.upsert([*there[:3], "new"], new, [{"part": "changed"}] * 4)
    assert store.count == N + 1
    for id, vector in zip([*there[:3], "new"], new, strict=True):
        assert store.search(vector[None], 1) == [[(id, 1.0)]]
        assert store.search(vector[None], 1, {"part": "changed"}) == [[(id, 1.0)]]
    for query in vectors[:3]:
        assert store.search(query[None], 1)[0][0][1] < 1.0
    [row] = store.search(new[:1], N, {"part": "changed"})
    assert {id for id, _ in row} == {*there[:3], "new"}
    [row] = store.search(new[:1], N, {'a.b "c"=': "z"})
    assert not {*there[:3], "new"} & {id for id, _ in row}


@every_store
def test_what_is_deleted_is_never_found_again(make: Make, name: str) -> None:
    store = fill(make(name), name="deleted")
    there, vectors = ids(N), topics(N, DIMENSION)
    gone = there[::3]
    store.delete(gone)
    assert store.count == N - len(gone)
    found = store.search(vectors[:30], 20)
    assert not {id for row in found for id, _ in row} & set(gone)
    reference = fill(NumpyStore())
    reference.delete(gone)
    assert_agrees(found, reference.search(vectors[:30], 20), exact=name not in APPROXIMATE)
    store.add(gone[:1], vectors[:1])
    assert store.search(vectors[:1], 1) == [[(gone[0], 1.0)]]


@every_store
def test_a_saved_collection_is_read_back_where_it_was_moved(
    make: Make, name: str, tmp_path: Path, queries: Vectors
) -> None:
    store = fill(make(name), n=200, name="saved")
    store.delete(ids(200)[:2])
    (tmp_path / "part").mkdir()
    store.save(tmp_path / "part")
    expected = store.search(queries, 10), store.search(queries, 5, {"part": "4"})
    (tmp_path / "part").rename(tmp_path / "whole")
    assert (store.search(queries, 10), store.search(queries, 5, {"part": "4"})) == expected
    store.close()
    with pytest.raises(ArtefactError, match="no collection is open"):
        store.search(queries, 1)
    for again in (store, make(name)):
        again.load(tmp_path / "whole")
        assert again.count == 198
        assert (again.search(queries, 10), again.search(queries, 5, {"part": "4"})) == expected
        again.close()
    again = make(name)
    again.load(tmp_path / "whole")
    again.upsert(["new"], queries[:1], [{"part": "4"}])
    again.save(tmp_path / "whole")
    third = make(name)
    third.load(tmp_path / "whole")
    assert third.count == 199
    assert third.search(queries[:1], 1) == [[("new", 1.0)]]


@every_store
def test_an_empty_collection_can_be_saved(make: Make, name: str, tmp_path: Path) -> None:
    fill(make(name), n=0, name="saved_empty").save(tmp_path)
    again = make(name)
    again.load(tmp_path)
    assert again.search(topics(1, DIMENSION), 3) == [[]]
    again.add(["a"], topics(1, DIMENSION))
    assert again.search(topics(1, DIMENSION), 3) == [[("a", 1.0)]]


@every_store
def test_what_is_not_whole_is_never_searched(make: Make, name: str, tmp_path: Path) -> None:
    store = fill(make(name), n=20, name="torn")
    with pytest.raises(ArtefactError, match=r"no readable collection.json .*delete the folder"):
        make(name).load(tmp_path)
    store.save(tmp_path)
    path = tmp_path / "collection.json"
    whole = path.read_text()
    path.write_text(whole[:20])
    with pytest.raises(ArtefactError, match=r"no readable collection\.json"):
        make(name).load(tmp_path)
    path.write_text(json.dumps({**json.loads(whole), "count": 21}))
    with pytest.raises(ArtefactError, match=r"20 vectors of 21|vectors, 20 ids"):
        make(name).load(tmp_path)
    path.write_text(json.dumps({**json.loads(whole), "store": "another"}))
    with pytest.raises(ArtefactError, match="stored by another, not by"):
        make(name).load(tmp_path)


@every_store
def test_a_collection_begun_again_holds_nothing_of_the_old_one(make: Make, name: str) -> None:
    fill(make(name), n=20, name="again")
    store = fill(make(name), n=0, name="again")
    assert store.count == 0
    store.add(ids(1), topics(1, DIMENSION))
    assert [id for id, _ in store.search(topics(1, DIMENSION), 5)[0]] == ids(1)


OTHER_PROCESS = """
import json, sys
from pathlib import Path
from harness import registry
from tests.stores.vectors import topics
options = json.loads(sys.argv[1])
store = registry.create("store", options.pop("type"), options)
store.load(Path(sys.argv[2]))
print(json.dumps(store.search(topics(20, 32, seed=1), 5)))
store.close()
"""
QUICK = ("numpy", "lancedb", "pgvector-hnsw")


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in STORES],
)
def test_another_process_reads_the_same(
    make: Make, name: str, tmp_path: Path, queries: Vectors, servers: Servers
) -> None:
    store = fill(make(name), n=100, name="shared")
    store.save(tmp_path)
    options = json.dumps(servers.options(name, DIMENSION))
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROCESS, options, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    read = [[(id, score) for id, score in row] for row in json.loads(done.stdout)]
    assert read == store.search(queries, 5)


LARGE = 10_000
SLOW = {"chroma", "chroma-server", "pinecone", "qdrant", "qdrant-server", "faiss-ivf-pq"}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in STORES],
)
def test_ten_thousand_vectors_are_found(make: Make, name: str, tmp_path: Path) -> None:
    dimension = 64
    vectors, asked = topics(LARGE, dimension), topics(50, dimension, seed=3)
    reference = NumpyStore()
    store = make(name, dimension)
    for one in (reference, store):
        one.create("large", dimension)
        one.add(ids(LARGE), vectors, metadata(LARGE))
    store.save(tmp_path)
    exact = name not in APPROXIMATE | {"pgvector-hnsw"}
    assert_agrees(store.search(asked, 10), reference.search(asked, 10), exact)
    where = {"part": "3", 'a.b "c"=': "z"}
    assert_agrees(store.search(asked, 10, where), reference.search(asked, 10, where), exact)


@pytest.mark.parametrize("name", ["numpy", *(name for name in STORES if name.startswith("faiss"))])
def test_many_changes_leave_what_one_addition_would(
    make: Make, name: str, tmp_path: Path, queries: Vectors
) -> None:
    there, vectors, rows = ids(9000), topics(9000, DIMENSION), metadata(9000)
    store = make(name)
    store.create("grown", DIMENSION)
    for start in range(0, 9000, 1500):  # grows to six times what the first index was made for
        part = slice(start, start + 1500)
        store.add(there[part], vectors[part], rows[part])
    store.delete(there[:3000])  # more than a quarter: the dead rows are left out
    store.upsert(there[3000:3500], vectors[3000:3500], rows[3000:3500])  # fewer: they stay
    store.save(tmp_path)
    again = make(name)
    again.load(tmp_path)
    fresh = make("numpy")
    fresh.create("fresh", DIMENSION)
    fresh.add(there[3000:], vectors[3000:], rows[3000:])
    exact = name not in APPROXIMATE
    for one in (store, again):
        assert one.count == 6000
        assert_agrees(one.search(queries, 10), fresh.search(queries, 10), exact)
        for where in ({"part": "3", 'a.b "c"=': "z"}, {'a.b "c"=': "x = y"}):
            assert_agrees(one.search(queries, 10, where), fresh.search(queries, 10, where), exact)
