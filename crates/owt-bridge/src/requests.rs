//! From lines to answers: one request at a time, in their order.

use std::io;
use std::io::BufRead;
use std::sync::mpsc::Receiver;

use crate::lines::Line;
use crate::lines::next;
use crate::outlet::Outlet;
use crate::request::Request;
use crate::server::Server;

/// Answers each line until the input is over. Lines that come before the program listens wait for it; none is answered
/// where it never does.
pub(crate) fn answer_all(
    mut input: impl BufRead,
    outlet: &Outlet,
    listening: &Receiver<Server>,
) -> io::Result<()> {
    let mut server = None;
    while let Some(line) = next(&mut input)? {
        let text = match line {
            Line::Text(text) if text.trim().is_empty() => continue,
            Line::Text(text) => text,
            Line::TooLong(bytes) => {
                outlet.no_answer(None, &format!("a line of {bytes} bytes is too long"))?;
                continue;
            }
        };
        if server.is_none() {
            server = listening.recv().ok();
        }
        let Some(server) = &server else { return Ok(()) };
        answer(&text, outlet, server)?;
    }
    Ok(())
}

fn answer(line: &str, outlet: &Outlet, server: &Server) -> io::Result<()> {
    let request = match Request::read(line) {
        Ok(request) => request,
        Err(error) => return outlet.no_answer(error.id(), &error.to_string()),
    };
    match server.ask(&request) {
        Ok((status, body)) => outlet.answer(&request.id, status, &body),
        Err(error) => outlet.no_answer(Some(&request.id), &error.to_string()),
    }
}
