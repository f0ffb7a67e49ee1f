"""A small site that uses django-flashcall as a user would."""
