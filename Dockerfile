# aedash for a Hugging Face Space, or any host of containers: CPU only, one port, a user without rights, and one folder
# that may be written. docs/deploy.md says how to run it, and what its layers weigh.

FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
COPY requirements.txt constraints.txt ./
# the backend: PyTorch's own wheels for CPUs; the ordinary ones bring 4 GB of CUDA
RUN uv venv /opt/venv \
    && uv pip install --python /opt/venv/bin/python --no-cache --compile-bytecode --torch-backend cpu \
        -r requirements.txt -c constraints.txt

FROM python:3.11-slim-bookworm
RUN useradd --uid 1000 --create-home user \
    && install --directory --owner=1000 --group=1000 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv/aedash
COPY LICENSE README.md app.py ./
COPY .streamlit ./.streamlit
COPY static ./static
COPY checkpoints ./checkpoints
COPY pages ./pages
COPY aedash ./aedash
RUN /opt/venv/bin/python -m compileall -q app.py pages aedash
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    AEDASH_SHARED=true \
    AEDASH_RUNS_DIR=/data/runs \
    AEDASH_DATA_DIR=/data/sets \
    AEDASH_EXECUTOR=process \
    AEDASH_MAX_CONCURRENT_RUNS=2 \
    AEDASH_MAX_QUEUED_RUNS=60 \
    AEDASH_MAX_EPOCHS=500 \
    AEDASH_MAX_SECONDS=600 \
    AEDASH_MAX_PARAMETERS=5000000 \
    AEDASH_MAX_GIGABYTES=1 \
    AEDASH_MAX_CELLS=60 \
    AEDASH_MAX_THREADS=2 \
    AEDASH_MAX_DISK=10 \
    AEDASH_RETENTION=oldest \
    AEDASH_MAX_DISK_PER_PERSON=0.5 \
    AEDASH_MAX_DISK_PER_RUN=0.2 \
    AEDASH_MAX_UPLOAD=50 \
    AEDASH_MAX_UPLOADS=200
USER 1000
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
CMD ["streamlit", "run", "app.py"]
