"""The example site with its index and its signup open to strangers, and a page that has nothing but the element."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.views.generic import TemplateView

from example_project.tour.signup import SignupView


@login_not_required
def element(request: HttpRequest) -> HttpResponse:
    """Show the element; the query gives its attributes."""
    return render(request, "element.html", {"attributes": request.GET.items()})


urlpatterns = [
    path("element/", element),
    path("", login_not_required(TemplateView.as_view(template_name="index.html")), name="index"),
    path("signup/", login_not_required(SignupView.as_view()), name="signup-page"),
    path("", include("example_project.urls")),
]
