//! `owt server status`.

use owt_api::ServerStatus;

use crate::rendering::Page;
use crate::rendering::Tone;
use crate::rendering::span;

pub(crate) fn render(page: &Page, status: &ServerStatus) -> String {
    let facts = [
        ("Process", status.pid.to_string()),
        ("Version", status.version.clone()),
        ("Socket", status.socket.clone()),
        ("Started", span::point(&status.started_at, page.now)),
        ("Sessions", status.sessions.to_string()),
    ];
    let fact = |(label, value): (&str, String)| {
        format!("{}{value}\n", page.style.paint(Tone::Dim, &format!("{label:<10}")))
    };
    facts.into_iter().map(fact).collect()
}
