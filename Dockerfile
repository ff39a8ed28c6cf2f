# syntax=docker/dockerfile:1

# Onramp as a container: one static binary on an empty root.
#
#   docker build -t onramp .           (--build-arg VERSION=v1.2.3 for a release)
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
# Absent: the commit that is checked out.
ARG VERSION
# timetzdata puts the time zones into the binary: business times need them, and
# an empty root has none.
RUN if [ -z "$VERSION" ] && [ -f .git/HEAD ]; then \
      ref=$(sed -n 's/^ref: //p' .git/HEAD) \
      && VERSION=$(cat ".git/${ref:-HEAD}" 2>/dev/null || sed -n "s,^\([0-9a-f]*\) $ref\$,\1,p" .git/packed-refs); \
    fi \
    && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags timetzdata \
      -ldflags "-s -w -X main.buildVersion=$VERSION" -o /image/onramp ./cmd/onramp
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
