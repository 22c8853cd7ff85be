"""One thing to correct in the configuration: where it stands, what is wrong, and the next move."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """Sorts by file and line. `path` names the field with ids rather than numbers where there are ids; `line` counts
    from 1. A warning is the same value in another list."""

    file: str
    line: int
    path: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message}\n    remedy: {self.remedy}"


@dataclass(frozen=True)
class Problems:
    """Why a configuration is refused: every problem that was found, in the order of the files. Nothing was changed."""

    problems: tuple[Problem, ...]


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file and line, each told once."""
    return tuple(sorted(set(problems)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The remedy for a name nobody knows: the nearest known one when there is one, else all that exist."""
    names = sorted(known)
    if near := difflib.get_close_matches(word, names, n=1):
        return f"did you mean {near[0]!r}?"
    return f"use one of: {', '.join(names)}" if names else "remove it: there is nothing that could stand here"
