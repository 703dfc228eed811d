# One image for web, worker, beat and migrations.

FROM python:3.11-slim-bookworm AS wheels
COPY requirements/base.lock /base.lock
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /base.lock

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore, for backup and restore: of the server's release, 15, or newer. Pango and a font, for PDFs.
RUN apt-get update && apt-get install -y --no-install-recommends postgresql-client libpango-1.0-0 libpangoft2-1.0-0 \
    libharfbuzz-subset0 fonts-dejavu-core && rm -rf /var/lib/apt/lists/*
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/collected \
    STATICFILES_STORAGE=whitenoise.storage.CompressedManifestStaticFilesStorage
COPY --from=wheels /opt/venv /opt/venv
WORKDIR /app
COPY . .
# Compression takes most of a minute, so it is done here and not at a start; the key signs nothing.
# Whoever builds may keep the code from others on that machine; in here another user has to read it.
RUN chmod -R go+rX . \
    && SECRET_KEY=build EMBEDDED=true DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q . \
    && useradd --system --no-create-home --uid 10001 quality \
    # A new volume takes over whose folder it is.
    && install --directory --owner=quality --mode=700 /data
USER quality
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "quality_program.wsgi"]
