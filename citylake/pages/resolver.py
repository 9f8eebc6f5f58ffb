"""The Powertools resolver, made safe for threads.

Powertools keeps the current event on a class and the matched route's arguments on the resolver:
right for Lambda, where a process answers one request at a time, and wrong behind a server with
threads. Here both belong to the running context, and what Powertools builds on a route's first call
is built once, under a lock.
"""

import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import orjson
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

_EVENT: ContextVar[BaseProxyEvent] = ContextVar("event")
_LAMBDA_CONTEXT: ContextVar[LambdaContext] = ContextVar("lambda_context")
_ROUTING: ContextVar[dict[str, Any]] = ContextVar("routing")


class Routes(APIGatewayHttpRouter):
    """A group of routes, which a resolver takes in by ``include_router``."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Powertools declares no return type


class Resolver(APIGatewayHttpResolver):
    """Routes events of the HTTP API (payload 2.0); safe to share between threads.

    Routes, routers and middlewares are registered before the first event.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready = False
        super().__init__(serializer=_worded)

    @property  # type: ignore[override]  # the two base classes declare it differently
    def current_event(self) -> BaseProxyEvent:
        """The event that this thread is answering."""
        return _EVENT.get()

    @current_event.setter
    def current_event(self, value: BaseProxyEvent) -> None:
        _EVENT.set(value)

    @property
    def lambda_context(self) -> LambdaContext:
        """What the runtime said of this invocation; ``None`` outside of Lambda."""
        return _LAMBDA_CONTEXT.get()

    @lambda_context.setter
    def lambda_context(self, value: LambdaContext) -> None:
        _LAMBDA_CONTEXT.set(value)

    @property
    def context(self) -> dict[str, Any]:
        """What Powertools notes about the request while it routes it."""
        held = _ROUTING.get(None)
        if held is None:
            held = {}
            _ROUTING.set(held)
        return held

    @context.setter
    def context(self, value: dict[str, Any]) -> None:
        _ROUTING.set(value)

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer an event, as Lambda expects its answer.

        Args:
            event: an event of the HTTP API, payload format 2.0.
            context: what the runtime hands to a handler; ``None`` outside of Lambda.
        """
        self._build_routes()
        routing = _ROUTING.set({})
        current = _EVENT.set(APIGatewayProxyEventV2(dict(event)))
        runtime = _LAMBDA_CONTEXT.set(context)
        try:
            return super().resolve(event, context)
        finally:
            _LAMBDA_CONTEXT.reset(runtime)
            _EVENT.reset(current)
            _ROUTING.reset(routing)

    def _build_routes(self) -> None:
        """Wrap each route in its middlewares, as Powertools does on its first call, unlocked."""
        if self._ready:
            return
        with self._lock:
            for route in (*self._static_routes, *self._dynamic_routes):
                if not route._middleware_stack_built:  # noqa: SLF001  # no public way to build early
                    route._build_middleware_stack(self._router_middlewares, self)  # noqa: SLF001
            self._ready = True


def _worded(body: object) -> Any:  # noqa: ANN401  # Powertools says text, and takes these too
    """Word a JSON body. Bytes, and streams of bytes, are worded already."""
    return body if isinstance(body, bytes | Iterator) else orjson.dumps(body).decode()
