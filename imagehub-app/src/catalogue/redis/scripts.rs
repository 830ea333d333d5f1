//! The changes that touch more than one key, each one script, so that each is atomic.

use std::sync::LazyLock;

use redis::Script;

macro_rules! scripts {
    ($($name:ident = $file:literal;)*) => {
        $(pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(include_str!(concat!("scripts/", $file))));)*
    };
}

scripts! {
    CLAIM_SCHEMA = "claim_schema.lua";
    CREATE_USER = "create_user.lua";
    CREATE_TENANT = "create_tenant.lua";
    SET_PLAN = "set_plan.lua";
    SET_ROLE = "set_role.lua";
    ACCEPT_INVITATION = "accept_invitation.lua";
    REMOVE_MEMBER = "remove_member.lua";
    INSERT_IMAGE = "insert_image.lua";
    EDIT_IMAGE = "edit_image.lua";
    DELETE_IMAGE = "delete_image.lua";
    BEGIN_ATTEMPT = "begin_attempt.lua";
    PUBLISH_KEY = "publish_key.lua";
}
