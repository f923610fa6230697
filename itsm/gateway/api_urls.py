"""Everything under /api/v1/. Imported once all apps are ready; it finds the `api_urls.py` of each of them."""

from django.urls import path, re_path
from django.utils.module_loading import autodiscover_modules

from . import docs, problems, token_api
from .router import router

autodiscover_modules("api_urls")

urlpatterns = [
    path("tokens/", token_api.TokenList.as_view(), name="api-tokens"),
    path("tokens/<int:pk>/", token_api.TokenDetail.as_view(), name="api-token"),
    path("schema/", docs.Schema.as_view(), name="api-schema"),
    path("docs/", docs.reference, name="api-docs"),
    *router.urls,
    re_path(r"", problems.not_found),
]
