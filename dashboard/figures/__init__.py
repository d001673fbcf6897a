"""Data in, plotly Figure out: `get_…_info` turns data into what is shown, `plot_…` draws it. No Streamlit, no files."""
