import streamlit as st

from aedash.ui.experiments.start import cards, earlier

st.title("Experiments", anchor=False)
st.html(f'<p class="lede">{cards.LEDE}</p>')
cards.cards()
earlier.listed()
