"""What a client of the example site does over JSON."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient

PASSWORD = "correct horse battery"
MALLORYS = "+380671234599"


class Site(APIClient):
    """Sends JSON, with the token against forged requests where the site has set one."""

    def send(self, url: str, **body: Any) -> Any:
        forgery = {"X-CSRFToken": self.cookies["csrftoken"].value} if "csrftoken" in self.cookies else {}
        return self.post(url, body, format="json", headers=forgery)

    def start(self, phone_number: str, purpose: str) -> Any:
        return self.send("/api/phone/verifications/", phone_number=phone_number, purpose=purpose)

    def prove(self, attempt_id: str, code: str) -> str:
        """Enter the right code and return the proof."""
        reply = self.send(f"/api/phone/verifications/{attempt_id}/verify/", code=code)
        proof: str = reply.json()["proof"]
        return proof

    def show_a_page(self) -> None:
        """Get the cookie against forged requests."""
        self.get("/login/")

    def who(self) -> str | None:
        """Return the primary key of whoever is signed in."""
        key: str | None = self.session.get("_auth_user_id")
        return key
