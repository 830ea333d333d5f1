//! The application as its callers see it: a real process on a port of its own, asked over HTTP.

mod account;
mod accounts;
mod albums;
mod bodies;
mod cross_site;
mod download;
mod gallery_pages;
mod heavy_uploads;
mod images;
mod invite_links;
mod limits;
mod members;
mod openapi;
mod pages;
mod policy;
mod pull;
mod quota;
mod service;
mod shares;
mod tenancy;
mod tokens;
mod uploads;
mod world;
