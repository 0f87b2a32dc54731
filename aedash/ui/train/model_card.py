"""The model beside its picker: card, diagram and layer table, all read off the built module."""

from html import escape

import streamlit as st

from aedash import registry
from aedash.analysis.trace import outline
from aedash.config import RunConfig
from aedash.figures.diagram import diagram, layer_table
from aedash.presets.base import Preset
from aedash.registry import Refused
from aedash.ui.shell import frame
from aedash.ui.train import picker


def model_card(config: RunConfig, source: Preset | None) -> None:
    """source: the preset whose architecture this is, if it is one's."""
    card = registry.architectures.get(config.architecture.name).card
    st.markdown(f"#### {source.id}: {card.title.lower()}" if source else f"#### {card.title}")
    try:
        shape = outline(config)
    except Refused as error:
        st.html(frame.problem(str(error)))
        return
    st.html(diagram(shape))
    st.caption("Area: how many numbers pass there, true to scale. The coloured square is the code.")
    st.markdown(card.idea)
    st.latex(card.formula)
    st.caption(f"{card.reference}. Look for: {card.look_for}")
    if config.architecture.variational:
        st.markdown(
            "**Variational.** The encoder gives a mean and a variance for each number of the code: its last layer is "
            "twice as wide. A random draw is decoded, and the KL term keeps the draws near N(0, I): then random codes "
            "decode to images, too."
        )
        st.latex(r"z = \mu + \sigma \odot \varepsilon, \quad \varepsilon \sim \mathcal{N}(0, I)")
        st.caption(
            "Kingma and Welling 2014. Look for: units whose KL is near 0 carry nothing; all of them, and it collapsed."
        )
    if source:
        _published(source)
    st.html(layer_table(shape))


def _published(source: Preset) -> None:
    """Where it comes from, what was published of it, and what to know before believing that."""
    st.html(f'<div class="grouphead"><h3>Published</h3><p>{escape(source.source)}</p></div>')
    st.html(f'<div class="model">{picker.figures(source.published)}{picker.published_curve(source)}</div>')
    if source.flaw:
        st.html(frame.caution(source.flaw) if source.warns else frame.note(source.flaw))
