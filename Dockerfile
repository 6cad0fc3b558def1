# One image for all processes; docker-compose.yml says which one a container runs.
FROM python:3.11-slim AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --require-hashes --requirement requirements.lock
COPY . .
# Translations and static files are part of the image; neither needs a database.
RUN DATA_DIR=/tmp/build /venv/bin/python manage.py catalogues compile \
    && DATA_DIR=/tmp/build /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /venv/bin/python -m compileall -q helpdesk tickets knowledge assets notifications escalation \
    && rm -rf /tmp/build

FROM python:3.11-slim
RUN groupadd --gid 10001 helpdesk && useradd --uid 10001 --gid helpdesk --no-create-home --home-dir /data helpdesk \
    && mkdir /data && chown helpdesk:helpdesk /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
USER helpdesk
VOLUME /data
EXPOSE 8000
CMD ["python", "manage.py", "start", "web"]
