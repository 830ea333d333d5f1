-- Searches that look at what they find and little else; the ends of links.

-- What each image is found by, deleted ones included: terms, whose rowids are the images' ordinals.
-- It says where to look; what is found there is looked at.
CREATE VIRTUAL TABLE image_search USING fts5 (
    terms, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii'
);
CREATE TRIGGER image_leaves_search AFTER DELETE ON images BEGIN
    DELETE FROM image_search WHERE rowid = old.ordinal;
END;

-- No search goes through it any more.
DROP INDEX images_by_age;
CREATE INDEX images_by_age ON images (tenant, ordinal) WHERE deleted_at IS NULL;

-- When a link was over or is going to be, whichever way comes first.
ALTER TABLE shares ADD COLUMN over_at INTEGER GENERATED ALWAYS AS (
    nullif(min(coalesce(revoked_at, 9223372036854775807), coalesce(until, 9223372036854775807)), 9223372036854775807)
) VIRTUAL;
CREATE INDEX shares_by_end ON shares (over_at) WHERE over_at IS NOT NULL;
-- Those that may still work, by when they end: what is over is not counted one by one.
CREATE INDEX shares_at_work ON shares (tenant, coalesce(until, 9223372036854775807)) WHERE revoked_at IS NULL;
