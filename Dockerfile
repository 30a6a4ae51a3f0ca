# cx in a container: what uv.lock names, proved by its hashes; a user of its own; the font cache built beforehand.
FROM python:3.13-slim-bookworm AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/venv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir "uv>=0.9,<1"
WORKDIR /build
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --no-install-project --extra postgres

FROM python:3.13-slim-bookworm
# Chinese, Japanese and Korean in charts; --build-arg FONTS= leaves them out, and charts show "?" in their place.
ARG FONTS=fonts-noto-cjk
# Not pinned: a font package disappears from the mirrors when the next one comes.
# hadolint ignore=DL3008
RUN if [ -n "$FONTS" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $FONTS && rm -rf /var/lib/apt/lists/*; \
    fi \
 && useradd --system --uid 10001 --create-home --home-dir /home/cx --shell /usr/sbin/nologin cx \
 && install -d -o cx -g cx -m 0700 /var/lib/cx
COPY --from=build /opt/venv /opt/venv
WORKDIR /opt/cx
COPY bot ./bot
COPY commands ./commands
COPY jobs ./jobs
COPY manifest.yml LICENSE ./
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/cx \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MPLCONFIGDIR=/home/cx/matplotlib \
    CX_HOME=/var/lib/cx
USER 10001
# Four to six seconds of the first chart, paid once here.
RUN python -c "import matplotlib.font_manager"
WORKDIR /var/lib/cx
VOLUME /var/lib/cx
EXPOSE 8088
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('CX_HTTP_PORT', '8088') + '/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
