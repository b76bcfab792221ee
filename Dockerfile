# One image, three commands: web (the default), `worker`, `migrate`; any other `portolan` command works the same way.
#     docker run portolan            docker run portolan worker            docker run portolan migrate

FROM node:24-slim AS assets
WORKDIR /assets
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim AS packages
RUN python -m venv /venv
COPY requirements-production.lock .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-production.lock

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin portolan \
    && install -d -o portolan -g portolan /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
COPY --from=assets /assets/node_modules/htmx.org/dist/htmx.min.js app/static/vendor/
COPY --from=assets /assets/node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf \
    /assets/node_modules/@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf app/static/fonts/
COPY --from=assets /assets/node_modules/@ip-location-db/asn-country/asn-country-ipv4-num.csv app/traffic/data/country-ipv4.csv
COPY --from=assets /assets/node_modules/@ip-location-db/asn-country/asn-country-ipv6-num.csv app/traffic/data/country-ipv6.csv
COPY --from=assets /assets/node_modules/crawler-user-agents/crawler-user-agents.json app/traffic/data/crawlers.json
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PORTOLAN_ENVIRONMENT=production \
    PORTOLAN_HOST=0.0.0.0 \
    PORTOLAN_PORT=8000 \
    PORTOLAN_LOG_FORMAT=json \
    PORTOLAN_DATA_DIR=/data
RUN python -m compileall -q app listings orders payments trust
USER portolan
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["python", "-m", "app.cli"]
CMD ["serve"]
