//! Envoy's shared data, with its two surprises: a stamp of 0 overwrites, and any other stamp inserts
//! where there is no value.

use std::collections::BTreeMap;

use wasmi::Linker;

use super::abi::{Answer, Host, NOT_FOUND, OK, exchange, hand_over, read, write};
use super::worker::State;

const CAS_MISMATCH: u32 = 8;

/// Values all VMs of a proxy share.
#[derive(Default)]
pub struct SharedData {
    values: BTreeMap<Vec<u8>, (Vec<u8>, u32)>,
    last_stamp: u32,
}

/// The stamp did not match.
pub struct CasMismatch;

impl SharedData {
    /// The value and its stamp.
    pub fn get(&self, key: &[u8]) -> Option<(Vec<u8>, u32)> {
        self.values.get(key).cloned()
    }

    /// Sets a value as the proxy does.
    pub fn set(&mut self, key: &[u8], value: &[u8], cas: u32) -> Result<(), CasMismatch> {
        if let Some((_, stamp)) = self.values.get(key)
            && cas != 0
            && cas != *stamp
        {
            return Err(CasMismatch);
        }
        self.last_stamp += 1;
        self.values
            .insert(key.to_vec(), (value.to_vec(), self.last_stamp));
        Ok(())
    }

    /// How many bytes all keys and values take.
    pub fn bytes(&self) -> usize {
        self.values
            .iter()
            .map(|(key, (value, _))| key.len() + value.len())
            .sum()
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }
}

/// Defines the proxy's functions for it.
pub fn define(linker: &mut Linker<State>) -> Result<(), wasmi::errors::LinkerError> {
    let env = "env";
    linker
        .func_wrap(env, "proxy_get_shared_data", shared_data)?
        .func_wrap(env, "proxy_set_shared_data", set_shared_data)?;
    Ok(())
}

fn shared_data(
    mut host: Host<'_>,
    key: u32,
    key_size: u32,
    data: u32,
    size: u32,
    cas: u32,
) -> Answer {
    host.data_mut().called.insert("proxy_get_shared_data");
    exchange(&mut host, "shared_data");
    let key = read(&host, key, key_size)?;
    let found = host.data().proxy.shared.borrow().get(&key);
    let Some((value, stamp)) = found else {
        return Ok(NOT_FOUND);
    };
    hand_over(&mut host, &value, data, size)?;
    write(&mut host, cas, &stamp.to_le_bytes())?;
    Ok(OK)
}

fn set_shared_data(
    mut host: Host<'_>,
    key: u32,
    key_size: u32,
    value: u32,
    value_size: u32,
    cas: u32,
) -> Answer {
    host.data_mut().called.insert("proxy_set_shared_data");
    exchange(&mut host, "set_shared_data");
    if let Some(run) = host.data_mut().before_next_write.take() {
        run();
    }
    let (key, value) = (read(&host, key, key_size)?, read(&host, value, value_size)?);
    let set = host.data().proxy.shared.borrow_mut().set(&key, &value, cas);
    Ok(set.map_or(CAS_MISMATCH, |()| OK))
}
