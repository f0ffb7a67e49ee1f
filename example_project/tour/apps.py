"""The Django app."""

from django.apps import AppConfig


class TourConfig(AppConfig):
    name = "example_project.tour"
    label = "tour"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from example_project.tour import notices  # noqa: F401  (listens to signals)
