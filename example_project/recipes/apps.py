"""The Django app."""

from django.apps import AppConfig


class RecipesConfig(AppConfig):
    name = "example_project.recipes"
    label = "recipes"

    def ready(self) -> None:
        from django_flashcall.signals import phone_transferred, phone_verified
        from example_project.recipes import users_phone

        phone_verified.connect(users_phone.was_verified)
        phone_transferred.connect(users_phone.was_transferred)
