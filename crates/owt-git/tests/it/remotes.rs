//! Remotes that ask for a password: nobody is there to type one.

use std::io::BufRead as _;
use std::io::BufReader;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use owt_git::GitRemotes;
use owt_ports::GitError;
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

/// `main` on its way to a bare repository in which this hook judges it.
fn pushed(sandbox: &Sandbox, receives: &str) -> (Result<(), GitError>, String) {
    let (root, there) = (World::root(sandbox), sandbox.home().join("there.git"));
    sandbox.run(&root, &["init", "-q", "--bare", there.as_str()]);
    sandbox.script("there.git/hooks/pre-receive", receives);
    sandbox.run(&root, &["remote", "add", "origin", there.as_str()]);
    let remotes = GitRemotes::new(Arc::new(
        sandbox.git_with(|settings| settings.patience = Some(Duration::from_secs(3))),
    ));
    let push =
        Push { remote: "origin".to_owned(), branch: branch("main"), tip: sandbox.tip("main"), from: None };
    let pushed = remotes.push(&sandbox.repository(), &push, &sandbox.caller(&[]));
    (pushed, sandbox.run(&root, &["ls-remote", "--heads", there.as_str()]))
}

/// One that refuses, one that waits for somebody, one of a tool that is not installed: git-lfs makes such a one.
#[test]
fn no_hook_of_the_repository_judges_or_holds_up_a_push() {
    for hook in ["exit 1", "sleep 600", "command -v git-lfs-of-nobody || { echo not installed >&2; exit 2; }"]
    {
        let sandbox = Sandbox::new();
        sandbox.script("app/.git/hooks/pre-push", &format!("#!/bin/sh\ntouch \"$HOME/hook-ran\"\n{hook}\n"));
        let (pushed, there) = pushed(&sandbox, "#!/bin/sh\nexit 0\n");
        assert_eq!(pushed, Ok(()), "{hook}");
        assert!(there.contains("refs/heads/main"), "{there}");
        assert!(!sandbox.home().join("hook-ran").as_path().exists());
    }
}

#[test]
fn what_the_other_side_refuses_or_never_answers_is_told_and_is_not_there() {
    let sandbox = Sandbox::new();
    let (refused, there) =
        pushed(&sandbox, "#!/bin/sh\necho 'GH008: 1 unknown Git LFS object' >&2\nexit 1\n");
    assert!(
        matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("unknown Git LFS object")),
        "{refused:?}"
    );
    assert_eq!(there, "");
    let sandbox = Sandbox::new();
    let (late, there) = pushed(&sandbox, "#!/bin/sh\nsleep 600\n");
    assert!(matches!(late, Err(GitError::TimedOut { .. })), "{late:?}");
    assert_eq!(there, "");
}
