"""docs/telephony-scripts.md is what the code says."""

from tests.domain.words.golden import GOLDEN, document


def test_the_published_scripts_are_the_ones_in_use() -> None:
    assert GOLDEN.read_text(encoding="utf-8") == document(), "run `python -m tests.domain.words.golden`"
