-- A file as the first version of the program left it.

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

INSERT INTO users VALUES ('ada', 'a hash', 1000);
INSERT INTO tenants VALUES ('ada', 'personal', 1000);
INSERT INTO memberships VALUES ('ada', 'ada', 'owner', 1000);
INSERT INTO images VALUES
    (1, 'ada', 'a1', '0000000000000000000000000000000000000000000000000000000000000001', 'image/jpeg', 10, 4, 3, 'image/jpeg', 'first', 'Sea,Über uns',
        'first' || char(10) || 'sea' || char(10) || 'über uns' || char(10) || 'ada', 'ada', 2000),
    (2, 'ada', 'a2', '0000000000000000000000000000000000000000000000000000000000000002', 'image/png', 20, 4, 3, 'image/png', 'second', 'Sea',
        'second' || char(10) || 'sea' || char(10) || 'ada', 'ada', 3000);
INSERT INTO image_tags VALUES ('ada', 'Sea', 1), ('ada', 'Über uns', 1), ('ada', 'Sea', 2);
PRAGMA user_version = 1;
