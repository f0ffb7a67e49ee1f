"""The JSON API, on Django REST framework."""
