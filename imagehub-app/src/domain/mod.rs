//! What the catalogue, the blobs and the pages speak in: ids, titles, tags, images, albums, people.
//! It knows none of them.

mod albums;
mod camera;
mod digest;
mod field_error;
mod ids;
mod images;
mod invite_links;
mod json;
mod media_type;
mod people;
mod shares;
mod tags;
pub(crate) mod texts;
pub(crate) mod timestamp;
mod titles;
mod tokens;
mod usage;
mod wall_time;

pub use albums::{Album, AlbumEdit, AlbumName, MAX_ALBUMS, NewAlbum};
pub use camera::Camera;
pub use digest::Digest;
pub use field_error::FieldError;
pub(crate) use ids::random_id;
pub use ids::{AlbumId, CatalogueId, ImageId, LinkSecret};
pub use images::{ImageEdit, ImageRecord, Placeholder, UNDO_WINDOW};
pub use invite_links::{InviteLink, MAX_INVITE_LINKS};
pub use media_type::MediaType;
pub use people::{Grants, Invitation, Member, Membership, NewUser, RoleChange, TenantRecord, User};
pub use shares::{Audience, MAX_SHARES, OVER_SHARES_KEPT, Share, ShareTarget};
pub use tags::{Tag, TagCount, Tags};
pub use titles::{AlbumTitle, Title};
pub use tokens::{ApiToken, MAX_TOKENS, TokenName};
pub use usage::Usage;
pub use wall_time::WallTime;
