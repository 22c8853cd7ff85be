"""Pydantic's findings in the words of the file: the value, what is allowed, and the next move."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from alerting.pagerduty.schema import ENVIRONMENT_REFERENCE

PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9-]{1,40}$": "an id of 1 to 40 characters a-z, 0-9 and -",
    r"^\+[1-9][0-9]{6,14}$": "a telephone number in E.164 form, such as +34600000001",
    r"^[^@\s<>,;]{1,64}@[^@\s<>,;]{1,189}$": "one e-mail address, such as ana@itsafer.example",
    r"^[A-Za-z0-9 ]*[A-Za-z][A-Za-z0-9 ]*$": "a sender name of 1 to 11 letters, digits and spaces",
    r"^[A-Z]{2,6}$": "a prefix of 2 to 6 capital letters, such as ITS",
    ENVIRONMENT_REFERENCE: "the name of an environment variable, such as env:GUARDIA_PAGERDUTY_ROUTING_KEY",
    r"^[a-z]{2}$": "a language of two letters, such as es or en",
}


def explain(detail: ErrorDetails) -> tuple[str, str]:
    """(message, remedy) for one finding."""
    return _EXPLANATIONS.get(detail["type"], _generic)(detail)


def _missing(detail: ErrorDetails) -> tuple[str, str]:
    return f"the key {detail['loc'][-1]!r} is missing", "add it"


def _foreign(detail: ErrorDetails) -> tuple[str, str]:
    return f"the key {detail['loc'][-1]!r} does not go together with the other keys here", "remove one of them"


def _value(detail: ErrorDetails) -> tuple[str, str]:
    message = detail["msg"].removeprefix("Value error, ")
    said, semicolon, remedy = message.rpartition("; ")
    return (said, remedy) if semicolon else (message, "write a value that is allowed")


def _literal(detail: ErrorDetails) -> tuple[str, str]:
    allowed = str(detail["ctx"]["expected"]).replace("'", "").replace(" or ", ", ")
    value = detail["input"]
    near = difflib.get_close_matches(str(value), allowed.split(", "), n=1)
    remedy = f"did you mean {near[0]!r}?" if near else "write one of the allowed values"
    return f"{value!r} is not allowed; allowed: {allowed}", remedy


def _pattern(detail: ErrorDetails) -> tuple[str, str]:
    if detail["ctx"]["pattern"] == ENVIRONMENT_REFERENCE:  # what stands there may be the secret itself: not shown
        return (
            "is not the name of an environment variable; secrets never stand in the file",
            f"write {PATTERNS[ENVIRONMENT_REFERENCE]}",
        )
    words = PATTERNS.get(str(detail["ctx"]["pattern"]), f"text like {detail['ctx']['pattern']}")
    return f"{detail['input']!r} is not {words}", f"write {words}"


def _text(detail: ErrorDetails) -> tuple[str, str]:
    value = detail["input"]
    if value is None:
        return "is empty, but text is needed", "write the text, or remove the key if it is optional"
    return f"{value!r} is not text", f'put it between quotes: "{value}"' if _is_scalar(value) else "write text"


def _whole(detail: ErrorDetails) -> tuple[str, str]:
    return f"{detail['input']!r} is not a whole number", "write digits only, without quotes or a unit"


def _flag(detail: ErrorDetails) -> tuple[str, str]:
    return f"{detail['input']!r} is neither true nor false", "write true or false"


def _list(detail: ErrorDetails) -> tuple[str, str]:
    return f"{detail['input']!r} is not a list", "put it between [ ]"


def _keys(detail: ErrorDetails) -> tuple[str, str]:
    return f"{detail['input']!r} is not a set of keys", "write {key: value, ...}"


def _short(detail: ErrorDetails) -> tuple[str, str]:
    return f"{detail['input']!r} is too short", f"write at least {detail['ctx']['min_length']}"


def _long(detail: ErrorDetails) -> tuple[str, str]:
    return f"{detail['input']!r} is too long", f"write at most {detail['ctx']['max_length']} characters"


def _generic(detail: ErrorDetails) -> tuple[str, str]:
    message: str = detail["msg"]
    value = detail["input"]
    said = f"{value!r}: {message}" if _is_scalar(value) else message
    return said[:1].lower() + said[1:], "write a value that is allowed"


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


_EXPLANATIONS: Mapping[str, Callable[[ErrorDetails], tuple[str, str]]] = {
    "missing": _missing,
    "extra_forbidden": _foreign,
    "target": _value,
    "round_robin_pool": _value,
    "value_error": _value,
    "literal_error": _literal,
    "string_pattern_mismatch": _pattern,
    "string_type": _text,
    "int_type": _whole,
    "int_parsing": _whole,
    "int_from_float": _whole,
    "bool_type": _flag,
    "bool_parsing": _flag,
    "tuple_type": _list,
    "list_type": _list,
    "model_type": _keys,
    "model_attributes_type": _keys,
    "dict_type": _keys,
    "mapping_type": _keys,
    "too_short": _short,
    "string_too_short": _short,
    "string_too_long": _long,
}
