"""mdBook books: chapters by SUMMARY.md, included files, addresses and anchors."""
