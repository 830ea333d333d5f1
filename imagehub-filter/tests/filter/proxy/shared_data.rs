//! Envoy's shared data, with its two surprises: a stamp of 0 overwrites, and any other stamp inserts
//! where there is no value.

use std::collections::BTreeMap;

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
