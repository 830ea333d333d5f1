//! The application as its callers see it: a real process on a port of its own, asked over HTTP.

mod account;
mod account_pages;
mod accounts;
mod albums;
mod batch_pages;
mod bodies;
mod cross_site;
mod disks;
mod download;
#[path = "../imaging/exif_file.rs"]
mod exif_file;
mod gallery_pages;
mod heavy_uploads;
mod home_page;
mod images;
mod invite_links;
mod limits;
mod members;
mod metrics;
mod notices;
mod openapi;
mod page_weight;
mod pages;
mod pair;
mod plain_forms;
mod plans_page;
mod policy;
mod pull;
mod quota;
mod reading;
#[expect(dead_code, reason = "the catalogue's tests ask more of it")]
#[path = "../catalogue/redis_server.rs"]
mod redis_server;
mod service;
mod sessions;
mod shares;
mod taken;
mod tenancy;
mod tokens;
mod uploads;
mod world;
