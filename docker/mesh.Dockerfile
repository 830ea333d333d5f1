# The mesh's own parts. Targets: `consul` (the server) and `proxy` (Envoy, started by
# `consul connect envoy`: the gateway and every sidecar). The pair of versions is the tested one.

FROM hashicorp/consul:1.21.0 AS consul
COPY --chmod=0644 consul/server.hcl /etc/consul/server.hcl
# Not the image's own /consul/data: a folder declared a volume cannot change its owner here.
RUN mkdir -p /var/lib/consul && chown 10001:10001 /var/lib/consul
USER 10001:10001
ENTRYPOINT ["consul", "agent", "-config-dir=/etc/consul", "-data-dir=/var/lib/consul"]
CMD []

FROM envoyproxy/envoy:v1.40.0 AS proxy
COPY --from=hashicorp/consul:1.21.0 /bin/consul /usr/local/bin/consul
COPY --chmod=0755 docker/proxy docker/http-ok docker/http-get docker/sidecar-ok /usr/local/bin/
COPY --chmod=0755 consul/services /etc/imagehub/services
COPY --chmod=0644 consul/edge.yaml consul/sidecar.yaml /etc/imagehub/
# Where the filter is read from, and where the sockets are; owned as in the images that share them,
# whichever is mounted first.
RUN install -d -o 10001 -g 10001 /var/lib/imagehub-mesh /run/imagehub
USER 10001:10001
ENTRYPOINT ["proxy"]
