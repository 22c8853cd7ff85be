"""The configuration that the benchmark applies, small."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from bench import world
from service.demo_data import EXAMPLES


@pytest.fixture(scope="session")
def world_file() -> str:
    example = YAML(typ="safe", pure=True).load((EXAMPLES / "world.yaml").read_text(encoding="utf-8"))
    return json.dumps(world.with_customers(example, world.customers(3)), default=str)
