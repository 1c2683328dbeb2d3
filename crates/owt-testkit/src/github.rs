//! The scripted GitHub: a [`FakeHost`] on loopback, over HTTP and in GitHub's words. It understands the questions that ours asks, and
//! nothing else; a field that GitHub does not have is an error, as it would be there.
#![expect(
    clippy::unwrap_used,
    reason = "a test's way of failing is to panic; what the system refuses here is no finding"
)]

mod graphql;

use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::Readiness;
use owt_core::vcs::BranchName;
use owt_ports::NewPull;
use serde_json::Value;
use serde_json::json;

use crate::forge::FakeHost;
use crate::forge::HOST;
use crate::forge::HeldPull;
use crate::receiver::Received;
use crate::receiver::read;

/// A program that stands in for `gh`: the part of its command line that is used, to the scripted server.
const STAND_IN: &str = include_str!("github/stand-in-gh.py");

/// The server. Its thread ends with the test's process.
pub struct ScriptedGitHub {
    /// The host that it tells of.
    pub host: FakeHost,
    /// The root of its REST API.
    pub url: String,
}

/// An answer.
struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

impl ScriptedGitHub {
    /// Starts it.
    ///
    /// # Panics
    /// Where loopback has no port to give.
    pub fn start(host: FakeHost) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told = host.clone();
        let serve = move || {
            for stream in listener.incoming().flatten() {
                let (request, mut stream) = read(stream);
                let Reply { status, headers, body } = reply(&told, &request);
                let body = if status == 304 { String::new() } else { body.to_string() };
                let mut head = format!("HTTP/1.1 {status} Scripted\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                let _ = stream.write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes());
            }
        };
        std::thread::Builder::new().name("github".to_owned()).spawn(serve).unwrap();
        Self { host, url }
    }
}

/// Writes the stand-in for `gh` there.
///
/// # Panics
/// When it cannot be written.
pub fn install_stand_in_gh(program: &Path) {
    std::fs::write(program, STAND_IN).unwrap();
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn reply(host: &FakeHost, request: &Received) -> Reply {
    host.note(request.line.clone());
    let plain = |status, body| Reply { status, headers: Vec::new(), body };
    if let Some(until) = host.limited_until() {
        let reset = (until.as_millis() / 1000).to_string();
        let headers = vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", reset)];
        return Reply { status: 403, headers, body: json!({"message": "API rate limit exceeded"}) };
    }
    let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if !token.is_some_and(|token| host.accepts(token)) {
        return plain(401, json!({"message": "Bad credentials"}));
    }
    let mut words = request.line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path: Vec<&str> = target.split('?').next().unwrap_or_default().trim_matches('/').split('/').collect();
    match (method, path.as_slice()) {
        ("POST", ["graphql"]) => plain(200, graphql::answer(host, &request.body)),
        (_, ["repos", owner, name, "pulls"]) => {
            let repository = HostedRepository {
                host: HOST.to_owned(),
                owner: (*owner).to_owned(),
                name: (*name).to_owned(),
            };
            match (host.has(&repository), method) {
                (false, _) => plain(404, json!({"message": "Not Found"})),
                (true, "POST") => opened(host, &repository, &request.body),
                (true, _) => listed(host, &repository, request.header("if-none-match")),
            }
        }
        _ => plain(404, json!({"message": "Not Found"})),
    }
}

fn listed(host: &FakeHost, repository: &HostedRepository, mark: Option<&str>) -> Reply {
    let now = host.mark();
    let status = if mark == Some(&now) { 304 } else { 200 };
    let newest: Vec<Value> = host.held(repository).iter().rev().take(1).map(rest).collect();
    Reply { status, headers: vec![("etag", now)], body: json!(newest) }
}

fn opened(host: &FakeHost, repository: &HostedRepository, body: &str) -> Reply {
    let said: Value = serde_json::from_str(body).unwrap();
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    let head = text("head");
    let (owner, branch) = head.split_once(':').unwrap();
    let new = NewPull {
        repository: repository.clone(),
        title: text("title"),
        body: text("body"),
        owner: owner.to_owned(),
        branch: BranchName::new(branch).unwrap(),
        base: BranchName::new(text("base")).unwrap(),
        readiness: if said["draft"] == true { Readiness::Draft } else { Readiness::Ready },
    };
    match host.make(&new) {
        Ok(held) => Reply { status: 201, headers: Vec::new(), body: rest(&held) },
        Err(words) => {
            let errors = json!([{"resource": "PullRequest", "code": "custom", "message": words}]);
            let body = json!({"message": "Validation Failed", "errors": errors});
            Reply { status: 422, headers: Vec::new(), body }
        }
    }
}

fn rest(held: &HeldPull) -> Value {
    let pull = &held.pull;
    json!({
        "number": pull.number.0,
        "html_url": pull.url,
        "title": pull.title,
        "body": held.body,
        "state": if pull.is_open() { "open" } else { "closed" },
        "draft": pull.readiness == Readiness::Draft,
        "head": {"ref": held.branch, "sha": pull.head.as_str(), "label": format!("{}:{}", held.owner, held.branch)},
        "base": {"ref": pull.base},
        "mergeable": null,
    })
}
