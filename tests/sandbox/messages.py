"""Messages as a site sends them."""


def call(phone, **fields):
    return {"from": "Shop", "to": phone, "type": "flashcall", "text": 4821, "ttl": 60, **fields}


def sms(phone, **fields):
    return {"from": "Shop", "to": phone, "type": "sms", "text": "Your code is 730415.", "ttl": 300, **fields}


def viber(phone, **fields):
    template = {
        "templateId": "c33cccaf-735f-4d62-8383-a76bf4999e2d",
        "templateLang": "uk",
        "templateParams": {"pin": "730415", "business_platform_name": "Shop"},
    }
    return {"from": "Shop", "to": phone, "type": "viber_otp", "text": "", "messageData": template, **fields}
