"""Vectors in PostgreSQL with the extension pgvector."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Literal, LiteralString

import psycopg
from pgvector import Vector
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.types.json import Jsonb

from harness.errors import StorageError
from harness.protocols import Vectors
from harness.stores.collection import Ranking
from harness.stores.kept import Kept, secret

_WIDEST = 2000
"""Numbers that a vector of pgvector's graph can have."""


class PgvectorStore(Kept):
    """A table of id, vector and metadata."""

    troubles = (psycopg.Error,)

    def __init__(
        self,
        url: str,
        index: Literal["flat", "hnsw"] = "hnsw",
        password_env: str = "PGPASSWORD",
        timeout_s: int = 30,
    ) -> None:
        """Remember where the vectors are.

        Args:
            url: Of a database, such as `postgresql://user@localhost:5432/name`. Its user must be
                allowed to make tables, and the extension, where the database does not have it.
            index: `hnsw` walks a graph with pgvector's own parameters; `flat` compares with
                everything.
            password_env: The environment variable with the password, where the URL has none.
            timeout_s: How long to wait for the server to take the connection.
        """
        super().__init__(url)
        self._index = index
        self._password_env = password_env
        self._timeout_s = timeout_s

    @property
    def signature(self) -> str:
        """The kind of index."""
        return f"pgvector {self._index}"

    def _connect(self, place: Path | None) -> Callable[[], object]:
        given: dict[str, Any] = {"connect_timeout": self._timeout_s, "autocommit": True}
        if password := secret(self._password_env):
            given["password"] = password
        connection = psycopg.connect(self._url, **given)
        try:
            connection.execute("SET client_min_messages = warning")
            if not connection.execute(
                "SELECT 1 FROM pg_extension WHERE extname = 'vector'"
            ).fetchone():
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            register_vector(connection)
            # rather more steps through the graph than a filter that leaves too few
            connection.execute("SET hnsw.iterative_scan = strict_order")
        except psycopg.Error as error:
            connection.close()
            said = " ".join(str(error).split())
            raise StorageError(
                f"{self._at}: {said}; it needs the extension pgvector 0.8 or later"
            ) from error
        self._connection = connection
        self._turn = Lock()  # threads share the connection, one search at a time
        return connection.close

    def _make(self) -> None:
        self._run("DROP TABLE IF EXISTS {table}")
        self._run(
            'CREATE TABLE {table} (id text COLLATE "C" PRIMARY KEY, '
            f"vector vector({self._description.dimension}) NOT NULL, meta jsonb NOT NULL)"
        )

    def _find(self) -> None:
        if self._run("SELECT to_regclass(%s)", [self._name]) == [(None,)]:
            raise LookupError(self._name)

    def _write(self, ids: list[str], vectors: Vectors, metadata: list[dict[str, str]]) -> None:
        copy = self._statement("COPY {table} (id, vector, meta) FROM STDIN WITH (FORMAT BINARY)")
        with self._trouble(), self._connection.transaction():
            self._run("DELETE FROM {table} WHERE id = ANY(%s)", [ids])
            with self._connection.cursor() as cursor, cursor.copy(copy) as rows:
                rows.set_types(["text", "vector", "jsonb"])
                for id, vector, meta in zip(ids, vectors, metadata, strict=True):
                    rows.write_row((id, Vector(vector), Jsonb(meta)))

    def _remove(self, ids: list[str]) -> None:
        with self._trouble():
            self._run("DELETE FROM {table} WHERE id = ANY(%s)", [ids])

    def _known(self, ids: list[str]) -> set[str]:
        with self._trouble():
            found = self._run("SELECT id FROM {table} WHERE id = ANY(%s)", [ids])
        return {str(id) for (id,) in found}

    def _nearest(self, vectors: Vectors, depth: int, where: dict[str, str]) -> list[Ranking]:
        test = "WHERE meta @> %s" if where else ""
        given = [Jsonb(where)] if where else []
        query = (
            "SELECT id, -(vector <#> %s) FROM {table} " + test + " ORDER BY vector <#> %s LIMIT %s"
        )
        found: list[Ranking] = []
        with self._turn, self._trouble(), self._connection.transaction():
            # the most that pgvector takes is 1000; the iterative scan goes on from there
            self._run(f"SET LOCAL hnsw.ef_search = {min(1000, max(128, 2 * depth))}")
            for vector in vectors:
                asked = Vector(vector)
                rows = self._run(query, [asked, *given, asked, depth])
                found.append([(str(id), float(score)) for id, score in rows])
        return found

    def _size(self) -> int:
        with self._trouble():
            [(count,)] = self._run("SELECT count(*) FROM {table}")
        return int(count)

    def _finish(self) -> None:
        if self._index == "hnsw" and self._description.dimension <= _WIDEST:
            # once everything is there, that is many times as fast as row by row
            self._run(
                "CREATE INDEX IF NOT EXISTS {index} ON {table} USING hnsw (vector vector_ip_ops)"
            )
        self._run("ANALYZE {table}")

    def _mark(self, text: str) -> None:
        self._connection.execute(
            sql.SQL("COMMENT ON TABLE {} IS {}").format(
                sql.Identifier(self._name), sql.Literal(text)
            )
        )

    def _marked(self) -> str:
        found = self._run("SELECT obj_description(to_regclass(%s), 'pg_class')", [self._name])
        return str(found[0][0] or "")

    @property
    def _name(self) -> str:
        return self._description.name

    def _statement(self, text: LiteralString) -> sql.Composed:
        named = {"table": sql.Identifier(self._name), "index": sql.Identifier(f"{self._name}_hnsw")}
        return sql.SQL(text).format(**named)

    def _run(self, text: LiteralString, given: list[Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(self._statement(text), given)
        return cursor.fetchall() if cursor.description else []

    def _refused(self, error: Exception) -> bool:
        words = str(error)
        return "authentication failed" in words or "password" in words or "permission" in words
