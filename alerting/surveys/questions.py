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
        "En conjunto, ¿qué le parece nuestro servicio?",
        "All in all, what do you think of our service?",
    ),
    Question(
        "response",
        "¿Respondemos con la rapidez que necesita?",
        "Do we answer as quickly as you need?",
    ),
    Question(
        "resolution",
        "¿Resolvemos bien lo que nos plantea?",
        "Do we solve well what you bring to us?",
    ),
    Question(
        "information",
        "¿Le mantenemos informado de cada paso?",
        "Do we keep you informed of every step?",
    ),
    Question(
        "contingency",
        "¿Confía en que estaremos ahí cuando active un plan de contingencia?",
        "Do you trust that we will be there when you activate a contingency plan?",
    ),
)

SCALE: Mapping[int, Mapping[str, str]] = {
    5: {"es": "mucho, muy bien", "en": "very much, very well"},
    4: {"es": "bastante", "en": "mostly"},
    3: {"es": "regular", "en": "so-so"},
    2: {"es": "poco", "en": "little"},
    1: {"es": "nada, muy mal", "en": "not at all, very badly"},
}
