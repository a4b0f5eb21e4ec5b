"""MkDocs sites, Material for MkDocs above all: pages, their routes, order and anchors."""
