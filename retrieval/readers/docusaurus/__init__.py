"""Docusaurus sites: Markdown and MDX pages, their routes, order and anchors."""
