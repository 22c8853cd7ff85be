"""Which keys a place of the file may have, read from the models; used to refuse unknown ones with a suggestion.

This runs before pydantic, because in a union pydantic reports an unknown key once per alternative and stops there.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from service.configuration.document import Path


@dataclass(frozen=True)
class UnknownKey:
    path: Path
    key: str
    allowed: tuple[str, ...]


def without_unknown(model: type[BaseModel], data: object) -> tuple[object, tuple[UnknownKey, ...]]:
    """`data` with the unknown keys left out, and those keys, so that everything else is still checked."""
    unknown: list[UnknownKey] = []
    return _known((model,), data, (), unknown), tuple(unknown)


def _known(shapes: tuple[Any, ...], data: object, path: Path, unknown: list[UnknownKey]) -> object:
    alternatives = tuple(plain for shape in shapes for plain in _alternatives(shape))
    if isinstance(data, list):
        items = tuple(_item_shape(shape) for shape in alternatives if _is_list(shape))
        return [_known(items, item, (*path, index), unknown) for index, item in enumerate(data)]
    if isinstance(data, dict):
        return _known_mapping(alternatives, data, path, unknown)
    return data


def _known_mapping(
    shapes: tuple[Any, ...], data: dict[str, object], path: Path, unknown: list[UnknownKey]
) -> dict[str, object]:
    models = [shape for shape in shapes if isinstance(shape, type) and issubclass(shape, BaseModel)]
    values = tuple(get_args(shape)[1] for shape in shapes if _is_mapping(shape))
    if not models or values:
        return {key: _known(values, value, (*path, key), unknown) for key, value in data.items()}
    fields = _fields(models)
    kept: dict[str, object] = {}
    for key, value in data.items():
        if key in fields:
            kept[key] = _known(fields[key], value, (*path, key), unknown)
        else:
            unknown.append(UnknownKey(path, key, tuple(fields)))
    return kept


def _fields(models: list[type[BaseModel]]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for model in models:
        for name, field in model.model_fields.items():
            key = _key(name, field)
            found[key] = (*found.get(key, ()), field.annotation)
    return found


def _key(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _alternatives(shape: Any) -> Iterator[Any]:
    origin = get_origin(shape)
    if origin is Annotated:
        yield from _alternatives(get_args(shape)[0])
    elif origin in (Union, types.UnionType):
        for inner in get_args(shape):
            yield from _alternatives(inner)
    elif hasattr(shape, "__value__"):  # a `type X = …` alias
        yield from _alternatives(shape.__value__)
    else:
        yield shape


def _is_list(shape: Any) -> bool:
    return get_origin(shape) in (tuple, list)


def _item_shape(shape: Any) -> Any:
    return get_args(shape)[0]


def _is_mapping(shape: Any) -> bool:
    origin = get_origin(shape)
    return isinstance(origin, type) and issubclass(origin, Mapping)
