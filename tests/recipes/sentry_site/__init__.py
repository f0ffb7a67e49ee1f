"""A site with the real sentry-sdk, which patches Django for good: so it has a process of its own."""
