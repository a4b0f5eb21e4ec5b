# ragbook as one process: uvicorn, not as root, nothing written but below /data.
FROM python:3.11.14-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

FROM base AS packages
COPY requirements.lock .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes -r requirements.lock

FROM base
RUN groupadd --gid 10001 ragbook \
    && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home \
        --shell /usr/sbin/nologin ragbook \
    && install --directory --owner ragbook --group ragbook --mode 0700 /data
COPY --from=packages /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    RAGBOOK_DATA=/data

WORKDIR /app
# What changes least comes first, so that a new release sends few layers.
COPY weights weights
COPY examples examples
COPY LICENSE manage.py ./
COPY templates templates
COPY retrieval retrieval
COPY chat chat
COPY desk desk
COPY ragbook ragbook
# The key is for this step alone: none is written into the image.
RUN python -m compileall -q ragbook desk chat retrieval \
    && SECRET_KEY=for-collectstatic-only RAGBOOK_DATA=/tmp \
        python manage.py collectstatic --no-input --verbosity 0

USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "ragbook.probe"]
# --no-proxy-headers: RAGBOOK_TRUSTED_PROXIES alone says whose forwarded address is believed.
CMD ["uvicorn", "ragbook.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--ws-max-size", "65536", "--ws-per-message-deflate", "false", "--timeout-graceful-shutdown", "30", \
     "--lifespan", "on", "--no-access-log", "--no-proxy-headers", "--no-server-header"]
