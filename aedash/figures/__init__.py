"""Pictures as data: colours, thinned curves, image sheets and latent maps. No Streamlit, no torch."""
