//! The application as its callers see it: a real process on a port of its own, asked over HTTP.

mod account;
mod account_pages;
mod accounts;
mod albums;
mod batch_pages;
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
mod reading;
mod service;
mod shares;
mod tenancy;
mod tokens;
mod uploads;
mod world;
