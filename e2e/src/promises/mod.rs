//! One file per promise.

use crate::promise::Promise;

mod accessibility;
mod afternoon;
mod any_byte;
mod bad_heads;
mod bad_token;
mod bad_uploads;
mod browser_journey;
mod burst;
mod copying;
mod crash;
mod cross_site;
mod early_refusals;
mod filter_mark;
mod filter_switch;
mod first_page;
mod healing;
mod hidden_paths;
mod journey;
mod keys;
mod labs;
mod lightbox;
mod limits;
mod log_in;
mod log_out;
mod logs;
mod membership;
mod module_swap;
mod operator;
mod picture_page;
mod policy_change;
mod restarts;
mod spoofed_headers;
mod tag_completion;
mod tenancy;
mod tokens;
mod transfers;
mod two_buckets;
mod upgrades;
mod upload_queue;
mod verdicts;
mod without_script;

/// Every promise: those of one mesh together, and the ones that break things after the others.
pub fn all() -> Vec<Promise> {
    let mut promises: Vec<Promise> = [
        journey::promises(),
        browser_journey::promises(),
        without_script::promises(),
        accessibility::promises(),
        afternoon::promises(),
        upload_queue::promises(),
        lightbox::promises(),
        picture_page::promises(),
        tag_completion::promises(),
        copying::promises(),
        first_page::promises(),
        limits::promises(),
        tokens::promises(),
        bad_heads::promises(),
        any_byte::promises(),
        bad_token::promises(),
        bad_uploads::promises(),
        early_refusals::promises(),
        tenancy::promises(),
        membership::promises(),
        cross_site::promises(),
        log_in::promises(),
        log_out::promises(),
        logs::promises(),
        filter_mark::promises(),
        hidden_paths::promises(),
        operator::promises(),
        spoofed_headers::promises(),
        upgrades::promises(),
        filter_switch::promises(),
        policy_change::promises(),
        module_swap::promises(),
        transfers::promises(),
        two_buckets::promises(),
        verdicts::promises(),
        keys::promises(),
        burst::promises(),
        restarts::promises(),
        crash::promises(),
        // Last, because they kill what the others look for the deaths of.
        labs::promises(),
        healing::promises(),
    ]
    .into_iter()
    .flatten()
    .collect();
    promises.sort_by_key(Promise::order);
    promises
}
