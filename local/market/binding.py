"""Binding clients of boto3 to a world, below everything that boto3 itself does before it sends.

A handler of ``before-call`` answers instead of the network. By then the parameters are serialised,
so they are taken from ``before-parameter-build``, before.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel

from local.market.shapes import ShapeViolated, check

_REFUSED = 400
_ANSWERED = 200
_MOST_BYTES = 1_000_000
_ASKED = "citylake_asked"

Client = TypeVar("Client")


class Refusal(Exception):
    """A service refuses what it was asked.

    Args:
        code: name of the error, one that the operation has.
        message: what it says.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


Operation = Callable[[Mapping[str, Any], "Call"], Mapping[str, Any]]
"""Answers a request by its parameters, or refuses it."""


class Call:
    """One request as it reached the service.

    Args:
        model: of the operation.
        region: where it was sent.
        size: bytes of its body.
    """

    def __init__(self, model: OperationModel, region: str, size: int) -> None:
        if model.output_shape is None:
            raise ShapeViolated(f"{model.name} answers nothing; expected an answer")
        self.model = model
        self.region = region
        self.size = size
        self.output = model.output_shape


def bind(client: Client, operations: Mapping[str, Operation]) -> Client:
    """Let a client of boto3 be answered by functions.

    Args:
        client: as boto3 made it; it needs no credentials.
        operations: by their names in the service model.

    Returns:
        The client itself.
    """
    meta: Any = client.meta  # type: ignore[attr-defined]  # every client has it
    service = meta.service_model.service_id.hyphenize()

    def asked(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
        context[_ASKED] = dict(params)

    def answered(
        model: OperationModel, params: Mapping[str, Any], context: Mapping[str, Any], **_: object
    ) -> tuple[AWSResponse, dict[str, Any]]:
        body = params["body"]
        size = len(body if isinstance(body, bytes) else str(body).encode())
        call = Call(model, meta.region_name, size)
        return _answer(operations, call, context[_ASKED])

    meta.events.register(f"before-parameter-build.{service}", asked)
    meta.events.register(f"before-call.{service}", answered)
    return client


def _answer(
    operations: Mapping[str, Operation], call: Call, asked: Mapping[str, Any]
) -> tuple[AWSResponse, dict[str, Any]]:
    name = call.model.name
    if name not in operations:
        raise ShapeViolated(f"{name} was asked, which nothing here should")
    if call.size >= _MOST_BYTES:
        raise ShapeViolated(f"a request of {name} has {call.size:,} bytes; expected below 1 MB")
    if call.model.input_shape is not None:
        check(asked, call.model.input_shape, name)
    try:
        parsed = dict(operations[name](asked, call))
    except Refusal as refusal:
        known = {shape.name for shape in call.model.error_shapes}
        if refusal.code not in known:
            raise ShapeViolated(f"{name} has no error {refusal.code}; it has {known}") from refusal
        said = {"Error": {"Code": refusal.code, "Message": str(refusal)}}
        return _response(_REFUSED), {**said, **_metadata(_REFUSED)}
    check(parsed, call.output, f"answer of {name}")
    return _response(_ANSWERED), {**parsed, **_metadata(_ANSWERED)}


def _metadata(status: int) -> dict[str, Any]:
    return {"ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "local", "HTTPHeaders": {}}}


def _response(status: int) -> AWSResponse:
    return AWSResponse("https://marketplace.invalid", status, HTTPHeaders(), None)
