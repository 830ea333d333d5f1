//! The compact form, against published vectors and re-signed mutations.

use super::*;

fn open(token: &[u8], keys: &Keys) -> Result<(String, Vec<u8>), TokenError> {
    let parsed = parse(token, keys)?;
    let payload = parsed.payload()?.to_vec();
    Ok((parsed.kid, payload))
}

use crate::test_support::{KID, keys, sign, sign_raw, signing_key};
use ed25519_dalek::Signer;

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let mut bytes = [0; N];
    assert_eq!(hex.len(), 2 * N);
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap();
    }
    bytes
}

fn refuses(token: &str) -> TokenError {
    open(token.as_bytes(), &keys())
        .err()
        .unwrap_or_else(|| panic!("{token} was trusted"))
}

fn header(text: &str) -> Result<String, TokenError> {
    open(sign_raw(text.as_bytes(), b"{}").as_bytes(), &keys()).map(|(kid, _)| kid)
}

/// RFC 8037, appendix A.4.
const RFC_8037: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

#[test]
fn the_signature_of_rfc_8037_holds_and_its_header_lacks_our_kid() {
    let x: [u8; 32] = decode(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
        .unwrap()
        .try_into()
        .unwrap();
    let key = VerifyingKey::from_bytes(&x).unwrap();
    let (signed, signature) = split_last(RFC_8037.as_bytes()).unwrap();
    let signature: [u8; 64] = decode(signature).unwrap().try_into().unwrap();
    assert!(holds(&key, signed, &signature));
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!holds(&key, signed, &changed), "bit {bit}");
    }
    assert_eq!(refuses(RFC_8037), TokenError::KeyName);
}

#[test]
fn the_signatures_of_rfc_8032_hold() {
    for (key, message, signature) in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            b"".as_slice(),
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            &[0x72],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            &[0xaf, 0x82],
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let key = VerifyingKey::from_bytes(&bytes(key)).unwrap();
        assert!(holds(&key, message, &bytes(signature)));
        assert!(!holds(&key, b"another message", &bytes(signature)));
    }
}

/// What Project Wycheproof lists for Ed25519: malleability, points of small order, lengths, shuffled halves.
#[test]
fn signatures_that_lenient_verifiers_take_are_refused() {
    // The group's order L, little-endian.
    let order: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let key = signing_key();
    let message = b"message";
    let good = key.sign(message).to_bytes();
    assert!(holds(&key.verifying_key(), message, &good));
    let (r, s) = good.split_at(32);

    let mut plus_order = good;
    let mut carry = 0;
    for (byte, add) in plus_order[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    let with = |r: &[u8], s: &[u8]| -> [u8; 64] { [r, s].concat().try_into().unwrap() };
    let mut high_bit = good;
    high_bit[63] |= 0x80;
    let mut forged = vec![
        plus_order,
        high_bit,
        with(s, r),
        with(r, &[0; 32]),
        with(&[0; 32], s),
        with(r, &order),
        [0; 64],
        [0xff; 64],
    ];
    let small_order = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ]
    .map(bytes::<32>);
    for point in small_order {
        forged.push(with(&point, s));
        forged.push(with(&point, &[0; 32]));
        if let Ok(weak) = VerifyingKey::from_bytes(&point) {
            for r in small_order {
                assert!(
                    !holds(&weak, message, &with(&r, &[0; 32])),
                    "a weak key signs anything"
                );
            }
        }
    }
    for signature in forged {
        assert!(
            !holds(&key.verifying_key(), message, &signature),
            "{signature:02x?}"
        );
    }
}

#[test]
fn only_three_canonical_parts_are_a_token() {
    let good = sign_raw(br#"{"alg":"EdDSA","kid":"test-key"}"#, b"{}");
    assert!(open(good.as_bytes(), &keys()).is_ok());
    let parts: Vec<_> = good.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("three parts")
    };
    for bad in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}."),
        format!(".{header}.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}. {signature}"),
        format!("{header}.{payload}.{signature}\n"),
        format!("{header}.{payload}.{}", &signature[1..]),
        format!("{header}.{payload}.{signature}AA"),
        format!("{header}.{payload}."),
        good.replace('_', "/").replace('-', "+") + "+",
        format!("{good},{good}"),
        format!("{good}\u{e9}"),
    ] {
        assert!(
            matches!(refuses(&bad), TokenError::Form | TokenError::Header),
            "{bad}"
        );
    }
    // 86 characters hold 516 bits: the last four must be zero, or one signature would have 16 spellings.
    let last = signature.chars().last().unwrap();
    let other = if last == 'B' { 'C' } else { 'B' };
    assert_eq!(
        refuses(&format!("{header}.{payload}.{}{other}", &signature[..85])),
        TokenError::Form
    );
}

