"""Pages by key, so that page 5,000 costs what page 1 does."""

import re

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination


class OldestFirst(CursorPagination):
    ordering = "pk"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def decode_cursor(self, request):
        cursor = super().decode_cursor(request)
        position = cursor and cursor.position
        if position is not None and not re.fullmatch(r"\d{1,19}", str(position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict) -> dict:
        shape = super().get_paginated_response_schema(schema)
        shape["properties"].pop("previous", None)
        return shape

    def get_paginated_response(self, data):
        response = super().get_paginated_response(data)
        response.data.pop("previous", None)
        return response
