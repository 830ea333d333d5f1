//! The changes that touch more than one key, each one script, so that each is atomic.
//!
//! Scripts spell keys by the table of [`keys`], not by `KEYS`: what a change touches is often
//! known only to the script. This needs one Redis, not a cluster.

use std::sync::LazyLock;

use redis::Script;

use super::keys;

/// What several scripts do, one after the other before each of them.
const SHARED: &[&str] = &[
    include_str!("scripts/shared/places.lua"),
    include_str!("scripts/shared/tags.lua"),
    include_str!("scripts/shared/shares.lua"),
    include_str!("scripts/shared/albums.lua"),
    include_str!("scripts/shared/images.lua"),
    include_str!("scripts/shared/members.lua"),
    include_str!("scripts/shared/invite_links.lua"),
    include_str!("scripts/shared/tokens.lua"),
    include_str!("scripts/shared/forgetting.lua"),
];

fn script(own: &str) -> Script {
    Script::new(&[&keys::for_scripts(), &SHARED.concat(), own].concat())
}

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| script(include_str!(concat!("scripts/", $file))));)*
    };
}

scripts! {
    CLAIM_SCHEMA = "claim_schema.lua";
    CREATE_USER = "create_user.lua";
    SET_PASSWORD = "set_password.lua";
    DELETE_USER = "delete_user.lua";
    CREATE_TENANT = "create_tenant.lua";
    DELETE_TENANT = "delete_tenant.lua";
    FORGET_SOME = "forget_some.lua";
    SET_TENANT_FIELD = "set_tenant_field.lua";
    SET_ROLE = "set_role.lua";
    DECLINE_INVITATION = "decline_invitation.lua";
    ACCEPT_INVITATION = "accept_invitation.lua";
    REMOVE_MEMBER = "remove_member.lua";
    INSERT_IMAGE = "insert_image.lua";
    FIND_IMAGE = "find_image.lua";
    EDIT_IMAGE = "edit_image.lua";
    DELETE_IMAGE = "delete_image.lua";
    RESTORE_IMAGE = "restore_image.lua";
    PURGE_IMAGE = "purge_image.lua";
    PURGE_DELETED_BEFORE = "purge_deleted_before.lua";
    READ_BLOCK = "read_block.lua";
    TAGS = "tags.lua";
    CREATE_TOKEN = "create_token.lua";
    TOKENS_OF = "tokens_of.lua";
    REVOKE_TOKEN = "revoke_token.lua";
    USE_TOKEN = "use_token.lua";
    END_SESSION = "end_session.lua";
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere.lua";
    CREATE_ALBUM = "create_album.lua";
    LIST_ALBUMS = "list_albums.lua";
    NEWEST_TITLES = "newest_titles.lua";
    ALBUMS_OF = "albums_of.lua";
    FIND_ALBUM = "find_album.lua";
    EDIT_ALBUM = "edit_album.lua";
    DELETE_ALBUM = "delete_album.lua";
    PUT_IN_ALBUM = "put_in_album.lua";
    TAKE_OUT_OF_ALBUM = "take_out_of_album.lua";
    CREATE_INVITE_LINK = "create_invite_link.lua";
    LIST_INVITE_LINKS = "list_invite_links.lua";
    FIND_INVITE_LINK = "find_invite_link.lua";
    REVOKE_INVITE_LINK = "revoke_invite_link.lua";
    JOIN_BY_LINK = "join_by_link.lua";
    CREATE_SHARE = "create_share.lua";
    LIST_SHARES = "list_shares.lua";
    SHARES_OF = "shares_of.lua";
    FIND_SHARE = "find_share.lua";
    FORGET_SHARES_OVER_BEFORE = "forget_shares_over_before.lua";
    REVOKE_SHARE = "revoke_share.lua";
    EXPORT_IMAGES = "export_images.lua";
    EXPORT_ALBUMS = "export_albums.lua";
    EXPORT_SHARES = "export_shares.lua";
    IMPORT_USER = "import_user.lua";
    IMPORT_TENANT = "import_tenant.lua";
    IMPORT_ROLE = "import_role.lua";
    IMPORT_INVITE_LINK = "import_invite_link.lua";
    IMPORT_TOKEN = "import_token.lua";
    IMPORT_IMAGE = "import_image.lua";
    IMPORT_ALBUM = "import_album.lua";
    IMPORT_SHARE = "import_share.lua";
    BEGIN_ATTEMPT = "begin_attempt.lua";
    PUBLISH_KEY = "publish_key.lua";
}
