"""The one router of /api/v1/. Each app registers its endpoints in its own `api_urls.py`, which is found by itself."""

from rest_framework.routers import SimpleRouter


class ApiRouter(SimpleRouter):
    """Like DRF's, without a name for the root; an address and its viewset are registered once."""

    def __init__(self):
        super().__init__(trailing_slash=True, use_regex_path=True)


router = ApiRouter()
