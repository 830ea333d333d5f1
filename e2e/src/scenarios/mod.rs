//! One file per scenario.

use crate::scenario::Scenario;

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
mod guests;
mod healing;
mod hidden_paths;
mod journey;
mod keys;
mod labs;
mod late_pictures;
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
mod selection;
mod settings;
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

/// Every scenario: those of one mesh together, and the ones that break things after the others.
pub fn all() -> Vec<Scenario> {
    let mut scenarios: Vec<Scenario> = [
        journey::scenarios(),
        browser_journey::scenarios(),
        without_script::scenarios(),
        accessibility::scenarios(),
        afternoon::scenarios(),
        upload_queue::scenarios(),
        late_pictures::scenarios(),
        lightbox::scenarios(),
        picture_page::scenarios(),
        selection::scenarios(),
        settings::scenarios(),
        tag_completion::scenarios(),
        copying::scenarios(),
        first_page::scenarios(),
        limits::scenarios(),
        tokens::scenarios(),
        bad_heads::scenarios(),
        any_byte::scenarios(),
        bad_token::scenarios(),
        bad_uploads::scenarios(),
        early_refusals::scenarios(),
        tenancy::scenarios(),
        membership::scenarios(),
        guests::scenarios(),
        cross_site::scenarios(),
        log_in::scenarios(),
        log_out::scenarios(),
        logs::scenarios(),
        filter_mark::scenarios(),
        hidden_paths::scenarios(),
        operator::scenarios(),
        spoofed_headers::scenarios(),
        upgrades::scenarios(),
        filter_switch::scenarios(),
        policy_change::scenarios(),
        module_swap::scenarios(),
        transfers::scenarios(),
        two_buckets::scenarios(),
        verdicts::scenarios(),
        keys::scenarios(),
        burst::scenarios(),
        restarts::scenarios(),
        crash::scenarios(),
        // Last, because they kill what the others look for the deaths of.
        labs::scenarios(),
        healing::scenarios(),
    ]
    .into_iter()
    .flatten()
    .collect();
    scenarios.sort_by_key(Scenario::order);
    scenarios
}
