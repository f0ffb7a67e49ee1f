"""What the site asks before it sends; a real one asks over the network."""

from django_flashcall.exceptions import Refused


def refuse_all(phone_number, **about):
    raise Refused
