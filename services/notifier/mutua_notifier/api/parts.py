"""What the notifier's routes share: who may call, the shape of bodies and answers, which events there are."""

from typing import Annotated

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field

from mutua_contracts.events import EVENTS
from mutua_contracts.recognition import AboutRequest
from mutua_kernel.http.auth import Principal, require

Subscriber = Annotated[Principal, Depends(require("subscriber"))]
Operator = Annotated[Principal, Depends(require("operator"))]

TYPES = tuple(name for name, declared in EVENTS.items() if issubclass(declared.model, AboutRequest))
EventType = Annotated[str, Field(pattern="^(" + "|".join(name.replace(".", r"\.") for name in TYPES) + ")$")]


class Body(BaseModel):
    """What a caller sends: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class View(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(use_attribute_docstrings=True)
