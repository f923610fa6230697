"""The switchboard takes its places: it decides where calls go."""

from .. import routes
from . import deciding

routes.use(deciding.decide)
