# The mesh's own parts. Targets: `consul` (the server) and `proxy` (Envoy, started by
# `consul connect envoy`: the gateway and every sidecar). The pair of versions is the tested one.

FROM hashicorp/consul:1.21.0 AS consul
COPY consul/server.hcl /etc/consul/server.hcl
# Not the image's own /consul/data: a folder declared a volume cannot change its owner here.
RUN mkdir -p /var/lib/consul && chown 10001:10001 /var/lib/consul
USER 10001:10001
ENTRYPOINT ["consul", "agent", "-config-dir=/etc/consul", "-data-dir=/var/lib/consul"]
CMD []

FROM envoyproxy/envoy:v1.40.0 AS proxy
COPY --from=hashicorp/consul:1.21.0 /bin/consul /usr/local/bin/consul
COPY docker/proxy docker/http-ok /usr/local/bin/
COPY consul/services /etc/imagehub/services
# Where the filter is read from; owned as in the image that writes it, whichever is mounted first.
RUN mkdir -p /var/lib/imagehub-mesh && chown 10001:10001 /var/lib/imagehub-mesh
USER 10001:10001
ENTRYPOINT ["proxy"]
