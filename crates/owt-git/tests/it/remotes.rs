//! Remotes that ask for a password: nobody is there to type one.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;

use owt_git::GitRemotes;
use owt_ports::Push;
use owt_ports::Remote;
use owt_ports::Remotes as _;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;

/// A server that lets nobody in; its thread ends with the test's process.
fn closed_door() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/acme/app.git", listener.local_addr().unwrap());
    let serve = move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = BufReader::new(&stream).lines();
            while head.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let answer = "HTTP/1.1 401 No\r\nwww-authenticate: Basic realm=\"x\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes());
        }
    };
    std::thread::Builder::new().name("closed door".to_owned()).spawn(serve).unwrap();
    address
}

#[test]
fn nobody_is_asked_for_a_password_in_a_window_either() {
    let sandbox = Sandbox::new();
    let root = World::root(&sandbox);
    let asked = sandbox.home().join("asked");
    let window = sandbox.script("window", &format!("#!/bin/sh\necho asked >> {asked}; echo secret"));
    sandbox.run(&root, &["remote", "add", "origin", &closed_door()]);
    sandbox.run(&root, &["config", "core.askPass", window.as_str()]);
    let caller = sandbox.caller(&[("GIT_ASKPASS", window.as_str()), ("SSH_ASKPASS", window.as_str())]);
    let remotes = GitRemotes::new(Arc::new(sandbox.git_with(|_| {})));
    let repository = sandbox.repository();
    let list = remotes.remotes(&repository, &branch("main")).unwrap();
    let origin: Remote = list.named("origin").unwrap().clone();
    remotes.heads(&repository, &origin, &caller).unwrap_err();
    let push = Push { remote: origin.name, branch: branch("main"), tip: sandbox.tip("main"), from: None };
    remotes.push(&repository, &push, &caller).unwrap_err();
    assert_eq!(World::read(&sandbox, &asked), None);
    // The window would be asked otherwise.
    assert!(!sandbox.try_run(&root, &["ls-remote", "origin"]).success());
    assert!(World::read(&sandbox, &asked).is_some());
}
