"""What each operation that we call costs, in API tokens.

Source: `x-token-cost` of openapi-v2.yaml and openapi-v1.yaml; flat, whatever the `limit`.
"""

from collections.abc import Mapping
from types import MappingProxyType

#: By operation: method and path template.
PRICES: Mapping[str, int] = MappingProxyType(
    {
        "GET /api/v2/persons": 10,
        "POST /api/v2/persons": 5,
        "GET /api/v2/persons/{id}": 1,
        "PATCH /api/v2/persons/{id}": 5,
        "GET /api/v2/persons/search": 20,
        "GET /api/v2/personFields": 10,
        "POST /api/v2/personFields": 5,
        "POST /api/v2/personFields/{field_code}/options": 5,
        "GET /api/v2/organizations": 10,
        "POST /api/v2/organizations": 5,
        "GET /api/v2/organizations/{id}": 1,
        "PATCH /api/v2/organizations/{id}": 5,
        "GET /api/v2/organizations/search": 20,
        "GET /api/v2/organizationFields": 10,
        "POST /api/v2/organizationFields": 5,
        "POST /api/v2/organizationFields/{field_code}/options": 5,
        "GET /api/v2/deals": 10,
        "GET /api/v2/deals/archived": 20,
        "POST /api/v2/deals": 5,
        "GET /api/v2/deals/{id}": 1,
        "PATCH /api/v2/deals/{id}": 5,
        "DELETE /api/v2/persons/{id}": 3,
        "DELETE /api/v2/organizations/{id}": 3,
        "DELETE /api/v2/activities/{id}": 3,
        "DELETE /api/v2/deals/{id}": 3,
        "DELETE /api/v1/leads/{id}": 6,
        "DELETE /api/v1/deals/{id}/participants/{deal_participant_id}": 6,
        "DELETE /api/v1/notes/{id}": 6,
        "PUT /api/v1/persons/{id}/merge": 40,
        "PUT /api/v1/organizations/{id}/merge": 40,
        "PUT /api/v1/deals/{id}/merge": 40,
        "GET /api/v2/dealFields": 10,
        "POST /api/v2/dealFields": 5,
        "POST /api/v2/dealFields/{field_code}/options": 5,
        "GET /api/v2/activities": 10,
        "POST /api/v2/activities": 5,
        "GET /api/v2/activities/{id}": 1,
        "PATCH /api/v2/activities/{id}": 5,
        "GET /api/v2/activityFields": 10,
        "GET /api/v2/itemSearch/field": 20,
        "GET /api/v1/deals/{id}/participants": 10,
        "POST /api/v1/deals/{id}/participants": 10,
        "GET /api/v1/activityTypes": 20,
        "POST /api/v1/activityTypes": 10,
        "GET /api/v1/users": 20,
        "GET /api/v1/users/me": 2,
        "GET /api/v1/leadLabels": 10,
        "GET /api/v1/currencies": 20,
        "GET /api/v2/pipelines": 5,
        "GET /api/v2/stages": 5,
        "GET /api/v1/leads": 20,
        "GET /api/v1/leads/archived": 40,
        "POST /api/v1/leads": 10,
        "GET /api/v1/leads/{id}": 2,
        "PATCH /api/v1/leads/{id}": 10,
        "GET /api/v1/notes": 20,
        "POST /api/v1/notes": 10,
        "GET /api/v1/notes/{id}": 2,
        "PUT /api/v1/notes/{id}": 10,
        "GET /api/v1/webhooks": 10,
        "POST /api/v1/webhooks": 10,
        "DELETE /api/v1/webhooks/{id}": 6,
    }
)


def price(operation: str) -> int:
    """Tokens that one call costs. An operation without a price is a defect: KeyError."""
    return PRICES[operation]