#[test]
fn the_algorithm_is_never_the_token_s_choice() {
    assert_eq!(
        header(r#"{"alg":"EdDSA","kid":"test-key"}"#),
        Ok(KID.to_owned())
    );
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""""#,
        r#""HS256""#,
        r#""RS256""#,
        r#""ES256""#,
        r#""eddsa""#,
        r#""EdDSA ""#,
        r#"["EdDSA"]"#,
        "null",
        "1",
    ] {
        assert_eq!(
            header(&format!(r#"{{"alg":{alg},"kid":"test-key"}}"#)),
            Err(TokenError::Algorithm),
            "{alg}"
        );
    }
    assert_eq!(header(r#"{"kid":"test-key"}"#), Err(TokenError::Algorithm));
}

#[test]
fn an_hmac_keyed_with_the_public_key_is_no_signature() {
    // HMAC needs no more than its header to be refused; a tag of any bytes stands for it.
    let input = sign_raw(br#"{"alg":"HS256","kid":"test-key"}"#, b"{}");
    let (signed, _) = input.rsplit_once('.').unwrap();
    let tag = URL_SAFE_NO_PAD.encode([7; 32]);
    assert!(matches!(
        refuses(&format!("{signed}.{tag}")),
        TokenError::Algorithm
    ));
}

#[test]
fn a_header_that_asks_for_more_than_we_do_is_refused() {
    for extra in [
        r#""crit":[]"#,
        r#""crit":["b64"],"b64":false"#,
        r#""b64":true"#,
        r#""crit":null"#,
    ] {
        assert_eq!(
            header(&format!(r#"{{"alg":"EdDSA","kid":"test-key",{extra}}}"#)),
            Err(TokenError::Critical),
            "{extra}"
        );
    }
    for typ in [r#""at+jwt""#, r#""jwt""#, r#""JOSE""#, "null", r#"["JWT"]"#] {
        assert_eq!(
            header(&format!(
                r#"{{"alg":"EdDSA","kid":"test-key","typ":{typ}}}"#
            )),
            Err(TokenError::Type),
            "{typ}"
        );
    }
    assert!(header(r#"{"typ":"JWT","alg":"EdDSA","kid":"test-key"}"#).is_ok());
}

#[test]
fn keys_that_a_token_brings_along_are_not_looked_at() {
    let own =
        crate::test_support::jwks_of("evil", &ed25519_dalek::SigningKey::from_bytes(&[9; 32]));
    let own: Value = serde_json::from_str(&own).unwrap();
    let jwk = &own["keys"][0];
    let named = format!(
        r#"{{"alg":"EdDSA","kid":"test-key","jwk":{jwk},"jku":"https://evil.example","x5u":"https://evil.example","x5c":["AA"]}}"#
    );
    assert!(header(&named).is_ok());
    // Signed by the key it brings, naming ours: the signature is judged with ours.
    let input = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(&named),
        URL_SAFE_NO_PAD.encode("{}")
    );
    let signature = ed25519_dalek::SigningKey::from_bytes(&[9; 32])
        .sign(input.as_bytes())
        .to_bytes();
    assert_eq!(
        refuses(&assemble(&input, &signature)),
        TokenError::Signature
    );
}

#[test]
fn a_kid_is_required_and_must_be_known() {
    for kid in [
        "",
        r#","kid":"""#,
        r#","kid":1"#,
        r#","kid":null"#,
        r#","kid":["test-key"]"#,
    ] {
        assert_eq!(
            header(&format!(r#"{{"alg":"EdDSA"{kid}}}"#)),
            Err(TokenError::KeyName),
            "{kid}"
        );
    }
    assert_eq!(
        header(r#"{"alg":"EdDSA","kid":"other"}"#),
        Err(TokenError::UnknownKey)
    );
    assert_eq!(
        open(
            sign_raw(br#"{"alg":"EdDSA","kid":"test-key"}"#, b"{}").as_bytes(),
            &Keys::none()
        )
        .err(),
        Some(TokenError::NoKeys)
    );
}

#[test]
fn a_header_must_be_one_object_without_members_twice() {
    for bad in [
        r#"{"alg":"EdDSA","alg":"EdDSA","kid":"test-key"}"#,
        r#"{"alg":"EdDSA","kid":"test-key","\u006bid":"test-key"}"#,
        r#"{"alg":"EdDSA","kid":"test-key","x":{"a":1,"a":2}}"#,
        r#"["EdDSA"]"#,
        r#""EdDSA""#,
        "",
        r#"{"alg":"EdDSA","kid":"test-key"} {}"#,
        r#"{"alg":"EdDSA","kid":"test-key""#,
    ] {
        assert_eq!(header(bad), Err(TokenError::Header), "{bad}");
    }
    let deep = format!(
        r#"{{"alg":"EdDSA","kid":"test-key","x":{}}}"#,
        "[".repeat(2_000)
    );
    assert_eq!(header(&deep), Err(TokenError::Header));
}

#[test]
fn the_size_is_looked_at_before_anything_else() {
    let long = "A".repeat(MAX_TOKEN_BYTES + 1);
    assert_eq!(refuses(&long), TokenError::TooLong);
    let padding = MAX_TOKEN_BYTES * 3 / 4;
    let token = sign_raw(br#"{"alg":"EdDSA","kid":"test-key"}"#, &vec![b' '; padding]);
    assert_eq!(refuses(&token), TokenError::TooLong);
}

#[test]
fn what_we_sign_ourselves_is_trusted() {
    let token = sign(&signing_input(KID, &serde_json::json!({"a": 1})));
    let keys = keys();
    assert_eq!(
        open(token.as_bytes(), &keys),
        Ok((KID.to_owned(), br#"{"a":1}"#.to_vec()))
    );
}
