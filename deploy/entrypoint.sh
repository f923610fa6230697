#!/bin/sh
# The entry points of the containers: the same programs that `make demo` supervises.
set -eu
case "${1:-web}" in
  web) exec gunicorn --config deploy/gunicorn.py itsm.wsgi ;;
  worker) exec celery --app itsm worker --concurrency "${WORKER_CONCURRENCY:-2}" --queues vigie --without-mingle --without-gossip ;;
  beat) exec celery --app itsm beat --pidfile "" ;;
  exchanges) exec python manage.py listen_to_exchanges ;;
  migrate) exec python manage.py migrate ;;
  *) exec "$@" ;;
esac
