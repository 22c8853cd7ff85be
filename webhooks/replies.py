"""What an engineer's text message means: the grammar of replies, as a pure function of the message and of
the pages open on that phone.

Only the first line that is neither empty nor a quotation counts, so that a copy of our own message
("Responda 47A=acepto …") below an answer is no answer. A code or reference with its verb is clear even with
a signature behind it; a bare word counts only when every word of the line is known and all point the same
way, so that an auto-responder's sentence is never a yes.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

SHOWN = 20  # characters of a message that we say back; more would let anybody write through our sender


@dataclass(frozen=True)
class OpenPage:
    """A page that this phone may answer. `reference` is the seven digits, `code` the two of its message."""

    code: str
    reference: str
    customer: str = ""
    attempt_id: str = ""
    ticket_id: str = ""
    drill: bool = False


@dataclass(frozen=True)
class Acknowledge:
    page: OpenPage


@dataclass(frozen=True)
class Escalate:
    page: OpenPage


@dataclass(frozen=True)
class Contacted:
    page: OpenPage


@dataclass(frozen=True)
class AcknowledgeAll:
    pages: tuple[OpenPage, ...]


@dataclass(frozen=True)
class ListPages:
    pages: tuple[OpenPage, ...]


@dataclass(frozen=True)
class Ambiguous:
    """A bare word, or several codes, while more than one page is open: the answer lists them."""

    pages: tuple[OpenPage, ...]


@dataclass(frozen=True)
class NothingOpen:
    pass


@dataclass(frozen=True)
class NotUnderstood:
    shown: str


@dataclass(frozen=True)
class CodeUnknown:
    """A code or reference that belongs to no page open on this phone; counted against guessing."""

    code: str


@dataclass(frozen=True)
class NotAvailable:
    """Key 6: it resolves elsewhere in the field, and here a telephone closes nothing."""


@dataclass(frozen=True)
class OptOut:
    pass


@dataclass(frozen=True)
class OptIn:
    pass


Reply = (
    Acknowledge
    | Escalate
    | Contacted
    | AcknowledgeAll
    | ListPages
    | Ambiguous
    | NothingOpen
    | NotUnderstood
    | CodeUnknown
    | NotAvailable
    | OptOut
    | OptIn
)


class Verb(Enum):
    ACKNOWLEDGE = auto()
    ESCALATE = auto()
    CONTACTED = auto()
    ALL = auto()
    LIST = auto()
    NOT_AVAILABLE = auto()


def _meaning(words: str, verb: Verb) -> dict[str, Verb]:
    return dict.fromkeys(words.split(), verb)


# Twilio's own words, single and whole: the carrier acts on them whatever we do, so none may be a verb here.
# https://help.twilio.com/articles/223134027 ; BAJA and ALTA are the Spanish custom.
OPT_OUT = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "baja"},
)
OPT_IN = frozenset({"start", "yes", "unstop", "alta"})

VERBS: dict[str, Verb] = {
    **_meaning("4 a ack acknowledge acknowledged acepto aceptar aceptado accept accepted", Verb.ACKNOWLEDGE),
    **_meaning("ok okay oki vale voy si recibido deacuerdo", Verb.ACKNOWLEDGE),
    **_meaning("5 e escalar escala escalo escalate no paso pass nopuedo", Verb.ESCALATE),
    **_meaning("c contactado contacted", Verb.CONTACTED),
    **_meaning("aa todos all", Verb.ALL),
    **_meaning("estado status lista list", Verb.LIST),
    **_meaning("6", Verb.NOT_AVAILABLE),
}
# Words that say nothing, in a line where every word must be known.
_POLITE = frozenset({"gracias", "thanks", "thank", "you", "please", "yo", "i", "lo", "ya", "hola", "el", "aviso"})
# Recognised before punctuation goes: "no voy" is a no, "no, voy" is not clear.
_PHRASES = (
    (re.compile(r"\b(?:no puedo|no voy|can ?not|cant)\b"), "nopuedo"),
    (re.compile(r"\bde acuerdo\b"), "deacuerdo"),
)
_TARGET = re.compile(r"(?P<number>\d{7}|\d{2})(?P<rest>[a-z]*)")
_SENT_FROM = re.compile(r"\s*\b(enviado desde|sent from|get outlook|obtener outlook)\b.*", re.IGNORECASE)
_SIGNED = re.compile(r"\s+(?:-{1,2}|—|–)\s+((?:[^\W\d_a-zà-ÿ][\w.]*\s*){1,3})$")


def parse_reply(body: str, open_pages: Sequence[OpenPage], prefix: str = "ITS", code_required: bool = False) -> Reply:
    """The one thing that this message asks for. Case, accents, spaces, quotes, # and emoji do not matter.

    `prefix`: what references begin with. `code_required`: a bare word is answered with the list even when
    one page is open, for installations that trust no sender number.
    """
    pages = tuple(open_pages)
    line = _answer_line(body)
    words = _words(line, prefix)
    if len(words) == 1 and _words(body, prefix) == words:
        if words[0] in OPT_OUT:
            return OptOut()
        if words[0] in OPT_IN:
            return OptIn()
    if not words:
        return _listed(pages) if re.fullmatch(r"[\s¿?]*\?[\s¿?]*", line) else NotUnderstood(_shown(body))
    targets, verbs, unknown = _read(words)
    if targets:
        return _with_target(targets, verbs, unknown, words, pages) or NotUnderstood(_shown(body))
    if unknown or "?" in line or len(verbs) != 1:
        return NotUnderstood(_shown(body))
    return _bare(next(iter(verbs)), pages, code_required)


def _with_target(
    targets: list[str], verbs: set[Verb], unknown: bool, words: list[str], pages: tuple[OpenPage, ...]
) -> Reply | None:
    """An answer that names its page; None when it is not clear what it wants of it."""
    if unknown and not _begins_with_command(words):
        return None
    if len(verbs) != 1:
        return None
    found = {target: _find(target, pages) for target in targets}
    for target, page in found.items():
        if page is None:
            return CodeUnknown(target)
    named = tuple(dict.fromkeys(page for page in found.values() if page is not None))
    if len(named) > 1:
        return Ambiguous(pages)
    return _act(next(iter(verbs)), named[0])


def _bare(verb: Verb, pages: tuple[OpenPage, ...], code_required: bool) -> Reply:
    if verb is Verb.NOT_AVAILABLE:
        return NotAvailable()
    if not pages:
        return NothingOpen()
    if verb is Verb.LIST:
        return ListPages(pages)
    if verb is Verb.ALL and not code_required:
        return AcknowledgeAll(pages)
    if len(pages) > 1 or code_required:
        return Ambiguous(pages)
    return _act(verb, pages[0]) or NothingOpen()


def _act(verb: Verb, page: OpenPage) -> Reply | None:
    match verb:
        case Verb.ACKNOWLEDGE:
            return Acknowledge(page)
        case Verb.ESCALATE:
            return Escalate(page)
        case Verb.CONTACTED:
            return Contacted(page)
        case Verb.NOT_AVAILABLE:
            return NotAvailable()
        case _:
            return None


def _listed(pages: tuple[OpenPage, ...]) -> Reply:
    return ListPages(pages) if pages else NothingOpen()


def _find(target: str, pages: tuple[OpenPage, ...]) -> OpenPage | None:
    return next((page for page in pages if target in (page.code, page.reference)), None)


def _read(words: list[str]) -> tuple[list[str], set[Verb], bool]:
    """The codes and references named, the verbs used, and whether any word means nothing to us."""
    targets: list[str] = []
    verbs: set[Verb] = set()
    unknown = False
    for word in words:
        target = _TARGET.fullmatch(word)
        if target and (not target["rest"] or target["rest"] in VERBS):
            targets.append(target["number"])
            verbs |= {VERBS[target["rest"]]} if target["rest"] else set()
        elif word in VERBS:
            verbs.add(VERBS[word])
        elif word not in _POLITE:
            unknown = True
    return targets, verbs, unknown


def _begins_with_command(words: list[str]) -> bool:
    """`47A …`, `47 a …`, `ack 0048213 …`: what follows may then be a name or a remark."""
    first, second = words[0], words[1] if len(words) > 1 else ""
    target = _TARGET.fullmatch(first)
    if target:
        return target["rest"] in VERBS or (not target["rest"] and second in VERBS)
    return first in VERBS and _TARGET.fullmatch(second) is not None


def _answer_line(body: str) -> str:
    lines = (line.strip() for line in re.split(r"[\r\n]+", body))
    line = next((line for line in lines if line and not line.startswith((">", "|"))), "")
    return _SIGNED.sub("", _SENT_FROM.sub("", line))


def _words(text: str, prefix: str) -> list[str]:
    """Lower-case words of a-z and 0-9, without accents: `47 a.` is `47`, `a`, and `«47ª»` is `47a`."""
    spelled = "".join(" " if unicodedata.category(c).startswith("S") else c for c in text)
    decomposed = unicodedata.normalize("NFKD", spelled).replace("'", "").replace("’", "").lower()
    plain = "".join(c for c in decomposed if unicodedata.category(c) not in {"Mn", "Me", "Cf"})
    plain = re.sub(rf"\b{re.escape(prefix.lower())}[- ]?(?=[0-9]{{7}})", "", plain)
    for phrase, word in _PHRASES:
        plain = phrase.sub(word, plain)
    return re.findall(r"[a-z0-9]+", plain)


def _shown(body: str) -> str:
    visible = "".join(c if c.isprintable() else " " for c in body)
    return " ".join(visible.split())[:SHOWN].rstrip()
