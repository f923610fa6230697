from rest_framework import serializers


class Shape(serializers.Serializer):
    """What an endpoint gives out: for the reference and its tests. No field is sure to be there, because of `?fields=`."""

    def get_fields(self):
        fields = super().get_fields()
        for each in fields.values():
            each.required = False
        return fields


class Whole(serializers.Serializer):
    """A part that is given whole or not at all, also where the rest of a body may be left out (PATCH)."""

    def to_internal_value(self, data):
        if not getattr(self.root, "partial", False):
            return super().to_internal_value(data)
        body = type(self)(data=data, context=self.context)
        body.is_valid(raise_exception=True)
        return body.validated_data
