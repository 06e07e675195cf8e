import pytest

from harness import registry
from harness.errors import ConfigError, UnknownName


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, table in registry.BUILT_IN.items() for name in table]
)
def test_every_built_in_name_leads_to_something_that_can_be_called(
    kind: registry.Kind, name: str
) -> None:
    assert callable(registry.resolve(kind, name))


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="no retriever is called 'bm52'; did you mean 'bm25'"):
        registry.create("retriever", "bm52", {})


def test_an_unknown_option_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="'recursive' has no option 'token'; did you mean"):
        registry.create("chunker", "recursive", {"token": 3})


def test_plug_ins_nest() -> None:
    one = registry.create("retriever", "bm25", {})
    fusion = registry.create("retriever", "rrf", {"of": ["bm25", {"type": "bm25", "k1": 1.2}]})
    assert one.signature in fusion.signature
    assert "1.2" in fusion.signature
