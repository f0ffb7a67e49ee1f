"""The tour: the pages of a small shop that verifies phone numbers, one file a flow."""
