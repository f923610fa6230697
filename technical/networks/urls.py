from django.urls import path

from . import editing, views

app_name = "networks"
urlpatterns = [
    path("", views.index, name="overview"),
    *(path(f"{kind.replace('_', '-')}/", views.listed, {"kind": kind}, name=kind) for kind in views.LISTS),
    path("prefixes/<int:pk>/", views.prefix, name="prefix"),
    path("prefixes/<int:pk>/next-address/", views.next_address, name="next_address"),
    path("prefixes/<int:pk>/next-prefix/", views.next_prefix, name="next_prefix"),
    path("vlans/<int:pk>/", views.vlan, name="vlan"),
]
NAMES = {
    "vrfs": "vrf", "vlan-groups": "vlan_group", "vlans": "vlan", "prefixes": "prefix", "ranges": "range", "addresses": "address",
    "interfaces": "interface", "cables": "cable",
}  # fmt: skip
for _kind, _name in NAMES.items():
    _more = {"kind": _kind}
    urlpatterns += [
        path(f"{_kind}/new/", editing.add, _more, name=f"{_name}_new"),
        path(f"{_kind}/<int:pk>/edit/", editing.change, _more, name=f"{_name}_edit"),
        path(f"{_kind}/<int:pk>/delete/", editing.remove, _more, name=f"{_name}_delete"),
    ]
