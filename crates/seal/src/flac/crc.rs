//! The two checksums of a FLAC frame (RFC 9639 sections 9.1.8 and 9.3).
//!
//! Not a defence: anyone can set them right. They only have to be right in a frame we renumber, or players reject it.
//! Invariant: tables are computed at compile time from the polynomials named here.

const CRC8: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 == 0 { crc << 1 } else { crc << 1 ^ 0x07 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

const CRC16: [u16; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = (at as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x8005 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
};

/// CRC-8 of a frame header.
pub(crate) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |crc, byte| CRC8[usize::from(crc ^ byte)])
}

/// CRC-16 of a whole frame but its last two bytes.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ CRC16[usize::from((crc >> 8) as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    /// The check values of CRC-8/SMBUS and CRC-16/UMTS, the catalogue's names for these polynomials.
    #[test]
    fn check_values() {
        assert_eq!(super::crc8(b"123456789"), 0xf4);
        assert_eq!(super::crc16(b"123456789"), 0xfee8);
    }
}
