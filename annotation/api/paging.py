"""Pages by key, so that page 5,000 costs what page 1 does."""

from rest_framework.pagination import CursorPagination


class OldestFirst(CursorPagination):
    ordering = "pk"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_paginated_response_schema(self, schema: dict) -> dict:
        shape = super().get_paginated_response_schema(schema)
        shape["properties"].pop("previous", None)
        return shape

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        response.data.pop("previous", None)
        return response
