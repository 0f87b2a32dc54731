"""The door of a page's line to the server: it lets through what pages of this app say, and drops the rest.

Streamlit answers to a developer's wishes from whoever is connected: one message clears what the process keeps for
everybody, the run manager with it, and another one tells what lies in the code's folder.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

SAID = {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"}
MOST_FILES = 1000  # addresses that are asked for at once


class MessageDoor:
    """ASGI middleware around the line."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return

        async def heard() -> Message:
            message = await receive()
            while message["type"] == "websocket.receive" and not passes(message.get("bytes") or b""):
                message = await receive()
            return message

        await self.app(scope, heard, send)


def passes(content: bytes) -> bool:
    """Whether a page may say this. What is no message at all is left to Streamlit, which hangs up.

    >>> passes(BackMsg(app_heartbeat=True).SerializeToString()), passes(BackMsg(clear_cache=True).SerializeToString())
    (True, False)
    """
    try:
        said = BackMsg.FromString(content)
    except Exception:  # protobuf's own, which comes with Streamlit
        return True
    return said.WhichOneof("type") in SAID and len(said.file_urls_request.file_names) <= MOST_FILES
