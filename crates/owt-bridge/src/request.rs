//! A line that asks for something.

use serde::Deserialize;
use serde_json::Value;

/// What is asked of the program.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// What the answer repeats.
    pub(crate) id: String,
    /// How.
    pub(crate) method: Method,
    /// Where: a path of the program's own, with its query.
    pub(crate) path: String,
    /// What is sent along.
    #[serde(default)]
    pub(crate) body: Option<Value>,
}

/// The methods that carry or want something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Why a line is no request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRequest {
    /// Its shape.
    #[error("it is no request: {0}")]
    Shape(#[from] serde_json::Error),
    /// Where it would go.
    #[error(
        "it names no path of the program: a path begins with one '/' and has visible ASCII characters only"
    )]
    Path {
        /// The request's id.
        id: String,
    },
}

impl NoRequest {
    /// The id, as far as it could be read.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Shape(_) => None,
            Self::Path { id } => Some(id),
        }
    }
}

impl Request {
    pub(crate) fn read(line: &str) -> Result<Self, NoRequest> {
        let request: Self = serde_json::from_str(line)?;
        if is_path(&request.path) { Ok(request) } else { Err(NoRequest::Path { id: request.id }) }
    }
}

/// What stands behind host and port, and can name no other: `//host` would in places that resolve it.
pub(crate) fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path_of(path: &str) -> Result<Request, NoRequest> {
        Request::read(&serde_json::json!({"id": "1", "method": "GET", "path": path}).to_string())
    }

    #[test]
    fn a_path_can_name_no_other_host() {
        for path in ["/session", "/session/ses_1?x=%20y", "/"] {
            assert_eq!(path_of(path).unwrap().path, path);
        }
        for path in [
            "",
            "session",
            "//example.org/x",
            "http://example.org/",
            "@example.org/",
            ":80@example.org/",
            "/\\example.org",
            "/a b",
            "/a\r\nHost: example.org",
            "/a#b",
            "/ä",
        ] {
            assert_eq!(path_of(path).unwrap_err().id(), Some("1"), "{path:?}");
        }
    }

    #[test]
    fn a_line_of_another_shape_is_no_request() {
        for line in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"id":"1","method":"TRACE","path":"/"}"#,
            r#"{"id":1,"method":"GET","path":"/"}"#,
        ] {
            assert!(matches!(Request::read(line), Err(NoRequest::Shape(_))), "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_path_that_is_taken_stays_on_its_host(path in "[/\\\\@:.#?a-z \u{e4}\n]{0,20}") {
            if is_path(&path) {
                let uri: ureq::http::Uri = format!("http://127.0.0.1:80{path}").parse().unwrap();
                prop_assert_eq!((uri.host(), uri.port_u16()), (Some("127.0.0.1"), Some(80)));
            }
        }
    }
}
