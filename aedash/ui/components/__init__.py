"""Live elements of the board, each a Streamlit component that is updated in place."""
