"""Built HTML: pages of any generator, from a folder, a published site or an EPUB."""
