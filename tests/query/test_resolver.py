"""One resolver, many threads."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.event_handler import Response

from citylake.pages.resolver import Resolver, Routes
from lambdas.query.scope import NATION, Scope, scope_of_request, scoped
from tests.query.events import event, json_of


def test_two_threads_at_once_each_see_their_own_request() -> None:
    both_are_inside = threading.Barrier(2)
    resolver, router = Resolver(), Routes()

    @router.get("/<name>/")
    def named(name: str) -> dict[str, Any]:
        both_are_inside.wait(timeout=5)
        seen = {
            "name": name,
            "path": router.current_event.path,
            "prefix": scope_of_request().prefix,
        }
        both_are_inside.wait(timeout=5)
        return seen

    resolver.include_router(router)

    def ask(name: str) -> Any:
        with scoped(Scope(place=None, prefix=f"/{name}")):
            return json_of(resolver.resolve(event(f"/{name}/"), None))  # type: ignore[arg-type]  # outside of Lambda

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(ask, ["durham", "aurora"]))

    assert answers == [
        {"name": name, "path": f"/{name}/", "prefix": f"/{name}"} for name in ("durham", "aurora")
    ]


def test_many_first_requests_at_once_build_each_route_once() -> None:
    for _ in range(20):
        resolver, router = Resolver(), Routes()
        calls: list[str] = []

        def counted(app: Any, next_middleware: Any, calls: list[str] = calls) -> Response[Any]:
            calls.append("middleware")
            answer: Response[Any] = next_middleware(app)
            return answer

        @router.get("/x", middlewares=[counted])
        def answer() -> dict[str, Any]:
            return {"ok": True}

        resolver.include_router(router)
        start = threading.Barrier(8)

        def ask(_: int, start: threading.Barrier = start, resolver: Resolver = resolver) -> Any:
            start.wait(timeout=5)
            return json_of(resolver.resolve(event("/x"), None))  # type: ignore[arg-type]  # outside of Lambda

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, range(8))) == [{"ok": True}] * 8
        assert calls == ["middleware"] * 8


def test_outside_of_a_request_the_scope_is_the_nation() -> None:
    with scoped(Scope(place=None, prefix="/nc/durham")):
        assert scope_of_request().prefix == "/nc/durham"
    assert scope_of_request() == NATION
