//! Every key in Redis, spelled once for Rust and for the scripts. Names and ids cannot contain a
//! colon, so keys cannot run into each other; a tag may, and therefore stands last.

use std::fmt::Display;
use std::fmt::Write as _;

macro_rules! keys {
    ($($(#[$about:meta])+ $name:ident($($part:ident),*) = $pattern:literal;)*) => {
        $($(#[$about])+
        pub(super) fn $name($($part: impl Display),*) -> String {
            format!($pattern)
        })*

        /// The name of each key, its parts, and how it is spelled in a script, in quotes.
        fn in_lua() -> Vec<(&'static str, Vec<&'static str>, String)> {
            vec![$((
                stringify!($name),
                vec![$(stringify!($part)),*],
                $name($(concat!("' .. ", stringify!($part), " .. '")),*),
            )),*]
        }
    };
}

keys! {
    /// The version of this layout.
    schema() = "imagehub:schema";
    /// The catalogue's id, by which the folder of its blobs is named.
    catalogue_id() = "imagehub:id";
    /// There while somebody has the lease.
    lease(lease) = "imagehub:lease:{lease}";
    /// Hash: key id → a published key.
    signing_keys() = "imagehub:signing-keys";
    /// Sorted set: names of users, by name.
    users() = "imagehub:users";
    /// Sorted set: names whose account is gone and whose generation is kept, by name.
    gone_users() = "imagehub:gone-users";
    /// Sorted set: names of tenants, by name.
    tenants() = "imagehub:tenants";
    /// Set of tenants that are gone and whose records are still being deleted; nobody may take
    /// their names yet.
    forgetting() = "imagehub:forgetting";
    /// Hash: user → generation of the user's sessions, if it is not the first.
    generations() = "imagehub:generations";
    /// Sorted set: "tenant id" of every deleted image, by the time of its deletion.
    deleted_everywhere() = "imagehub:deleted";
    /// Sorted set: "tenant secret" of every share link that is over or will be, by when.
    ends_of_shares() = "imagehub:ends-of-shares";
    /// Sorted set: counted attempts by time.
    attempts(subject) = "imagehub:attempts:{subject}";

    /// Hash of a user's record.
    user(name) = "imagehub:user:{name}";
    /// Set of the tenants a user belongs to.
    user_tenants(name) = "imagehub:user:{name}:tenants";
    /// Set of the tenants a user is invited to.
    user_invitations(name) = "imagehub:user:{name}:invitations";
    /// Sorted set: `jti` of a user's API tokens, by the time they were made.
    user_tokens(name) = "imagehub:user:{name}:tokens";
    /// Hash of an API token's record.
    token(user, jti) = "imagehub:user:{user}:token:{jti}";
    /// There while an ended session's token could still be shown.
    ended_session(user, jti) = "imagehub:user:{user}:ended-session:{jti}";

    /// Hash of a tenant's record.
    tenant(name) = "imagehub:tenant:{name}";
    /// Hash: user → role and since when.
    members(tenant) = "imagehub:tenant:{tenant}:members";
    /// Hash: user → role offered and when.
    invitations(tenant) = "imagehub:tenant:{tenant}:invitations";
    /// Set: "user jti" of the API tokens that are for the tenant.
    tenant_tokens(tenant) = "imagehub:tenant:{tenant}:tokens";
    /// Sorted set: secrets of invite links, by the time they were made.
    invite_links(tenant) = "imagehub:tenant:{tenant}:invite-links";
    /// Hash of an invite link's record.
    invite_link(tenant, secret) = "imagehub:tenant:{tenant}:invite-link:{secret}";
    /// Hash: images, bytes, deleted_images, deleted_bytes.
    usage(tenant) = "imagehub:tenant:{tenant}:usage";
    /// The ordinal of the tenant's newest image.
    ordinal(tenant) = "imagehub:tenant:{tenant}:ordinal";
    /// Sorted set: the images of another one, which has them by ordinal, by the second they were
    /// taken (see `places.lua`).
    by_taken(set) = "imagehub:by-taken:{set}";
    /// Sorted set: ids of images that are not deleted, by ordinal.
    images(tenant) = "imagehub:tenant:{tenant}:images";
    /// Sorted set: ids of deleted images, by ordinal.
    deleted(tenant) = "imagehub:tenant:{tenant}:deleted";
    /// Hash: digest → image id, deleted images included.
    digests(tenant) = "imagehub:tenant:{tenant}:digests";
    /// Hash of an image's record.
    image(tenant, id) = "imagehub:tenant:{tenant}:image:{id}";
    /// Set: ids of the albums an image is in, deleted or not; and of some that are gone.
    image_albums(tenant, id) = "imagehub:tenant:{tenant}:image:{id}:albums";
    /// Hash: image id → the text that searches look at, deleted images included.
    search(tenant) = "imagehub:tenant:{tenant}:search";
    /// Sorted set: ids of the images with a tag that are not deleted, by ordinal.
    tag(tenant, tag) = "imagehub:tenant:{tenant}:tag:{tag}";
    /// Sorted set: tags by how many images have them, negated, so that the most used one is first.
    tags(tenant) = "imagehub:tenant:{tenant}:tags";
    /// Sorted set by name: each tag in lower case, a line feed, and the tag as it is.
    tag_names(tenant) = "imagehub:tenant:{tenant}:tag-names";
    /// The ordinal of the tenant's newest album.
    album_ordinal(tenant) = "imagehub:tenant:{tenant}:album-ordinal";
    /// Sorted set: ids of albums, by ordinal.
    albums(tenant) = "imagehub:tenant:{tenant}:albums";
    /// Hash of an album's record.
    album(tenant, id) = "imagehub:tenant:{tenant}:album:{id}";
    /// Sorted set: ids of the images in an album that are not deleted, by ordinal.
    album_images(tenant, id) = "imagehub:tenant:{tenant}:album:{id}:images";
    /// Sorted set: ids of the deleted images in an album, by ordinal.
    album_deleted(tenant, id) = "imagehub:tenant:{tenant}:album:{id}:deleted";
    /// Sorted set: secrets of share links, by themselves, ended ones included.
    shares(tenant) = "imagehub:tenant:{tenant}:shares";
    /// Sorted set: secrets of share links that may still work, by the time they were made.
    live_shares(tenant) = "imagehub:tenant:{tenant}:live-shares";
    /// Sorted set: secrets of share links that may still work, by the time they end.
    share_ends(tenant) = "imagehub:tenant:{tenant}:share-ends";
    /// Set: secrets of share links to one image or album that may still work.
    shares_of(tenant, id) = "imagehub:tenant:{tenant}:shares-of:{id}";
    /// Hash of a share link's record.
    share(tenant, secret) = "imagehub:tenant:{tenant}:share:{secret}";
    /// What one of a gone tenant's indexes still names.
    forgotten(tenant, index) = "imagehub:forgotten:{tenant}:{index}";
}

/// The same keys for the scripts: a table `key` with a function for each.
pub(super) fn for_scripts() -> String {
    let mut lua = "local key = {}\n".to_owned();
    for (name, parts, spelled) in in_lua() {
        let parts = parts.join(", ");
        // Writing to a string cannot fail.
        let _ = writeln!(lua, "function key.{name}({parts}) return '{spelled}' end");
    }
    lua
}
