"""Published sites: the pages that a site's sitemap names, fetched politely and kept."""
