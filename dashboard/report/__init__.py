"""A run as one HTML file that opens without a server or network. No Streamlit."""
