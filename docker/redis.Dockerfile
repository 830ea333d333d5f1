# Redis with the durability the catalogue counts on.
FROM redis:7.0-bookworm
COPY --chmod=0644 docker/redis.conf /etc/imagehub/redis.conf
# Not the image's own /data: a folder declared a volume cannot change its owner here.
RUN install -d -o 10001 -g 10001 /var/lib/redis-imagehub /run/imagehub
USER 10001:10001
ENTRYPOINT ["redis-server", "/etc/imagehub/redis.conf"]
CMD []
