"""What the yearly survey asks, in both languages. The questions are fixed, so that one year can be compared with the
next; a new one gets a new id, and an id never changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCORES = (5, 4, 3, 2, 1)
COMMENT_LENGTH = 4000


@dataclass(frozen=True)
class Question:
    id: str
    es: str
    en: str

    def text(self, language: str) -> str:
        return self.en if language == "en" else self.es


QUESTIONS = (
    Question(
        "overall",
        "En conjunto, ¿cómo valora nuestro servicio?",
        "All in all, how do you rate our service?",
    ),
    Question(
        "response",
        "¿Cómo valora la rapidez con que respondemos?",
        "How do you rate how quickly we answer?",
    ),
    Question(
        "resolution",
        "¿Cómo valora la forma en que resolvemos lo que nos plantea?",
        "How do you rate how we solve what you bring to us?",
    ),
    Question(
        "information",
        "¿Cómo valora que le mantengamos informado de cada paso?",
        "How do you rate how we keep you informed of every step?",
    ),
    Question(
        "contingency",
        "¿Cómo valora la confianza que le damos para cuando active un plan de contingencia?",
        "How do you rate the trust that we give you for when you activate a contingency plan?",
    ),
)

SCALE: Mapping[int, Mapping[str, str]] = {
    5: {"es": "muy bien", "en": "very good"},
    4: {"es": "bien", "en": "good"},
    3: {"es": "regular", "en": "so-so"},
    2: {"es": "mal", "en": "bad"},
    1: {"es": "muy mal", "en": "very bad"},
}
