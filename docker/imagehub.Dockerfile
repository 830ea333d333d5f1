# Image Hub's own programs. Targets: `app` (the service), `hub` (the operator's tool, which also
# carries the filter), `bench` (that tool with what it measures by) and `compile` (for a filter that
# somebody writes). Everything is compiled once, in the stage they share; what was compiled before a
# change is kept in BuildKit's cache.

FROM rust:1.96-bookworm AS rust
RUN rustup target add wasm32-unknown-unknown

FROM rust AS compile
WORKDIR /filter
COPY examples/filters/rust ./
RUN cargo fetch --locked --target wasm32-unknown-unknown
COPY --chmod=0755 docker/compile-filter /usr/local/bin/
ENTRYPOINT ["compile-filter"]

FROM rust AS build
ARG TARGETARCH
ENV CARGO_HOME=/var/cache/cargo \
    CARGO_TERM_COLOR=never \
    CARGO_INCREMENTAL=0 \
    CARGO_PROFILE_RELEASE_STRIP=symbols
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
# The end-to-end tests and the dynamic module stay outside, but cargo wants a source for every member.
COPY e2e/Cargo.toml e2e/
COPY imagehub-module/Cargo.toml imagehub-module/
RUN install -D /dev/null e2e/src/main.rs && install -D /dev/null imagehub-module/src/lib.rs
COPY docker/build docker/
COPY consul consul
COPY imagehub-policy imagehub-policy
COPY imagehub-filter imagehub-filter
COPY imagehub-app imagehub-app
COPY hub hub
COPY examples/filters/racy examples/filters/racy
RUN --mount=type=cache,id=imagehub-cargo,target=/var/cache/cargo \
    --mount=type=cache,id=imagehub-target-${TARGETARCH},target=/src/target,sharing=locked \
    docker/build \
    && install -D -t /out/bin target/release/imagehub-app target/release/hub \
    && install -D -m 0644 -t /out/wasm target/imagehub_filter.wasm target/imagehub_filter_trap.wasm \
      target/racy/wasm32-unknown-unknown/release/racy_filter.wasm

FROM build AS build-module
ARG TARGETARCH
COPY imagehub-module imagehub-module
RUN --mount=type=cache,id=imagehub-cargo,target=/var/cache/cargo \
    --mount=type=cache,id=imagehub-target-${TARGETARCH},target=/src/target,sharing=locked \
    find imagehub-module -type f -exec touch {} + \
    && cargo build --locked --profile module --package imagehub-module \
    && install -D -t /out/wasm target/module/libimagehub_module.so

FROM debian:bookworm-slim AS app
COPY --from=build /out/bin/imagehub-app /usr/local/bin/
COPY --chmod=0755 docker/http-ok /usr/local/bin/
# Whom to believe when blobs are in an object store.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
# Named volumes take their owner from these folders when they are first mounted.
RUN install -d -o 10001 -g 10001 /var/lib/imagehub /var/lib/imagehub-mesh /run/imagehub
USER 10001:10001
ENTRYPOINT ["imagehub-app"]

FROM debian:bookworm-slim AS hub
COPY --from=build /out/bin/hub /usr/local/bin/
COPY --from=build /out/wasm /usr/share/imagehub/wasm
COPY --chmod=0755 consul /usr/share/imagehub/consul
COPY --chmod=0755 docs/workshop /usr/share/imagehub/docs/workshop
ENV IMAGEHUB_ROOT=/usr/share/imagehub \
    IMAGEHUB_WASM_MODULE=/usr/share/imagehub/wasm/imagehub_filter.wasm
RUN install -d -o 10001 -g 10001 /var/lib/imagehub /var/lib/imagehub-mesh
USER 10001:10001
ENTRYPOINT ["hub"]

# Not Envoy's own image: programs that were compiled above ask for the C library of this Debian.
FROM hub AS bench
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk && rm -rf /var/lib/apt/lists/*
COPY --from=envoyproxy/envoy:v1.40.0 /usr/local/bin/envoy /usr/local/bin/
COPY --from=build-module /out/wasm/libimagehub_module.so /usr/share/imagehub/wasm/
USER 10001:10001
