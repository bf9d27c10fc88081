//! NumPy's array file format, version 1.0.

use limn::Planes;

/// `planes` as a little-endian float32 array `[C, H, W]` in C order.
pub fn encode(planes: &Planes) -> Vec<u8> {
    let mut header = format!(
        "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}, {}), }}",
        planes.channels, planes.height, planes.width
    );
    // Magic, version and length take ten bytes, and a newline ends the header; the data begin at a multiple of 64.
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(planes.data.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_is_aligned_and_data_follow() {
        let planes = Planes::new(1, 1, 2, vec![1.0, -2.5]).unwrap();
        let bytes = encode(&planes);
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&bytes[10..10 + length]).unwrap();
        assert!(header.contains("'shape': (1, 1, 2)") && header.ends_with('\n'));
        assert_eq!(
            bytes[10 + length..],
            [1.0_f32.to_le_bytes(), (-2.5_f32).to_le_bytes()].concat()
        );
    }
}
