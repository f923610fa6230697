"""The door to the requests process: the one place of the catalogue that opens a request."""


def open_request(**values):
    """A request with its approvals and its plan begun. Returns it."""
    from ..requests import services

    return services.open_request(**values)
