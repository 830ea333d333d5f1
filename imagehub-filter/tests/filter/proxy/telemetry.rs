//! The proxy's functions for counters, and for what the access log is told.

use std::collections::BTreeMap;

use wasmi::{Error, Linker};

use super::abi::{Answer, Host, OK, exchange, read, write};
use super::worker::State;

/// The counters of a proxy: all workers share them.
#[derive(Default)]
pub struct Counters {
    names: Vec<String>,
    values: BTreeMap<String, i64>,
}

impl Counters {
    /// A counter's value; 0 if there is none of that name.
    pub fn get(&self, name: &str) -> i64 {
        self.values.get(name).copied().unwrap_or(0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}

/// Defines these functions.
pub fn define(linker: &mut Linker<State>) -> Result<(), wasmi::errors::LinkerError> {
    let env = "env";
    linker
        .func_wrap(env, "proxy_set_property", set_property)?
        .func_wrap(env, "proxy_define_metric", define_metric)?
        .func_wrap(env, "proxy_increment_metric", increment_metric)?;
    Ok(())
}

fn set_property(mut host: Host<'_>, name: u32, name_size: u32, value: u32, size: u32) -> Answer {
    host.data_mut().called.insert("proxy_set_property");
    let (name, value) = (text(&host, name, name_size)?, text(&host, value, size)?);
    let exchange = exchange(&mut host, "set_property").expect("a request");
    exchange.properties.insert(name, value);
    Ok(OK)
}

fn define_metric(mut host: Host<'_>, kind: u32, name: u32, size: u32, id: u32) -> Answer {
    host.data_mut().called.insert("proxy_define_metric");
    assert_eq!(kind, 0, "only counters");
    let name = text(&host, name, size)?;
    let new = {
        let mut counters = host.data().proxy.counters.borrow_mut();
        counters.names.push(name);
        u32::try_from(counters.names.len() - 1).expect("few")
    };
    write(&mut host, id, &new.to_le_bytes())?;
    Ok(OK)
}

fn increment_metric(mut host: Host<'_>, id: u32, offset: i64) -> Answer {
    host.data_mut().called.insert("proxy_increment_metric");
    let mut counters = host.data().proxy.counters.borrow_mut();
    let name = counters.names[id as usize].clone();
    *counters.values.entry(name).or_default() += offset;
    Ok(OK)
}

fn text(host: &Host<'_>, at: u32, size: u32) -> Result<String, Error> {
    Ok(String::from_utf8(read(host, at, size)?).expect("text"))
}
