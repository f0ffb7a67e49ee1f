"""The adapter of a site of ours."""

from allauth.account.adapter import DefaultAccountAdapter

from django_flashcall.contrib.allauth.adapter import FlashCallAdapterMixin


class AccountAdapter(FlashCallAdapterMixin, DefaultAccountAdapter):
    pass
