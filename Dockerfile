# Balas in one image: `balas up` by default, `balas serve`, `balas worker` and `balas migrate` with another command.
#
# The base does not move by itself. To take a newer one, at least with each release:
#   docker buildx imagetools inspect python:3.11.14-slim-bookworm --format '{{.Manifest.Digest}}'
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

FROM ${PYTHON_IMAGE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/balas
WORKDIR /src
# The dependencies come first: they change less often than the code. Hashes: what is installed is what was tested.
COPY requirements.lock ./
RUN /opt/balas/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY balas ./balas
RUN /opt/balas/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/balas/bin/pip install --no-deps /wheel/*.whl \
    && /opt/balas/bin/pip uninstall --yes hatchling editables trove-classifiers pathspec pluggy \
    && /opt/balas/bin/pip uninstall --yes pip setuptools
# The bundled model is prepared here, so that a container starts at once and writes nothing outside /data and /tmp.
WORKDIR /
ENV XDG_CACHE_HOME=/opt/cache ORT_DISABLE_TELEMETRY=1
RUN /opt/balas/bin/python -c "from balas.rag.vectors.embedded_model import EmbeddedModel; from balas.settings import load_settings; EmbeddedModel(load_settings().model_cache_dir)" \
    && chmod -R a+rX,go-w /opt/cache

FROM ${PYTHON_IMAGE} AS runtime
LABEL org.opencontainers.image.title="Balas" \
      org.opencontainers.image.description="Answers WhatsApp messages from your own documents, once, with the source." \
      org.opencontainers.image.licenses="MIT"
# Scans and photos are read in these languages, by Tesseract; some 100 MB. Others: --build-arg OCR_LANGUAGES="eng swa".
# None at all: --build-arg OCR_LANGUAGES="".
ARG OCR_LANGUAGES="ara chi-sim deu eng fra hin ind jpn por spa tha vie"
# The newest roots matter more than a fixed version of them: addresses are checked against the system's store.
# hadolint ignore=DL3008,SC2046,SC2086
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
        ${OCR_LANGUAGES:+tesseract-ocr $(printf 'tesseract-ocr-%s ' ${OCR_LANGUAGES})} \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 balas \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin balas \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /opt/balas /opt/balas
COPY --from=build /opt/cache /opt/cache
# onnxruntime reports to its vendor unless it is told not to: nothing may leave the machine unasked.
# GLIBC_TUNABLES: else each of a worker's threads keeps memory that it has freed, 60 to 100 MB with 300 turns at once.
ENV PATH=/opt/balas/bin:$PATH \
    ORT_DISABLE_TELEMETRY=1 \
    GLIBC_TUNABLES=glibc.malloc.tcache_count=0 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/opt/cache \
    BALAS_DATA_DIR=/data \
    BALAS_HOST=0.0.0.0 \
    BALAS_PORT=8000
# Numbers, so that Kubernetes can tell that it is not root.
USER 10001:10001
WORKDIR /
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
# For the web processes. A worker listens nowhere: switch the check off there, as compose.yaml does.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['BALAS_PORT']), timeout=3); c.request('GET', '/livez'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["balas"]
CMD ["up"]
