//! How the proxy writes a list of headers down: a count, the sizes of each name and value, then the
//! bytes, each followed by a NUL. All numbers are 32 bits, little-endian.

/// One header as it came: any bytes.
pub type Pair<'a> = (&'a [u8], &'a [u8]);

/// Reads a list of headers; `None` when it is not one.
pub fn parse(bytes: &[u8]) -> Option<Vec<Pair<'_>>> {
    let (count, rest) = number(bytes)?;
    let (mut sizes, mut data) = rest.split_at_checked(count.checked_mul(8)?)?;
    let mut pairs = Vec::with_capacity(count);
    while !sizes.is_empty() {
        let (name_size, rest) = number(sizes)?;
        let (value_size, rest) = number(rest)?;
        sizes = rest;
        let (name, rest) = data.split_at_checked(name_size)?;
        let (value, rest) = rest.split_first()?.1.split_at_checked(value_size)?;
        data = rest.split_first()?.1;
        pairs.push((name, value));
    }
    Some(pairs)
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_le_bytes(*number)).ok()?, rest))
}

/// Writes a list of headers as the proxy reads it.
pub fn serialize(pairs: &[Pair<'_>]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1024);
    bytes.extend_from_slice(&size(pairs.len()));
    for (name, value) in pairs {
        bytes.extend_from_slice(&size(name.len()));
        bytes.extend_from_slice(&size(value.len()));
    }
    for (name, value) in pairs {
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(value);
        bytes.push(0);
    }
    bytes
}

/// A length as the proxy writes it. Nothing here can be longer than the VM's 32-bit memory.
fn size(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}
