"""First paint: the style sheet travels inside the page itself, and so does what must be there before the app is.

Sent as an element of the app it arrives after the first widgets, and everything on screen jumps when it does.
"""

from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aedash.ui.shell.frame import APP, ICON

ROOM = Path(__file__).parents[1]
SCRIPTS = [
    *(ROOM / "components" / name for name in ("history.js", "links.js")),
    *(ROOM / "shell" / name for name in ("terms.js", "menu.js", "upload.js")),
]
PLACES = {"shell.css": -1, "narrow.css": 1}  # of rules of equal weight the later one wins


def sheet() -> str:
    """The style sheets of all folders of `ui`, each beside what it dresses, and the pill's; a component has its own."""
    sheets = [path for path in sorted(ROOM.rglob("*.css")) if path.parent.name != "components"]
    ordered = sorted(sheets, key=lambda path: (PLACES.get(path.name, 0), path.parent.name != "shell"))
    return "\n".join(path.read_text() for path in (ROOM / "components" / "pill.css", *ordered))


# what the browser's tab shows until the app is there
NAMES = {
    b"<title>Streamlit</title>": f"<title>{APP}</title>".encode(),
    b'href="./favicon.png"': f'href="data:image/svg+xml,{quote(ICON)}"'.encode(),
}

# the app below knows only the page without the style: its answers to these are of another page
OF_ANOTHER_PAGE = {
    *(b"accept-encoding", b"range"),
    *(b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since"),
}


class StyleInPage:
    """ASGI middleware that puts the style sheet and the scripts of the frame into the head of every HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        scripts = "".join(f"<script>{path.read_text()}</script>" for path in SCRIPTS)
        self.style = f"<style>{sheet()}</style>{scripts}</head>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name not in OF_ANOTHER_PAGE]
        await self.app({**scope, "headers": plain}, receive, _Rewriter(send, self.style).send)


class _Rewriter:
    """Holds an HTML response back until it is whole; lets every other one through."""

    def __init__(self, send: Send, style: bytes) -> None:
        self.forward, self.style = send, style
        self.start: Message | None = None
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and "text/html" in Headers(raw=message["headers"]).get(
            "content-type", ""
        ):
            self.start = message
        elif self.start is None:
            await self.forward(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self.start)

    async def _finish(self, start: Message) -> None:
        page = self.body.replace(b"</head>", self.style, 1)
        for theirs, ours in NAMES.items():
            page = page.replace(theirs, ours, 1)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-length"] = str(len(page))
        del headers["etag"], headers["last-modified"]
        await self.forward({**start, "headers": headers.raw})
        await self.forward({"type": "http.response.body", "body": page})
