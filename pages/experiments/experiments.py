import streamlit as st

from aedash.ui.experiments.start import cards

st.title("Experiments", anchor=False)
cards.cards()
