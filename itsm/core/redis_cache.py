"""Django's Redis cache with one client a pool: making a client costs more than most of the commands it sends."""

from django.core.cache.backends import redis


class Client(redis.RedisCacheClient):
    """Keeps what the base class makes anew for each command. Clients are thread-safe; their pool is the one of the base."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._clients: dict = {}

    def get_client(self, key=None, *, write=False):
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # the stubs leave out the base's own names
        found = self._clients.get(id(pool))
        if found is None:
            found = self._clients[id(pool)] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return found


class Cache(redis.RedisCache):
    """The backend for settings.CACHES."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = Client
