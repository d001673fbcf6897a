"""The dashboard: `streamlit run dashboard/app.py -- ROOT`. app → views → widgets, cache, figures."""
