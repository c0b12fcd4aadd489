"""The hand-made registry of the demonstration: read from `demo.yaml`, where everything about it stands."""

from importlib.resources import files

import yaml

from .model import Dataset


def demo_dataset() -> Dataset:
    return Dataset.model_validate(
        yaml.safe_load(files("mutua_local.deqar").joinpath("demo.yaml").read_text("utf-8"))
    )
