"""The configuration in force as a file that, applied, changes nothing. Keys that programs make are no part of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from core.documents.store import Document
from service.configuration.schema import SECTIONS, SINGLES, written

HEADER = "# The configuration in force, as `guardia export` wrote it; `guardia apply` of this file changes nothing.\n"
ONE_LINE = 150  # characters; longer objects get a line for each key
PLAIN = re.compile(r"[^\W\d_][\w.@/-]*( [\w.@/-]+)*|[0-9]+[smhd]|24x7")
# Words that some YAML reader takes for something else than text (YAML 1.1 `no`, `on`).
NOT_PLAIN = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def exported(documents: Iterable[Document]) -> str:
    """YAML of all live objects, console-made ones too, in the order of the file."""
    live = [document for document in documents if not document.archived]
    texts = [_section_text(section, [d for d in live if d.section == section]) for section in SECTIONS]
    return HEADER + "".join(text for text in texts if text)


def _section_text(section: str, documents: list[Document]) -> str:
    bodies = [_body(one) for one in sorted(documents, key=lambda one: (one.position, one.id))]
    if not bodies:
        return ""
    if section in SINGLES:
        content: object = _styled(bodies[0])
    elif section == "pagerduty":
        content = _block_map({"services": _block_list(bodies)})
    else:
        content = _block_list(bodies)
    return "\n" + _dump(_block_map({section: content}))


def _body(document: Document) -> Mapping[str, Any]:
    """With `id` first and the other keys in the order of the model; a body that no model reads is shown as it is."""
    try:
        body = written(SECTIONS[document.section].model_validate(document.body))
    except ValidationError:
        body = document.body
    return {"id": body["id"], **body} if "id" in body else body


def _styled(value: Any) -> Any:
    """Short values on one line in braces, long ones a line for each key or item."""
    if isinstance(value, Mapping):
        return _flow_map(value) if _fits(value) else _block_map({k: _styled(v) for k, v in value.items()})
    if isinstance(value, list):
        return _flow_list(value) if _fits(value) else _block_list(value)
    return _scalar(value)


def _fits(value: Any) -> bool:
    return len(str(value)) <= ONE_LINE


def _block_map(value: Mapping[str, Any]) -> CommentedMap:
    return CommentedMap(value)


def _block_list(values: Iterable[Any]) -> CommentedSeq:
    return CommentedSeq([_styled(value) for value in values])


def _flow_map(value: Mapping[str, Any]) -> CommentedMap:
    styled = CommentedMap({key: _styled(inner) for key, inner in value.items()})
    styled.fa.set_flow_style()
    return styled


def _flow_list(values: Iterable[Any]) -> CommentedSeq:
    styled = CommentedSeq([_styled(value) for value in values])
    styled.fa.set_flow_style()
    return styled


def _scalar(value: Any) -> Any:
    """Text is quoted unless it can be nothing else: clock times, dates, telephone numbers and spans stay text in every
    YAML reader."""
    if not isinstance(value, str) or (PLAIN.fullmatch(value) and value.lower() not in NOT_PLAIN):
        return value
    return DoubleQuotedScalarString(value)


def _dump(value: CommentedMap) -> str:
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 10_000
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()
