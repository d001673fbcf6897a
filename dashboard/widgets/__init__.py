"""Pieces of a page: each draws itself and gives back plain values."""
