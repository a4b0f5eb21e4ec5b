"""The first page of the desk: how the books did in a period, in figures and charts."""
