"""What SMSBAT documents, for comparison with what is sent and read."""

# smsbat.com help, "Flash Call": "Request Flash Call", the body of the curl example.
FLASH_CALL_REQUEST = {
    "messages": [
        {
            "from": "YourApp",
            "to": "+380XXXXXXXXX",
            "type": "flashcall",
            "messageData": {"callerId": "+380123456789"},
            "ttl": 60,
        }
    ]
}

# smsbat.com help, "Flash Call": "API Response".
FLASH_CALL_ANSWER = {
    "messagelistId": 123456,
    "messages": [
        {
            "messageId": "abc123def456",
            "status": "accepted",
            "callerId": "+380123456789",
            "pattern": "***456789",
            "to": "+380XXXXXXXXX",
        }
    ],
}

# smsbat.com help, "Flash Call": "Response Format", "Success Response".
FLASH_CALL_ANSWER_WITH_TTL = {
    "messagelistId": 123456,
    "messages": [{**FLASH_CALL_ANSWER["messages"][0], "ttl": 60}],
}

# smsbat.com help, "Flash Call": "Flashcall -> Viber OTP -> SMS Cascade".
CASCADE_REQUEST = {
    "messages": [
        {
            "from": "ALPHANAME",
            "to": "380936670003",
            "type": "flashcall",
            "text": 321,
            "ttl": 30,
            "fallbacks": [
                {
                    "from": "ALPHANAME",
                    "to": "380936670003",
                    "type": "viber_otp",
                    "text": "",
                    "ttl": 90,
                    "messageData": {
                        "templateId": "6c929cef-29b4-4349-bc9d-2a07bdbb6e43",
                        "templateLang": "uk",
                        "templateParams": {
                            "pin": 321,
                            "business_platform_name": "SMSBAT",
                            "code_validity_time": 7,
                        },
                    },
                },
                {
                    "from": "ALPHANAME",
                    "to": "380936670003",
                    "type": "sms",
                    "text": "Your SMS code: 321",
                },
            ],
        }
    ]
}

# smsbat.com help, "Send Message": "Check Message Status", the basic reply.
STATUS_ANSWER = {
    "messagelistId": 123456,
    "messageId": "abc123def456",
    "deliverystatus": "delivered",
    "partscount": 1,
    "cost": 0.05,
}

# The same, "when fallback is configured". The page has the names of the fields; the values are examples of ours.
STATUS_ANSWER_WITH_FALLBACKS = {
    **STATUS_ANSWER,
    "fallbacks": [{"type": "viber_otp", "status": "delivered"}, {"type": "sms", "status": "not_used"}],
    "extendedStatuses": {"viber": "delivered", "sms": "not_used"},
    "rate": 0.35,
    "rateAmount": 0.01,
    "rateCurrency": "USD",
    "billAmount": 0.35,
    "billCurrency": "UAH",
}

# smsbat.com help, "Webhooks": "Delivery Report".
DELIVERY_REPORT = {
    "messageId": "abc123def456",
    "deliverystatus": "delivered",
    "timestamp": "2025-01-23T10:30:00Z",
    "cost": 0.05,
}
