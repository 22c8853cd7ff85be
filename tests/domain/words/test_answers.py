"""What strangers are answered."""

from __future__ import annotations

import pytest

from alerting.notifications.answers import KINDS, TEMPLATES, answer
from alerting.notifications.wording import LANGUAGES, Language, from_facts, template_fields
from tests.domain.words.samples import PROVIDER


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_answer_has_its_text_in_every_language_and_fetches_nothing(kind: str) -> None:
    assert set(TEMPLATES) == set(KINDS)
    for language in LANGUAGES:
        made = answer(from_facts(KINDS, kind, {"in_reply_to": "<a@b>"}), language, PROVIDER)
        assert made.text.count("\n\n") == 2
        assert PROVIDER.name in made.subject
        assert "href" not in made.html
        assert "src=" not in made.html
        assert "<a@b>" not in made.text + made.html + made.subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_answer_says_anything_that_the_mail_said(language: Language) -> None:
    """A forged sender must not be sent somebody else's words."""
    assert not [name for texts in TEMPLATES.values() for text in texts[language] for name in template_fields(text)]
