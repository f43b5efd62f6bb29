"""Pipedrive's own client for Node, asked from here."""

from typing import Any

from tests.sandbox.clients.stranger import Stranger


class OfficialClient:
    """`v2("PersonsApi", "getPerson", id=1)` is `new PersonsApi(…).getPerson({id: 1})` there."""

    def __init__(self, node: Stranger, *, session: str = "") -> None:
        self._node = node
        self._session = session

    def v1(self, api: str, method: str, **args: Any) -> Any:
        """Call an API class of version 1; the whole answer."""
        return self._call("v1", api, method, args)

    def v2(self, api: str, method: str, **args: Any) -> Any:
        """Call an API class of version 2; the whole answer."""
        return self._call("v2", api, method, args)

    def authorization(self, session: str, step: str, value: Any = None) -> Any:
        """Take a step of the client's OAuth."""
        return self._node.ask({"session": session, "step": step, "value": value})

    def authorized(self, session: str) -> "OfficialClient":
        """The same client with that session's access token instead of the API token."""
        return OfficialClient(self._node, session=session)

    def _call(self, version: str, api: str, method: str, args: dict[str, Any]) -> Any:
        question = {"version": version, "api": api, "method": method, "args": args}
        return self._node.ask(question | {"session": self._session})
