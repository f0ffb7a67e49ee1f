"""A site with a JSON API and no pages of ours but `<flash-call>`."""
