"""An API client for tests."""

from rest_framework.test import APIClient

from annotation.services.people import give_token


class Programme:
    """An API client that signs in with a key and knows the addresses."""

    def __init__(self, user):
        self.client = APIClient()
        key = give_token(user.username, "a long enough secret", None)
        self.client.credentials(HTTP_AUTHORIZATION=f"Token {key}")

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path, body=None, **headers):
        return self.client.post(f"/api/v1/{path}", body, format="json", headers=headers)

    def next(self, *besides):
        return self.post("queue/next/", {"besides": besides} if besides else None)

    def submit(self, claim, facets, key="key", **more):
        body = {"claim": claim, "facets": facets} | more
        return self.post("annotations/", body, idempotency_key=key)
