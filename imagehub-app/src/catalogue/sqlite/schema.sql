-- Users, tenants, images, albums, links, tokens and sessions. There is one version of it.

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
    name TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    keep_metadata INTEGER NOT NULL DEFAULT 0,
    -- What the tenant's images take; triggers keep these four right.
    images INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    deleted_images INTEGER NOT NULL DEFAULT 0,
    deleted_bytes INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE memberships (
    tenant TEXT NOT NULL REFERENCES tenants (name),
    user TEXT NOT NULL REFERENCES users (name),
    role TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (tenant, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_user ON memberships (user);

CREATE TABLE invitations (
    tenant TEXT NOT NULL REFERENCES tenants (name),
    user TEXT NOT NULL REFERENCES users (name),
    role TEXT NOT NULL,
    invited_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_user ON invitations (user, invited_at);

-- The ordinal is the order of arrival: pages are cut by it, and it is never used twice.
CREATE TABLE images (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL REFERENCES tenants (name),
    id TEXT NOT NULL,
    digest TEXT NOT NULL,
    crc32 INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    animated INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    thumbnail_type TEXT NOT NULL,
    title TEXT NOT NULL,
    tags TEXT NOT NULL,
    search TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    placeholder TEXT NOT NULL DEFAULT '',
    -- By the camera's clock, which has no time zone: seconds since 1970 began on it.
    taken_at INTEGER,
    -- With what it was taken, in JSON.
    camera TEXT,
    -- The place among images in the order in which they were taken, or else uploaded: the second,
    -- then the ordinal. Redis, which has the same places, is exact to 2^52.
    taken_order INTEGER NOT NULL GENERATED ALWAYS AS (
        coalesce(taken_at, uploaded_at / 1000) * 1048576 + ordinal % 1048576
    ) VIRTUAL,
    -- Until it is purged, a deleted image can be restored.
    deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX images_by_id ON images (tenant, id);
CREATE UNIQUE INDEX images_by_digest ON images (tenant, digest);
CREATE INDEX images_by_age ON images (tenant, ordinal) WHERE deleted_at IS NULL;
CREATE INDEX deleted_images_by_age ON images (tenant, ordinal) WHERE deleted_at IS NOT NULL;
CREATE INDEX images_by_taken ON images (tenant, taken_order) WHERE deleted_at IS NULL;
CREATE INDEX deleted_images_by_taken ON images (tenant, taken_order) WHERE deleted_at IS NOT NULL;
CREATE INDEX images_by_deletion ON images (deleted_at) WHERE deleted_at IS NOT NULL;

-- `deleted` and `taken_order` repeat what the image's record says, so that pages are cut by an index
-- alone.
CREATE TABLE image_tags (
    tenant TEXT NOT NULL,
    tag TEXT NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    ordinal INTEGER NOT NULL REFERENCES images (ordinal) ON DELETE CASCADE,
    taken_order INTEGER NOT NULL,
    folded TEXT NOT NULL,
    PRIMARY KEY (tenant, tag, deleted, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_tags_by_taken ON image_tags (tenant, tag, deleted, taken_order);
CREATE INDEX image_tags_by_image ON image_tags (ordinal);

-- How many images have a tag, deleted ones not counted; triggers keep it right.
CREATE TABLE tags (
    tenant TEXT NOT NULL,
    tag TEXT NOT NULL,
    folded TEXT NOT NULL,
    images INTEGER NOT NULL,
    PRIMARY KEY (tenant, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_use ON tags (tenant, images DESC, tag);
CREATE INDEX tags_by_text ON tags (tenant, folded);

-- The text of each image, deleted ones included, by its pieces of three characters; rowids are the
-- images' ordinals. The text is folded before. Tenants are written as <name>: a name of two characters
-- has such pieces too, and none is found in a longer one.
CREATE VIRTUAL TABLE image_search USING fts5 (
    tenant, search, content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER image_comes_to_search AFTER INSERT ON images BEGIN
    INSERT INTO image_search (rowid, tenant, search)
    VALUES (new.ordinal, '<' || new.tenant || '>', new.search);
END;
CREATE TRIGGER image_changes_in_search AFTER UPDATE OF search ON images BEGIN
    REPLACE INTO image_search (rowid, tenant, search)
    VALUES (new.ordinal, '<' || new.tenant || '>', new.search);
END;
CREATE TRIGGER image_leaves_search AFTER DELETE ON images BEGIN
    DELETE FROM image_search WHERE rowid = old.ordinal;
END;

CREATE TABLE albums (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL REFERENCES tenants (name),
    id TEXT NOT NULL,
    title TEXT NOT NULL,
    cover TEXT,
    -- Deleted ones not counted; triggers keep it right.
    images INTEGER NOT NULL DEFAULT 0,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX albums_by_id ON albums (tenant, id);
CREATE INDEX albums_by_age ON albums (tenant, ordinal);

CREATE TABLE album_images (
    album INTEGER NOT NULL REFERENCES albums (ordinal) ON DELETE CASCADE,
    deleted INTEGER NOT NULL DEFAULT 0,
    ordinal INTEGER NOT NULL REFERENCES images (ordinal) ON DELETE CASCADE,
    taken_order INTEGER NOT NULL,
    PRIMARY KEY (album, deleted, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_images_by_taken ON album_images (album, deleted, taken_order);
CREATE INDEX album_images_by_image ON album_images (ordinal);

CREATE TRIGGER image_comes AFTER INSERT ON images BEGIN
    UPDATE tenants SET
        images = images + (new.deleted_at IS NULL),
        bytes = bytes + iif(new.deleted_at IS NULL, new.bytes, 0),
        deleted_images = deleted_images + (new.deleted_at IS NOT NULL),
        deleted_bytes = deleted_bytes + iif(new.deleted_at IS NULL, 0, new.bytes)
    WHERE name = new.tenant;
END;
CREATE TRIGGER image_goes AFTER DELETE ON images BEGIN
    UPDATE tenants SET
        images = images - (old.deleted_at IS NULL),
        bytes = bytes - iif(old.deleted_at IS NULL, old.bytes, 0),
        deleted_images = deleted_images - (old.deleted_at IS NOT NULL),
        deleted_bytes = deleted_bytes - iif(old.deleted_at IS NULL, 0, old.bytes)
    WHERE name = old.tenant;
END;
CREATE TRIGGER image_is_deleted AFTER UPDATE OF deleted_at ON images
WHEN old.deleted_at IS NULL AND new.deleted_at IS NOT NULL BEGIN
    UPDATE tenants SET
        images = images - 1,
        bytes = bytes - new.bytes,
        deleted_images = deleted_images + 1,
        deleted_bytes = deleted_bytes + new.bytes
    WHERE name = new.tenant;
    UPDATE image_tags SET deleted = 1 WHERE ordinal = new.ordinal;
    UPDATE album_images SET deleted = 1 WHERE ordinal = new.ordinal;
END;
CREATE TRIGGER image_is_restored AFTER UPDATE OF deleted_at ON images
WHEN old.deleted_at IS NOT NULL AND new.deleted_at IS NULL BEGIN
    UPDATE tenants SET
        images = images + 1,
        bytes = bytes + new.bytes,
        deleted_images = deleted_images - 1,
        deleted_bytes = deleted_bytes - new.bytes
    WHERE name = new.tenant;
    UPDATE image_tags SET deleted = 0 WHERE ordinal = new.ordinal;
    UPDATE album_images SET deleted = 0 WHERE ordinal = new.ordinal;
END;

CREATE TRIGGER tag_comes AFTER INSERT ON image_tags WHEN new.deleted = 0 BEGIN
    INSERT INTO tags (tenant, tag, folded, images) VALUES (new.tenant, new.tag, new.folded, 1)
    ON CONFLICT (tenant, tag) DO UPDATE SET images = images + 1;
END;
CREATE TRIGGER tag_goes AFTER DELETE ON image_tags WHEN old.deleted = 0 BEGIN
    UPDATE tags SET images = images - 1 WHERE tenant = old.tenant AND tag = old.tag;
    DELETE FROM tags WHERE tenant = old.tenant AND tag = old.tag AND images = 0;
END;
CREATE TRIGGER tag_is_deleted AFTER UPDATE OF deleted ON image_tags
WHEN old.deleted = 0 AND new.deleted = 1 BEGIN
    UPDATE tags SET images = images - 1 WHERE tenant = old.tenant AND tag = old.tag;
    DELETE FROM tags WHERE tenant = old.tenant AND tag = old.tag AND images = 0;
END;
CREATE TRIGGER tag_is_restored AFTER UPDATE OF deleted ON image_tags
WHEN old.deleted = 1 AND new.deleted = 0 BEGIN
    INSERT INTO tags (tenant, tag, folded, images) VALUES (new.tenant, new.tag, new.folded, 1)
    ON CONFLICT (tenant, tag) DO UPDATE SET images = images + 1;
END;

CREATE TRIGGER album_image_comes AFTER INSERT ON album_images BEGIN
    UPDATE albums SET images = images + (new.deleted = 0) WHERE ordinal = new.album;
END;
CREATE TRIGGER album_image_goes AFTER DELETE ON album_images BEGIN
    UPDATE albums SET images = images - (old.deleted = 0) WHERE ordinal = old.album;
END;
CREATE TRIGGER album_image_changes AFTER UPDATE OF deleted ON album_images BEGIN
    UPDATE albums SET images = images + (new.deleted = 0) - (old.deleted = 0)
    WHERE ordinal = new.album;
END;

CREATE TABLE shares (
    tenant TEXT NOT NULL REFERENCES tenants (name),
    secret TEXT NOT NULL,
    -- One of the two.
    image TEXT,
    album TEXT,
    -- When it ends; without, it is for members.
    until INTEGER,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    -- When it was over or is going to be, whichever way comes first.
    over_at INTEGER GENERATED ALWAYS AS (
        nullif(min(coalesce(revoked_at, 9223372036854775807), coalesce(until, 9223372036854775807)), 9223372036854775807)
    ) VIRTUAL,
    PRIMARY KEY (tenant, secret)
) STRICT, WITHOUT ROWID;
CREATE INDEX shares_by_age ON shares (tenant, created_at) WHERE revoked_at IS NULL;
CREATE INDEX shares_of_image ON shares (tenant, image) WHERE image IS NOT NULL;
CREATE INDEX shares_of_album ON shares (tenant, album) WHERE album IS NOT NULL;

CREATE INDEX shares_by_end ON shares (over_at) WHERE over_at IS NOT NULL;
-- Those that may still work, by when they end: what is over is not counted one by one.
CREATE INDEX shares_at_work ON shares (tenant, coalesce(until, 9223372036854775807)) WHERE revoked_at IS NULL;

CREATE TABLE invite_links (
    tenant TEXT NOT NULL REFERENCES tenants (name),
    secret TEXT NOT NULL,
    role TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (tenant, secret)
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
    user TEXT NOT NULL REFERENCES users (name),
    jti TEXT NOT NULL,
    name TEXT NOT NULL,
    tenant TEXT NOT NULL REFERENCES tenants (name),
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_use INTEGER,
    PRIMARY KEY (user, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_tenant ON tokens (tenant);

-- Kept when the account goes, so that a later owner of the name does not meet old sessions.
CREATE TABLE session_generations (
    user TEXT PRIMARY KEY,
    generation INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ended_sessions (
    user TEXT NOT NULL,
    jti TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (user, jti)
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_sessions_by_end ON ended_sessions (until);

CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_subject ON attempts (subject, at);
CREATE INDEX attempts_by_end ON attempts (forgotten_at);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    public_key BLOB NOT NULL,
    last_use INTEGER NOT NULL,
    listed_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The catalogue's id, and until when leases are held.
CREATE TABLE facts (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
