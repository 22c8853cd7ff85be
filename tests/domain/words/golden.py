"""Write docs/telephony-scripts.md: every text message, spoken text and mail, in both languages.

python -m tests.domain.words.golden
"""

from collections.abc import Iterator
from pathlib import Path

from alerting.notifications import answers
from alerting.notifications.gsm7 import segments, septets
from alerting.notifications.line_words import line
from alerting.notifications.mails import mail
from alerting.notifications.messages import sms
from alerting.notifications.spoken import spoken
from alerting.notifications.wording import LANGUAGES
from tests.domain.words.samples import LINE, MAILS, PROVIDER, SMS, SPOKEN

GOLDEN = Path(__file__).resolve().parents[3] / "docs" / "telephony-scripts.md"

_INTRODUCTION = """\
# What Guardia writes and says

Made from the texts themselves by `python -m tests.domain.words.golden`; a test compares. The examples are one
night at Hotel Sol. Behind each text message: its length in GSM-7 septets, and its segments.

## Telephone keys

| key | does |
|---|---|
| 4 | accept the page |
| 5 | hand it to someone else (asked twice) |
| 7 | call the customer now (after accepting) |
| 9 | hear the details |
| * | repeat |

## Text message replies

`47A` acknowledges, `47E` escalates, `47C` says that the customer has been contacted, `?` lists the open pages, `AA`
acknowledges them all. With exactly one page open a word is enough: vale, ok, voy, sí, acepto, recibido; no, paso,
no puedo, escalar; contactado.
"""


def document() -> str:
    return "\n".join((_INTRODUCTION, *_messages(), *_speech(), *_line(), *_mails(), *_answers())).rstrip() + "\n"


def _messages() -> Iterator[str]:
    yield "## Text messages\n"
    for text in SMS:
        yield f"### {text.variant}\n"
        for language in LANGUAGES:
            said = sms(text, language, PROVIDER)
            yield f"- {language} ({septets(said)}, {segments(said)}): `{said}`"
        yield ""


def _speech() -> Iterator[str]:
    yield "## On the telephone\n"
    for text in SPOKEN:
        yield f"### {text.variant}\n"
        for language in LANGUAGES:
            yield f"- {language}: {spoken(text, language, PROVIDER)}"
        yield ""


def _line() -> Iterator[str]:
    yield "## To those who call us\n"
    for text in LINE:
        yield f"### {text.variant}\n"
        for language in LANGUAGES:
            yield f"- {language}: {line(text, language, PROVIDER)}"
        yield ""


def _mails() -> Iterator[str]:
    yield "## Mails to customers\n"
    for text in MAILS:
        yield f"### {text.variant}\n"
        for language in LANGUAGES:
            made = mail(text, language, PROVIDER)
            yield f"{language}: **{made.subject}**\n\n```text\n{made.text}```\n"


def _answers() -> Iterator[str]:
    yield "## Answers to mails of strangers\n"
    for kind, text in answers.KINDS.items():
        yield f"### {kind}\n"
        for language in LANGUAGES:
            made = answers.answer(text(), language, PROVIDER)
            yield f"{language}: **{made.subject}**\n\n```text\n{made.text}```\n"


if __name__ == "__main__":
    GOLDEN.write_text(document(), encoding="utf-8")
