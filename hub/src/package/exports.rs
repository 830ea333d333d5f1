//! A module with the callbacks that a host may enter, and no others.
//!
//! The SDK exports every callback there is. A host that cannot be told which of them to enter enters
//! all that a module exports, bodies included.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};

const HEADER: &[u8] = b"\0asm\x01\0\0\0";
const EXPORT_SECTION: u8 = 7;
const CALLBACK: &[u8] = b"proxy_on_";

/// The module without the exports of callbacks that are not named. What it exports otherwise
/// (memory, allocation, start, version of the ABI) stays.
///
/// # Errors
/// When it is no WebAssembly module, or lacks a callback that is named.
pub fn pruned(module: &[u8], callbacks: &BTreeSet<String>) -> Result<Vec<u8>> {
    prune(module, callbacks).context("the filter's module cannot be pruned")
}

fn prune(module: &[u8], callbacks: &BTreeSet<String>) -> Result<Vec<u8>> {
    let mut rest = module.strip_prefix(HEADER).context("no module")?;
    let mut pruned = HEADER.to_vec();
    while let Some((&id, after)) = rest.split_first() {
        rest = after;
        let section = sized(&mut rest)?;
        let kept = if id == EXPORT_SECTION {
            exports(section, callbacks)?
        } else {
            section.to_vec()
        };
        pruned.push(id);
        put_number(&mut pruned, kept.len());
        pruned.extend(kept);
    }
    Ok(pruned)
}

/// The export section again: a number, and so many of name, kind and index.
fn exports(mut section: &[u8], callbacks: &BTreeSet<String>) -> Result<Vec<u8>> {
    let mut count = 0;
    let mut kept = Vec::new();
    let mut missing: BTreeSet<&[u8]> = callbacks.iter().map(String::as_bytes).collect();
    for _ in 0..number(&mut section)? {
        let start = section;
        let name = sized(&mut section)?;
        let (_, after) = section.split_first().context("it ends early")?;
        section = after;
        number(&mut section)?;
        if missing.remove(name) || !name.starts_with(CALLBACK) {
            count += 1;
            kept.extend_from_slice(&start[..start.len() - section.len()]);
        }
    }
    ensure!(
        missing.is_empty(),
        "it does not export {}",
        String::from_utf8_lossy(&missing.into_iter().collect::<Vec<_>>().join(&b", "[..]))
    );
    let mut section = Vec::new();
    put_number(&mut section, count);
    section.extend(kept);
    Ok(section)
}

/// Takes bytes that have their number before them.
fn sized<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8]> {
    let length = number(rest)?;
    let (taken, after) = rest.split_at_checked(length).context("it ends early")?;
    *rest = after;
    Ok(taken)
}

/// Takes a number in LEB128: seven bits a byte, the lowest first.
fn number(rest: &mut &[u8]) -> Result<usize> {
    let mut number = 0;
    for shift in (0..32).step_by(7) {
        let (&byte, after) = rest.split_first().context("it ends early")?;
        *rest = after;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(number);
        }
    }
    anyhow::bail!("a number is too long")
}

fn put_number(to: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        to.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A section with a type, and one with exports of function 0.
    fn module(exports: &[&str]) -> Vec<u8> {
        let mut section = Vec::new();
        put_number(&mut section, exports.len());
        for name in exports {
            put_number(&mut section, name.len());
            section.extend_from_slice(name.as_bytes());
            section.extend([0, 0]);
        }
        let mut module = [HEADER, b"\x01\x04\x01\x60\0\0\x07"].concat();
        put_number(&mut module, section.len());
        module.extend(section);
        module
    }

    fn named(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn callbacks_that_are_not_named_are_gone_and_everything_else_stays() {
        let before = module(&["memory", "proxy_on_log", "malloc", "proxy_on_tick"]);
        let after = pruned(&before, &named(&["proxy_on_tick"])).expect("a module");
        assert_eq!(after, module(&["memory", "malloc", "proxy_on_tick"]));
    }

    #[test]
    fn sections_longer_than_a_byte_can_say_are_kept_as_they_are() {
        let names: Vec<String> = (0..200).map(|n| format!("export_{n:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let module = module(&names);
        assert_eq!(pruned(&module, &named(&[])).expect("a module"), module);
    }

    #[test]
    fn a_callback_that_is_named_has_to_be_there() {
        let error = pruned(&module(&["memory"]), &named(&["proxy_on_tick"]));
        let error = format!("{:#}", error.expect_err("it is not there"));
        assert!(error.contains("does not export proxy_on_tick"), "{error}");
    }

    #[test]
    fn what_is_no_module_or_ends_early_is_refused() {
        let whole = module(&["memory"]);
        for end in (0..whole.len()).filter(|end| ![8, 14].contains(end)) {
            assert!(pruned(&whole[..end], &named(&[])).is_err(), "{end}");
        }
    }
}
