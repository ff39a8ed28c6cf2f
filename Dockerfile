# syntax=docker/dockerfile:1

# Onramp as a container: one static binary on an empty root.
#
#   docker build -t onramp .
#   docker run --read-only -v onramp:/data -p 8080:8080 onramp --allow-development-certificates
#
# Everything that is written goes to /data, so the root file system may be
# read-only. Inside a container the listen address is not loopback, and with
# development certificates `serve` refuses such an address: give real ones
# (ONRAMP_SIGNING_CERT and ONRAMP_SIGNING_KEY, ONRAMP_PUBLIC_URL with the name
# that phones use, and ONRAMP_TLS_CERT and ONRAMP_TLS_KEY or a proxy in front), or
# say --allow-development-certificates for a trial.
#
# The RADIUS side (ONRAMP_AAA_LISTEN) and the operator's (ONRAMP_ADMIN_LISTEN)
# stay on the container's loopback, where a FreeRADIUS that shares its network
# namespace reaches them. Elsewhere the RADIUS side needs TLS.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
# timetzdata puts the time zones into the binary: business times need them, and
# an empty root has none.
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -tags timetzdata -ldflags "-s -w" -o /image/onramp ./cmd/onramp
RUN mkdir -p /image/data /image/etc/ssl/certs \
    && chmod 0700 /image/data \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
COPY --from=build /image/etc /etc
COPY --from=build /image/onramp /onramp
COPY --from=build --chown=65532:65532 /image/data /data
# By number: an empty root has no /etc/passwd, and an orchestrator can see that it
# is not root.
USER 65532:65532
# The working and temporary folder are on the volume, the one place that can be
# written: SQLite puts its overflow there.
WORKDIR /data
ENV ONRAMP_DATA=/data \
    ONRAMP_LISTEN=0.0.0.0:8080 \
    TMPDIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/onramp", "healthcheck"]
ENTRYPOINT ["/onramp", "serve"]
