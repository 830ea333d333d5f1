//! The application as its callers see it: a real process on a port of its own, asked over HTTP.

mod accounts;
mod bodies;
mod cross_site;
mod gallery_pages;
mod images;
mod limits;
mod members;
mod pages;
mod policy;
mod pull;
mod service;
mod tenancy;
mod uploads;
mod world;
