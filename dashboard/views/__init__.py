"""One thin script a page; `dashboard/app.py` lists them."""
