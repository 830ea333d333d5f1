//! Lab 1: what the attendee found is written on a picture.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::{Scene, presence};
use crate::lab::report::Report;
use crate::mesh::entries::APP;

/// How the filter's answer to a request without a token is called in the access log.
const DETAILS: &str = "imagehub_unauthenticated";

pub fn check(scene: &mut Scene, report: &mut Report) -> Result<()> {
    let guest = scene.guest()?;
    let answer = scene.get(&guest.pull, &guest)?;
    report.expect(
        "somebody new signs up, uploads and pulls, through the filter",
        "200, filter on",
        format!("{}, filter {}", answer.status, presence(&answer)),
        "hub status",
    );
    let attendee = scene.attendee()?;
    let path = format!("/t/{}/images?limit=1", attendee.name);
    let listing = scene.client.get(&path, Some(&attendee))?.json();
    let Some(picture) = listing.pointer("/images/0") else {
        report.expect(
            "your tenant has a picture",
            "a picture",
            "none",
            format!("the gallery of {}", attendee.name),
        );
        return Ok(());
    };
    machine(scene, report, picture)?;
    let tags: Vec<&str> = picture
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| tags.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let policy = scene.mesh.policy_hash()?;
    report.expect(
        "a tag is the policy that the filter names",
        format!("the tag {policy}"),
        found(&tags, &policy),
        "the header x-imagehub-filter of any answer, after policy=",
    );
    let look = if tags.contains(&"401") {
        "401 is the status; who gave it is in the field `details` of the same line"
    } else {
        "the field `details` in the sidecar's access log, of a request without a token"
    };
    report.expect(
        "a tag is how the access log calls the answer to a request without a token",
        format!("the tag {DETAILS}"),
        found(&tags, DETAILS),
        look,
    );
    Ok(())
}

fn machine(scene: &Scene, report: &mut Report, picture: &Value) -> Result<()> {
    let entry = scene.mesh.consul.entry("service-defaults", APP)?;
    let entry = entry.context("Consul has no service-defaults of the application")?;
    let plugin = entry.pointer("/EnvoyExtensions/0/Arguments/PluginConfig");
    let named = |pointer: &str| plugin.and_then(|plugin| plugin.pointer(pointer)?.as_str());
    let machine = named("/VmConfig/VmID").unwrap_or_default();
    let title = picture
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let look = if Some(title) == named("/Name") {
        "that is the plugin; its virtual machine has a name of its own, vm_id"
    } else {
        "vm_id in the config dump of the application's sidecar; the same picture twice is one, with its first title"
    };
    report.expect(
        "its title is the name of the filter's virtual machine",
        machine,
        title,
        look,
    );
    Ok(())
}

fn found(tags: &[&str], wanted: &str) -> String {
    if tags.contains(&wanted) {
        format!("the tag {wanted}")
    } else {
        format!("the tags {}", tags.join(", "))
    }
}
