"""Servers that do not answer or say no, packages that are absent: one clear line each."""

import json
import re
import sys
from pathlib import Path

import pytest

from harness import registry
from harness.built_in import BUILT_IN
from harness.errors import ArtefactError, ConfigError, HarnessError, MissingExtra, StorageError
from harness.stores.description import FILE
from tests.stores.conftest import NEEDS, SERVED, Make, Servers, free_port
from tests.stores.vectors import topics

NOWHERE = {
    "chroma-server": {"url": "http://127.0.0.1:{port}"},
    "qdrant-server": {"url": "http://127.0.0.1:{port}"},
    "pgvector-hnsw": {"url": "postgresql://user:hidden@127.0.0.1:{port}/passages"},
    "weaviate": {"url": "http://127.0.0.1:{port}"},
    "pinecone": {"url": "http://127.0.0.1:{port}"},
}


@pytest.mark.parametrize("name", SERVED)
def test_a_store_that_cannot_be_reached_is_one_line(make: Make, name: str) -> None:
    address = {key: text.format(port=free_port()) for key, text in NOWHERE[name].items()}
    store = make(name, **address)
    with pytest.raises(StorageError) as error:
        store.create("passages_1", 4)
    said = str(error.value)
    assert re.match(rf"{name.partition('-')[0]} at (http://)?127\.0\.0\.1:\d+", said)
    assert "look at its address, and whether it runs" in said
    assert "\n" not in said
    assert "hidden" not in said


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("qdrant-server", "QDRANT_API_KEY"),
        ("weaviate", "WEAVIATE_API_KEY"),
        ("pinecone", "PINECONE_API_KEY"),
    ],
)
def test_a_wrong_key_is_one_line_that_does_not_show_it(
    make: Make, name: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make(name, 26)
    monkeypatch.setenv(variable, "not-the-right-key")
    with pytest.raises(StorageError, match="look at its credentials") as error:
        store.create("passages_1", 26)
    assert "\n" not in str(error.value)
    assert "not-the-right-key" not in str(error.value)


def test_a_wrong_password_is_one_line_and_the_right_one_opens(
    make: Make, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    url = servers.options("pgvector-hnsw")["url"]
    make("pgvector-hnsw").create("by_the_owner", 4)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS writer")
        owner.execute("CREATE ROLE writer LOGIN PASSWORD 'the-right-one'")
        [rules] = owner.execute("SHOW hba_file").fetchone() or [""]
        Path(rules).write_text(f"local all writer scram-sha-256\n{Path(rules).read_text()}")
        owner.execute("SELECT pg_reload_conf()")
        store = make("pgvector-hnsw", url=url.replace("//postgres:", "//writer:"))
        monkeypatch.setenv("PGPASSWORD", "not-this-one")
        with pytest.raises(StorageError, match=r"password.*look at its credentials") as error:
            store.create("passages_1", 4)
        assert "\n" not in str(error.value)
        assert "not-this-one" not in str(error.value)
        monkeypatch.setenv("PGPASSWORD", "the-right-one")
        with pytest.raises(StorageError, match=r"permission denied.*look at its credentials"):
            store.create("passages_1", 4)
        owner.execute("GRANT CREATE ON SCHEMA public TO writer")
        store.create("passages_1", 4)
        store.close()
        owner.execute("DROP OWNED BY writer")
        owner.execute("DROP ROLE writer")


def test_a_key_that_is_needed_and_not_set_is_named(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make("pinecone", 26, api_key_env="MY_PINECONE_KEY")
    monkeypatch.delenv("MY_PINECONE_KEY", raising=False)
    with pytest.raises(ConfigError, match="environment variable MY_PINECONE_KEY is not set"):
        store.create("passages_1", 26)


def test_an_index_of_pinecone_that_does_not_fit_is_named(make: Make) -> None:
    with pytest.raises(ArtefactError, match="vectors of 26 numbers; wanted are dotproduct and 32"):
        make("pinecone", 26).create("passages_1", 32, "letters")
    with pytest.raises(StorageError, match="no index is called 'other'; make one with the metric"):
        make("pinecone", 26, index="other").create("passages_1", 26)


@pytest.mark.parametrize("name", SERVED)
def test_a_collection_of_another_embedder_or_gone_is_named(
    make: Make, name: str, tmp_path: Path
) -> None:
    store = make(name)
    store.create("of_letters", 32, "letters")
    store.add(["a", "b"], topics(2, 32))
    store.save(tmp_path)
    path = tmp_path / FILE
    saved = json.loads(path.read_text())
    path.write_text(json.dumps({**saved, "embedder": "words"}))
    with pytest.raises(ArtefactError, match=r"32 numbers by 'letters', wanted are 32 by 'words'"):
        make(name).load(tmp_path)
    path.write_text(json.dumps({**saved, "name": "gone_away"}))
    with pytest.raises(ArtefactError, match="has no collection gone_away; delete the folder"):
        make(name).load(tmp_path)
    store.upsert(["a"], topics(1, 32))
    path.write_text(json.dumps(saved))
    with pytest.raises(ArtefactError, match="collection of_letters is half-written"):
        make(name).load(tmp_path)


@pytest.mark.parametrize("name", ["chroma", "qdrant", "lancedb"])
def test_files_that_are_damaged_are_named(make: Make, name: str, tmp_path: Path) -> None:
    store = make(name)
    store.create("passages_1", 32)
    store.add(["a", "b"], topics(2, 32))
    store.save(tmp_path)
    store.close()
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            path.write_bytes(b"torn")
    with pytest.raises(ArtefactError, match="delete the folder to have the index made again"):
        make(name).load(tmp_path)


@pytest.mark.parametrize("name", NEEDS)
def test_an_absent_package_is_named_with_the_extra_that_has_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = NEEDS[name][0]
    module = BUILT_IN["store"][name].partition(":")[0]
    monkeypatch.delitem(sys.modules, module, raising=False)
    for loaded in [m for m in sys.modules if m == package or m.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=re.escape(f'pip install -e ".[{name}]"')):
        registry.resolve("store", name)


@pytest.mark.parametrize("url", ["localhost:8080", "", "ftp://somewhere"])
def test_an_address_that_is_none_is_named(make: Make, url: str) -> None:
    with pytest.raises(ConfigError, match=r"'weaviate': url: .* is no http address"):
        make("weaviate", url=url).create("passages_1", 4)


def test_options_of_stores_are_checked() -> None:
    with pytest.raises(HarnessError, match=r"'faiss': index: Input should be 'flat', 'hnsw'"):
        registry.check("store", "faiss", {"index": "hnws"})
    with pytest.raises(HarnessError, match="'faiss': links: Input should be greater"):
        registry.check("store", "faiss", {"links": 0})
    with pytest.raises(HarnessError, match="'pgvector': missing a required argument: 'url'"):
        registry.check("store", "pgvector", {})


def test_vectors_that_cannot_be_cut_into_pieces_are_named(make: Make) -> None:
    store = make("faiss-ivf-pq", pieces=5)
    store.create("passages_1", 32)
    with pytest.raises(ConfigError, match="vectors of 32 numbers cannot be cut into 5 equal"):
        store.add([str(n) for n in range(1200)], topics(1200, 32))
