"""What docs/recipes shows: the steps of a site's own that come before and after a proof, over JSON."""
