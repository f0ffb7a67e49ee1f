"""The example's accounts: a custom user model, and signup with a proven phone number."""
