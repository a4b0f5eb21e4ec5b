"""Jupyter notebooks and Jupyter Books: read as they were saved, nothing is executed."""
