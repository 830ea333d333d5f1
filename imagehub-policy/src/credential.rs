//! Where a request carries its token.

use crate::head::RequestHead;
use thiserror::Error;

/// The name of the session's cookie.
pub const SESSION_COOKIE: &str = "imagehub_session";

/// How a token was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// `Authorization: Bearer` (RFC 6750 §2.1).
    Bearer,
    /// The session cookie.
    Cookie,
}

/// A token as sent, not yet verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credential<'a> {
    /// The token's bytes.
    pub token: &'a [u8],
    /// How it was sent.
    pub via: Via,
}

/// Why a request's credentials cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CredentialError {
    /// `Authorization` or the session's cookie is not UTF-8: the request is malformed.
    #[error("the credentials are not UTF-8")]
    NotText,
    /// Two `Authorization` headers, or two session cookies: 401.
    #[error("there are two credentials of one kind")]
    Several,
    /// `Authorization` with another scheme than `Bearer`: 401.
    #[error("the authorization scheme is not Bearer")]
    Scheme,
}

/// The request's token: `Authorization: Bearer` wins over the cookie; two of either kind are refused.
pub fn find_credential<'a>(
    head: &RequestHead<'a>,
) -> Result<Option<Credential<'a>>, CredentialError> {
    let cookie = session_cookie(&head.cookies)?;
    let authorization = match head.authorization.as_slice() {
        [] => {
            return Ok(cookie.map(|token| Credential {
                token,
                via: Via::Cookie,
            }));
        }
        [one] => std::str::from_utf8(one).map_err(|_| CredentialError::NotText)?,
        [_, _, ..] => return Err(CredentialError::Several),
    };
    let (scheme, token) = authorization
        .split_once(' ')
        .ok_or(CredentialError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(CredentialError::Scheme);
    }
    Ok(Some(Credential {
        token: token.trim_matches(' ').as_bytes(),
        via: Via::Bearer,
    }))
}

fn session_cookie<'a>(headers: &[&'a [u8]]) -> Result<Option<&'a [u8]>, CredentialError> {
    let mut found = None;
    let pairs = headers
        .iter()
        .flat_map(|header| header.split(|byte| *byte == b';'));
    for pair in pairs {
        let Some(equals) = pair.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (name, value) = pair.split_at(equals);
        if name.trim_ascii() != SESSION_COOKIE.as_bytes() {
            continue;
        }
        let value = value.strip_prefix(b"=").unwrap_or_default().trim_ascii();
        if std::str::from_utf8(value).is_err() {
            return Err(CredentialError::NotText);
        }
        if found.replace(value).is_some() {
            return Err(CredentialError::Several);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'a>(
        authorization: &[&'a str],
        cookies: &[&'a str],
    ) -> Result<Option<(&'a str, Via)>, CredentialError> {
        let head = RequestHead {
            authorization: authorization.iter().map(|v| v.as_bytes()).collect(),
            cookies: cookies.iter().map(|v| v.as_bytes()).collect(),
            ..RequestHead::default()
        };
        find_credential(&head)
            .map(|found| found.map(|c| (std::str::from_utf8(c.token).unwrap(), c.via)))
    }

    #[test]
    fn a_bearer_token_wins_over_the_cookie() {
        let cookie = &["theme=dark; imagehub_session=C"];
        assert_eq!(find(&["Bearer B"], cookie), Ok(Some(("B", Via::Bearer))));
        assert_eq!(find(&["bearer  B "], &[]), Ok(Some(("B", Via::Bearer))));
        assert_eq!(find(&[], cookie), Ok(Some(("C", Via::Cookie))));
        assert_eq!(find(&[], &[]), Ok(None));
    }

    #[test]
    fn a_cookie_is_found_in_any_of_several_headers_by_its_exact_name() {
        assert_eq!(
            find(&[], &["a=1", "b=2;imagehub_session=C ; c=3"]),
            Ok(Some(("C", Via::Cookie)))
        );
        assert_eq!(
            find(
                &[],
                &["Imagehub_Session=C; ximagehub_session=D; imagehub_session"]
            ),
            Ok(None)
        );
    }

    #[test]
    fn two_of_either_kind_are_refused() {
        assert_eq!(
            find(&["Bearer A", "Bearer A"], &[]),
            Err(CredentialError::Several)
        );
        assert_eq!(
            find(&[], &["imagehub_session=A; imagehub_session=A"]),
            Err(CredentialError::Several)
        );
        assert_eq!(
            find(&[], &["imagehub_session=A", "imagehub_session=B"]),
            Err(CredentialError::Several)
        );
        assert_eq!(
            find(&["Bearer B"], &["imagehub_session=A", "imagehub_session="]),
            Err(CredentialError::Several)
        );
    }

    #[test]
    fn another_scheme_is_refused_and_never_falls_back_to_the_cookie() {
        for other in ["Basic YTpi", "Bearer", "", "BearerB"] {
            assert_eq!(
                find(&[other], &["imagehub_session=C"]),
                Err(CredentialError::Scheme),
                "{other}"
            );
        }
    }

    #[test]
    fn credentials_that_are_not_utf_8_make_the_request_malformed() {
        let cookie = RequestHead {
            cookies: vec![b"imagehub_session=\xff\xfe"],
            ..RequestHead::default()
        };
        assert_eq!(find_credential(&cookie), Err(CredentialError::NotText));
        let bearer = RequestHead {
            authorization: vec![b"Bearer \xff\xfe"],
            ..RequestHead::default()
        };
        assert_eq!(find_credential(&bearer), Err(CredentialError::NotText));
    }

    #[test]
    fn the_bytes_of_another_programs_cookie_do_not_matter() {
        let head = RequestHead {
            cookies: vec![b"a=\xff; \xfe=b; imagehub_session=C;\xff"],
            ..RequestHead::default()
        };
        let found = find_credential(&head).map(|found| found.map(|found| found.token));
        assert_eq!(found, Ok(Some(b"C".as_slice())));
    }
}
