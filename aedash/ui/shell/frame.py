"""The frame of every page and the small pieces of HTML that pages share; all text is escaped here."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from urllib.parse import urlencode

import streamlit as st

from aedash.events import Finding
from aedash.history import Run
from aedash.ui.components.live import STILL, Feed, words
from aedash.ui.components.source import deliver
from aedash.ui.shell.terms import begin, every_term, explain

APP = "aedash"
_BARS = "<path d='M2 3h5v22H2zM11 8h5v12h-5zM20 11h5v6h-5zM29 8h5v12h-5zM38 3h5v22h-5z' fill='#5B84E0'/>"
ICON = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 -8.5 45 45'>{_BARS}</svg>"
_LOGO = (
    f"<svg xmlns='http://www.w3.org/2000/svg' width='132' height='28' viewBox='0 0 132 28'>{_BARS}"
    "<text x='52' y='20' font-family='Inter,sans-serif' font-weight='650' font-size='18' letter-spacing='-.3' "
    "fill='#6F7C91'>aedash</text></svg>"
)

QUIET = {"displayModeBar": False}  # Plotly's bar of tools


def page_frame() -> None:
    """Icon and logo; called once by app.py before anything is drawn. The style comes with the page: `first_paint`."""
    st.set_page_config(page_title=APP, page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    st.logo(_LOGO, size="large")
    deliver()
    begin()


def tab_title(*parts: str) -> None:
    """What the browser's tab is called, the most particular part first: R0-simple, code size 8 · Train · aedash."""
    st.set_page_config(page_title=" · ".join([*filter(None, parts), APP]))


def unseen_title(text: str) -> None:
    """A page's heading for whoever does not see it: the page says it by other means."""
    with st.container(key="unseen"):
        st.html(f"<h1>{escape(text)}</h1>")


@contextmanager
def card(title: str, hint: str, key: str) -> Iterator[None]:
    """A bordered card with its title and what to look for."""
    with st.container(border=True, height="stretch", key=f"{key}_box"):
        st.html(f'<div class="cardhead"><h3>{escape(title)}</h3><p>{explain(escape(hint), key)}</p></div>')
        yield


def slot(content: str, feed: Feed = STILL) -> None:
    """What is said between recipe and status, whole; its height is kept free, so that nothing below moves."""
    st.html(words(slot_of(content, lambda text: explain(text, "slot")), feed), width="stretch")


def slot_of(content: str, explained: Callable[[str], str] = every_term) -> str:
    """HTML of the slot. explained: marks the glossary's words; not in what went wrong."""
    told = content if 'class="finding bad"' in content else explained(content)
    return f'<div class="slot">{told}</div>'


def finding_line(finding: Finding, badge: str = "") -> str:
    """One bold clause, then cause and what was kept or what to do. badge: HTML that ends the text."""
    text = f"<span><b>{escape(finding.headline)}</b> {escape(finding.detail)} {badge}</span>"
    return f'<div class="finding {finding.severity}">{text}</div>'


def problem(sentence: str) -> str:
    """A refusal or an error, as a finding."""
    return f'<div class="finding bad"><span>{escape(sentence)}</span></div>'


def caution(sentence: str) -> str:
    """What to know before believing a figure, as a finding."""
    return f'<div class="finding warn"><span>{escape(sentence)}</span></div>'


def note(sentence: str) -> str:
    """Something to know, as a finding."""
    return f'<div class="finding info"><span>{escape(sentence)}</span></div>'


def note_of(headline: str, sentence: str) -> str:
    """The same with one bold clause before it."""
    return f'<div class="finding info"><span><b>{escape(headline)}</b> {escape(sentence)}</span></div>'


def pill(run: Run) -> str:
    """The state of a run as a word with its icon."""
    return f'<span class="pill {run.state}"><i></i>{run.word}</span>'


def empty(headline: str, sentence: str, height: int) -> None:
    """What stands where a picture will be, at its final height."""
    st.html(f'<div class="empty" style="height:{height}px"><b>{escape(headline)}</b>{escape(sentence)}</div>')


def dark() -> bool:
    """Whether the page is shown in the dark theme."""
    return st.context.theme.type == "dark"


def pending(headline: str, sentence: str, refusals: Iterable[str], height: int) -> None:
    """Why a picture is missing: it is waited for, or cannot be had. height: CSS pixels of the picture."""
    if why := " ".join(refusals):
        empty(headline, why, height)
    else:
        empty(f"{headline} yet", sentence, height)


def literal(text: str) -> str:
    """Markdown that shows just this text."""
    return re.sub(r"([\\`*_~<>\[\]#$&:|])", r"\\\1", text)


def link(page: str, query: Mapping[str, str | Sequence[str]], text: str, told: str = "") -> str:
    """HTML: a link to another page, opened as the navigation opens it, see `links.js`. told: on hover."""
    address = f"{page}?{urlencode(query, doseq=True)}" if query else page
    hover = f' title="{escape(told)}"' if told else ""
    return f'<a class="inside" href="{escape(address)}"{hover}>{escape(text)}</a>'
