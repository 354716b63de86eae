# Two images: `app` runs the server processes, the worker and the migrations; `proxy` is nginx
# with the static files.

FROM python:3.11-slim-bookworm AS dependencies
COPY requirements/production.txt /tmp/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/production.txt

FROM python:3.11-slim-bookworm AS app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /app site
WORKDIR /app
COPY --from=dependencies /venv /venv
COPY realtime_notify realtime_notify
COPY demo demo
COPY manage.py asgi.py ./
USER site
EXPOSE 8000
CMD ["python", "-m", "realtime_notify.servers.daphne", "--bind", "0.0.0.0", "--port", "8000", "asgi:application"]

FROM app AS static
USER root
# The settings ask for everything a server needs; collecting files needs none of it.
RUN DJANGO_SETTINGS_MODULE=demo.production SECRET_KEY=- ALLOWED_HOSTS=- REDIS_URL=redis://- \
    DATABASE_URL=postgresql://- python manage.py collectstatic --noinput

FROM nginxinc/nginx-unprivileged:1.28-alpine AS proxy
COPY deploy/nginx.conf /etc/nginx/nginx.conf
COPY --from=static /srv/static /srv/static
