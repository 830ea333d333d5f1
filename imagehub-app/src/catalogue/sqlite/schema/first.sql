-- Users, tenants, images.

CREATE TABLE users (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
    name TEXT PRIMARY KEY,
    plan TEXT NOT NULL,
    created_at INTEGER NOT NULL
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
    media_type TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    thumbnail_type TEXT NOT NULL,
    title TEXT NOT NULL,
    tags TEXT NOT NULL,
    search TEXT NOT NULL,
    uploaded_by TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX images_by_id ON images (tenant, id);
CREATE UNIQUE INDEX images_by_digest ON images (tenant, digest);
CREATE INDEX images_by_age ON images (tenant, ordinal);

CREATE TABLE image_tags (
    tenant TEXT NOT NULL,
    tag TEXT NOT NULL,
    ordinal INTEGER NOT NULL REFERENCES images (ordinal) ON DELETE CASCADE,
    PRIMARY KEY (tenant, tag, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_tags_by_image ON image_tags (ordinal);

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
