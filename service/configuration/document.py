"""YAML text to plain values, keeping the line of every key; several files are one configuration.

The node graph is read rather than the constructed values: it tells all duplicate keys at once, and it leaves clock
times and dates as the text that was written.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from service.configuration.problems import Problem, in_order

Path = tuple[str | int, ...]

TAG = "tag:yaml.org,2002:"
DEEPEST = 40  # world.yaml needs 8; a recursive alias would never end
MOST_VALUES = 500_000  # aliases of aliases multiply


@dataclass(frozen=True)
class SourceFile:
    """`unreadable` says why there is no text."""

    name: str
    text: str
    unreadable: Problem | None = None


@dataclass(frozen=True)
class FileDocument:
    """What one file says. `data` is None when it could not be read as YAML; `lines` counts from 1."""

    name: str
    data: object
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...] = ()

    def line(self, path: Path) -> int:
        """Of the key or list item, else of the nearest one that contains it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_file(path: FilePath) -> SourceFile:
    """A file that cannot be read is one more problem, so that the others are told in the same run."""
    name = str(path)
    try:
        return SourceFile(name, path.read_text(encoding="utf-8"))
    except OSError as error:
        why, remedy = f"cannot be read: {error.strerror}", "give the path of a file"
    except UnicodeDecodeError as error:
        why, remedy = f"is not UTF-8 text: byte {error.start}, {error.reason}", "save the file as UTF-8"
    return SourceFile(name, "", Problem(name, 1, "file", why, remedy))


def parse(source: SourceFile) -> FileDocument:
    """Never raises for what a person may write: everything wrong is a problem with its line."""
    if source.unreadable is not None:
        return FileDocument(source.name, None, {}, (source.unreadable,))
    try:
        root = YAML(typ="safe", pure=True).compose(source.text)
    except MarkedYAMLError as error:
        return _unreadable(source.name, _line_of(error), f"is not YAML: {error.problem}")
    except ReaderError as error:
        line = source.text.count("\n", 0, error.position) + 1
        return _unreadable(source.name, line, f"is not YAML: character {error.character!r}: {error.reason}")
    except (YAMLError, ValueError, RecursionError) as error:
        return _unreadable(source.name, 1, f"is not YAML: {type(error).__name__}")
    if root is None:
        return FileDocument(source.name, {}, {})
    reading = _Reading(source.name)
    data = reading.value(root, ())
    if data is None and not reading.problems:
        data = {}  # a file that says nothing but `null` names no section, as an empty one
    return FileDocument(source.name, data, reading.lines, in_order(reading.problems))


def _unreadable(name: str, line: int, message: str) -> FileDocument:
    remedy = "correct the indentation, quotes or brackets there; nothing else of this file was checked"
    return FileDocument(name, None, {}, (Problem(name, line, "file", message, remedy),))


def _line_of(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return 1 if mark is None else int(mark.line) + 1


class _Reading:
    """One pass over the nodes of one file, collecting lines and problems as it goes."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._values = 0

    def value(self, node: Node, path: Path) -> object:
        self._values += 1
        if len(path) > DEEPEST or self._values > MOST_VALUES:
            self._problem(node, path, "is nested too deeply or repeats itself", "write it out without the alias")
            return None
        if not isinstance(node, ScalarNode) and str(node.tag) not in (f"{TAG}map", f"{TAG}seq"):
            self._problem(node, path, f"has the tag {node.tag}, which means nothing here", "remove the tag")
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _item(self, node: Node, path: Path) -> object:
        self.lines[path] = node.start_mark.line + 1
        return self.value(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, object]:
        found: dict[str, object] = {}
        merged = {str(key.value): (key, value) for key, value in _merged(node, DEEPEST)}
        for key, value in node.value:
            if key.tag == f"{TAG}merge":
                continue
            if not isinstance(key, ScalarNode):
                self._problem(key, path, "a list or mapping cannot be a key", "write a word before the colon")
                continue
            name = str(key.value)
            if name in found:
                first = self.lines[(*path, name)]
                self._problem(key, (*path, name), f"stands twice; first in line {first}", "remove one of the two")
                continue
            self.lines[(*path, name)] = key.start_mark.line + 1
            found[name] = self.value(value, (*path, name))
        for name, (key, value) in merged.items():
            if name not in found:
                self.lines[(*path, name)] = key.start_mark.line + 1
                found[name] = self.value(value, (*path, name))
        return found

    def _scalar(self, node: Node, path: Path) -> object:
        text = str(node.value)
        kind = str(node.tag).removeprefix(TAG)
        if kind in ("str", "timestamp"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind in ("int", "float"):
            return _number(text)
        self._problem(node, path, f"has the tag {node.tag}, which means nothing here", "remove the tag")
        return None

    def _problem(self, node: Node, path: Path, message: str, remedy: str) -> None:
        where = ".".join(str(part) for part in path) or "file"
        self.problems.append(Problem(self.file, node.start_mark.line + 1, where, message, remedy))


def _merged(node: MappingNode, deepest: int) -> Iterator[tuple[Node, Node]]:
    """What `<<: *alias` brings, nearest last; a node's own keys come before it."""
    if deepest == 0:
        return
    for key, value in node.value:
        if key.tag != f"{TAG}merge":
            continue
        for source in reversed(value.value if isinstance(value, SequenceNode) else [value]):
            if isinstance(source, MappingNode):
                yield from _merged(source, deepest - 1)
                yield from ((k, v) for k, v in source.value if _is_plain(k))


def _is_plain(key: Node) -> bool:
    return isinstance(key, ScalarNode) and key.tag != f"{TAG}merge"


def _number(text: str) -> object:
    """`+34600000001` without quotes is a number to YAML; the sign and leading zeros are what a person meant, so such
    a value stays text and the field's own check speaks. Infinity and NaN stay text as well."""
    if text.startswith(("+", "0")) and text not in ("0", "0.0") and not text.startswith("0."):
        return text
    for convert in (int, float):
        try:
            number = convert(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text
    return text
