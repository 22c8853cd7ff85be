"""Checks of recorded traffic against Twilio's published OpenAPI document."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import FormatChecker  # type: ignore[import-untyped]
from openapi_schema_validator import OAS30Validator

FILE = "twilio_api_v2010.json"
_METHODS = {"get", "post", "put", "delete"}
# What Twilio answers to a fault, in words of its pages: the document describes successes only.
_ERROR = {
    "type": "object",
    "required": ["code", "message", "more_info", "status"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer"},
        "message": {"type": "string"},
        "more_info": {"type": "string", "pattern": "^https://www.twilio.com/docs/errors/[0-9]+$"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
    },
}


class SpecViolation(AssertionError):
    """What was sent or answered is not what Twilio's document allows."""


def validate_request(method: str, path: str, form: Mapping[str, Sequence[str]]) -> None:
    """`form` as on the wire: every value a list of texts; for GET, the query. Raises SpecViolation naming each fault.
    Skips the test when the vendor's document is not at hand."""
    operation = _operation(method, path)
    schema = _parameters(operation) if method.upper() == "GET" else _form_schema(operation)
    known = schema["properties"]
    problems = [f"unknown parameter {name!r}" for name in form if name not in known]
    value = {name: _typed(values, known[name]) for name, values in form.items() if name in known}
    _raise(f"{method} {path}", problems + _faults(schema, value))


def validate_response(method: str, path: str, status: int, body: Any) -> None:
    """`body` is the parsed JSON, None for an empty one. Properties that the document does not name are faults too."""
    if status >= 400:
        _raise(f"{method} {path} -> {status}", _faults(_ERROR, body))
        return
    answers = _operation(method, path)["responses"]
    if str(status) not in answers:
        raise SpecViolation(f"{method} {path} does not answer {status}; documented: {', '.join(answers)}")
    content = answers[str(status)].get("content")
    if content is None:
        _raise(f"{method} {path} -> {status}", [] if body is None else ["a body where none is documented"])
        return
    schema = content["application/json"]["schema"]
    _raise(f"{method} {path} -> {status}", _faults(schema, body) + _undocumented(schema, body))


@cache
def specification() -> dict[str, Any]:
    here = os.environ.get("GUARDIA_VENDOR_SPECS")
    folder = Path(here) if here else Path(__file__).resolve().parents[2].parent / "shared" / "specs"
    if not (folder / FILE).is_file():
        pytest.skip(f"no {FILE} in {folder}: name its folder in GUARDIA_VENDOR_SPECS")
    document: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    return document


@cache
def _operation(method: str, path: str) -> dict[str, Any]:
    for template, operations in _routes():
        if template.fullmatch(path) and method.lower() in operations:
            found: dict[str, Any] = operations[method.lower()]
            return found
    raise SpecViolation(f"Twilio has no {method.upper()} {path}")


@cache
def _routes() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """The literal before the general: the most specific template of a path comes first."""
    paths = specification()["paths"]
    return [
        (re.compile(re.sub(r"\\\{\w+\\\}", r"[^/]+?", re.escape(template))), paths[template])
        for template in sorted(paths, key=lambda template: template.count("{"))
    ]


def _form_schema(operation: Mapping[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody")
    if body is None:
        return {"type": "object", "properties": {}}
    schema: dict[str, Any] = body["content"]["application/x-www-form-urlencoded"]["schema"]
    return schema


def _parameters(operation: Mapping[str, Any]) -> dict[str, Any]:
    query = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query"]
    return {
        "type": "object",
        "required": [parameter["name"] for parameter in query if parameter.get("required")],
        "properties": {parameter["name"]: parameter["schema"] for parameter in query},
    }


def _typed(values: Sequence[str], schema: Mapping[str, Any]) -> Any:
    """A form carries texts only; read them as the document's type where they can be read so."""
    kind = schema.get("type")
    if kind == "array":
        return [_typed([value], schema["items"]) for value in values]
    if len(values) > 1:
        return list(values)
    if kind == "integer" and re.fullmatch(r"-?\d+", values[0]):
        return int(values[0])
    if kind == "number" and re.fullmatch(r"-?\d+(\.\d+)?", values[0]):
        return float(values[0])
    if kind == "boolean" and values[0].lower() in ("true", "false"):
        return values[0].lower() == "true"
    return values[0]


def _undocumented(schema: Mapping[str, Any], body: Any) -> list[str]:
    properties = _resolved(schema).get("properties")
    if not properties or not isinstance(body, dict):
        return []
    found = [f"undocumented property {name!r}" for name in body if name not in properties]
    for name, value in body.items():
        if isinstance(value, list) and "items" in properties.get(name, {}):
            found += [fault for item in value for fault in _undocumented(properties[name]["items"], item)]
    return found


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    target: Any = schema
    if "$ref" in schema:
        target = specification()
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
    resolved: Mapping[str, Any] = target
    return resolved


def _faults(schema: Mapping[str, Any], value: Any) -> list[str]:
    components = {} if schema is _ERROR else specification()["components"]
    validator = OAS30Validator({"allOf": [schema], "components": components}, format_checker=_FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _raise(what: str, problems: Sequence[str]) -> None:
    if problems:
        raise SpecViolation(f"{what}: " + "; ".join(problems))


_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time-rfc-2822", raises=(TypeError, ValueError))  # type: ignore[untyped-decorator]
def _is_rfc2822(value: object) -> bool:
    return not isinstance(value, str) or parsedate_to_datetime(value).utcoffset() is not None
