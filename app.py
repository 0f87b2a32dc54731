"""aedash: the frame and the page table. Run it with `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware

import aedash  # noqa: F401  (first: it sets what must be set before numpy and torch are imported)
from aedash.ui.desk import broadcast as desk
from aedash.ui.desk import health
from aedash.ui.desk.elsewhere import Elsewhere
from aedash.ui.desk.manager import trouble
from aedash.ui.desk.parcels import parcels
from aedash.ui.experiments.shared import broadcast as sweep
from aedash.ui.explore import broadcast as weights
from aedash.ui.shell import address, faults, uploader
from aedash.ui.shell.first_paint import StyleInPage
from aedash.ui.shell.frame import page_frame, problem, tab_title
from aedash.ui.shell.message_door import MessageDoor
from aedash.ui.shell.server import lifespan
from aedash.ui.shell.upload_door import UploadDoor
from aedash.ui.shell.visitor import VisitorCookie
from aedash.ui.train import broadcast as run
from aedash.wire.hub import Hub
from aedash.wire.routes import routes

if __name__ == "__main__":  # a browser session runs this file as its script
    page_frame()
    pages = [
        st.Page("pages/home/home.py", title="Home", default=True),
        st.Page("pages/train/train.py", title="Train"),
        st.Page("pages/explore/explore.py", title="Explore"),
        st.Page("pages/experiments/experiments.py", title="Experiments"),
        st.Page("pages/experiments/lambda.py", title="Contractive penalty", visibility="hidden"),
        st.Page("pages/experiments/noise.py", title="Noise", visibility="hidden"),
        st.Page("pages/experiments/sweeps.py", title="Sweep", visibility="hidden"),
        st.Page("pages/experiments/twins.py", title="What if?", visibility="hidden"),
        st.Page("pages/data/data.py", title="Data", visibility="hidden"),
        st.Page("pages/compare/compare.py", title="Compare"),
        st.Page("pages/train/runs.py", title="Runs"),
    ]
    page = st.navigation(pages, position="top")
    if sentence := trouble():
        st.html(problem(sentence))
    else:
        tab_title(page.title)
        address.opened(page.url_path)
        uploader.opens()
        page.run()
        uploader.settled()
else:  # the server imports it once, as it starts
    boards = {
        "run": run.board,
        "sweep": sweep.board,
        "desk": desk.board,
        weights.KIND: weights.board,
    }
    base = st.get_option("server.baseUrlPath")
    hub = Hub(boards, pauses={"desk": 0.5}, look=Elsewhere())
    app = st.App(
        __file__,
        lifespan=lifespan(hub),
        routes=[*routes(hub, {"run": run.moment}, parcels, base), health.route(base)],
        on_script_error=faults.shown,
        middleware=[Middleware(layer) for layer in (UploadDoor, MessageDoor, StyleInPage, VisitorCookie)],
    )
