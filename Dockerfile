# syntax=docker/dockerfile:1

# Builds Onramp as one static binary on an empty root file system.
#
#   docker build -t onramp --build-arg VERSION="$(git describe --tags --always --dirty)" .
#   docker run --read-only -v onramp:/data -p 8080:8080 onramp --allow-development-certificates
#
# VERSION is the version that `onramp version`, the metric onramp_build_info and the image's
# label show. Without it the binary shows the commit and the label is empty.
#
# All writes go to /data, so the root file system may be read-only. In a container the listen
# address is not loopback, and `serve` refuses development certificates on such an address.
# Set ONRAMP_SIGNING_CERT, ONRAMP_SIGNING_KEY, ONRAMP_PUBLIC_URL (the name that phones use) and
# either ONRAMP_TLS_CERT and ONRAMP_TLS_KEY or a proxy in front; for a trial, pass
# --allow-development-certificates.
#
# The RADIUS listener (ONRAMP_AAA_LISTEN) and the operator's listener (ONRAMP_ADMIN_LISTEN) bind
# the container's loopback: a FreeRADIUS in the same network namespace reaches them. The RADIUS
# listener requires TLS on any other address.

FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
# Defaults to the commit that is checked out.
ARG VERSION
# timetzdata embeds the time zones, which business times need and an empty root lacks.
RUN if [ -z "$VERSION" ] && [ -f .git/HEAD ]; then \
      ref=$(sed -n 's/^ref: //p' .git/HEAD) \
      && VERSION=$(cat ".git/${ref:-HEAD}" 2>/dev/null || sed -n "s,^\([0-9a-f]*\) $ref\$,\1,p" .git/packed-refs); \
    fi \
    && CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags timetzdata \
      -ldflags "-s -w -X main.buildVersion=$VERSION" -o /image/onramp ./cmd/onramp \
    && go run ./cmd/licences /image/onramp >/image/LICENCES
RUN mkdir -p /image/data /image/raddb /image/etc/ssl/certs \
    && chmod 0700 /image/data /image/raddb \
    && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
ARG VERSION
LABEL org.opencontainers.image.version=$VERSION
COPY --from=build /image/etc /etc
COPY --from=build /image/onramp /image/LICENCES /
COPY --from=build --chown=65532:65532 /image/data /data
# For a volume with the configuration of FreeRADIUS, see templates/deploy/compose.yaml.
COPY --from=build --chown=65532:65532 /image/raddb /raddb
# A numeric user: an empty root has no /etc/passwd, and Kubernetes' runAsNonRoot needs a number.
USER 65532:65532
# The working and temporary folders are on the only writable volume; SQLite spills there.
WORKDIR /data
ENV ONRAMP_DATA=/data \
    ONRAMP_LISTEN=0.0.0.0:8080 \
    TMPDIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 CMD ["/onramp", "healthcheck"]
ENTRYPOINT ["/onramp", "serve"]
