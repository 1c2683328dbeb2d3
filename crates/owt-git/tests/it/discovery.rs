//! Where a folder stands, on every kind of repository that git knows.

use std::fs;

use owt_core::AbsPath;
use owt_core::vcs::Head;
use owt_core::vcs::Repository;
use owt_git::RefKind;
use owt_ports::Git;
use owt_ports::GitError;
use owt_process::Cmd;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;

#[test]
fn a_bare_repository_and_its_worktrees_are_one() {
    let sandbox = Sandbox::new();
    let bare = sandbox.home().join("bare app.git");
    sandbox.run(&sandbox.home(), &["clone", "-q", "--bare", "app", "bare app.git"]);
    let found = sandbox.git.discover(&bare).unwrap();
    assert_eq!((&found.repository.common_dir, &found.repository.root, found.worktree), (&bare, &bare, None));
    assert_eq!(found.repository.name, "bare app");
    assert!(matches!(found.head, Head::Branch { name, .. } if name == branch("main")));
    let linked = sandbox.home().join("linked");
    sandbox.run(&bare, &["worktree", "add", "-q", linked.as_str(), "main"]);
    let from_linked = sandbox.git.discover(&linked).unwrap();
    assert_eq!((found.repository.source(), from_linked.repository.source()), (&bare, &linked));
    let same = Repository { stand_in: None, ..from_linked.repository };
    assert_eq!((same, from_linked.worktree), (found.repository.clone(), Some(linked)));
    assert_ne!(found.repository.id, sandbox.repository().id);
}

#[test]
fn a_bare_repository_called_dot_git_has_its_folders_name() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "--bare", "app", "hub/.git"]);
    let hub = sandbox.home().join("hub/.git");
    let linked = sandbox.home().join("hub/main");
    sandbox.run(&hub, &["worktree", "add", "-q", linked.as_str(), "main"]);
    let found = sandbox.git.discover(&linked).unwrap();
    assert_eq!((found.repository.root, found.repository.name.as_str()), (hub, "hub"));
}

#[test]
fn a_hidden_bare_folder_has_the_name_of_the_folder_around_it() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "--bare", "app", "hub/.bare"]);
    let hub = sandbox.home().join("hub");
    fs::write(hub.join(".git").as_path(), "gitdir: ./.bare\n").unwrap();
    sandbox.run(&hub, &["worktree", "add", "-q", "main", "main"]);
    for (dir, source) in [(hub.clone(), hub.join(".bare")), (hub.join("main"), hub.join("main"))] {
        let found = sandbox.git.discover(&dir).unwrap().repository;
        assert_eq!((found.source(), found.name.as_str()), (&source, "hub"), "{dir}");
    }
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let sandbox = Sandbox::new();
    let outer = sandbox.home().join("outer");
    sandbox.run(&sandbox.home(), &["init", "-q", "-b", "main", "outer"]);
    sandbox.run(&outer, &["submodule", "--quiet", "add", sandbox.root().as_str(), "parts/app"]);
    let inner = outer.join("parts/app");
    let found = sandbox.git.discover(&inner).unwrap();
    assert_eq!((&found.repository.root, found.worktree.as_ref()), (&inner, Some(&inner)));
    assert_eq!(found.repository.name, "app");
    let linked = sandbox.home().join("linked");
    sandbox.run(&inner, &["worktree", "add", "-q", "-b", "x", linked.as_str()]);
    assert_eq!(sandbox.git.discover(&linked).unwrap().repository, found.repository);
    assert_ne!(sandbox.git.discover(&outer).unwrap().repository.id, found.repository.id);
}

#[test]
fn a_separate_git_folder_is_the_same_repository_from_everywhere() {
    let init = ["init", "-q", "-b", "main", "--separate-git-dir", "elsewhere", "app"];
    let sandbox = Sandbox::with(&init);
    let main = sandbox.git.discover(&sandbox.root()).unwrap();
    assert_eq!(main.repository.root, sandbox.root());
    let linked = sandbox.git.discover(&sandbox.worktree("feat/x")).unwrap();
    assert_eq!(linked.repository.id, main.repository.id);
    // git itself does not know the main worktree from there.
    assert_eq!(linked.repository.root, sandbox.home().join("elsewhere"));
}

#[test]
fn head_may_be_detached_or_unborn() {
    let sandbox = Sandbox::new();
    let at = sandbox.tip("main");
    sandbox.run(&sandbox.root(), &["checkout", "-q", "--detach"]);
    assert_eq!(sandbox.git.discover(&sandbox.root()).unwrap().head, Head::Detached { at });
    for format in ["sha1", "sha256"] {
        let folder = sandbox.home().join(format);
        let object_format = format!("--object-format={format}");
        sandbox.run(&sandbox.home(), &["init", "-q", "-b", "begin", &object_format, format]);
        let found = sandbox.git.discover(&folder).unwrap();
        assert_eq!(found.head, Head::Unborn { name: branch("begin") });
        assert_eq!(found.worktree, Some(folder));
    }
}

#[test]
fn paths_may_hold_spaces_and_unicode_but_no_line_break() {
    let sandbox = Sandbox::new();
    for name in ["two words", "日本 ünï", "quote\"and\\", "tab\there"] {
        sandbox.run(&sandbox.home(), &["clone", "-q", "app", name]);
        let folder = sandbox.home().join(name);
        let found = sandbox.git.discover(&folder).unwrap();
        assert_eq!((found.worktree.as_ref(), found.repository.name.as_str()), (Some(&folder), name));
    }
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "two\nlines"]);
    let refused = sandbox.git.discover(&sandbox.home().join("two\nlines"));
    assert!(matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("line break")));
}

#[test]
fn a_symlink_to_a_checkout_is_the_checkout() {
    let sandbox = Sandbox::new();
    let link = sandbox.home().join("link");
    sandbox.link("app", &link);
    let found = sandbox.git.discover(&link).unwrap();
    assert_eq!((found.repository, found.worktree), (sandbox.repository(), Some(sandbox.root())));
}

#[test]
fn inside_the_git_folder_there_is_no_worktree() {
    let sandbox = Sandbox::new();
    let found = sandbox.git.discover(&sandbox.root().join(".git")).unwrap();
    assert_eq!((found.repository, found.worktree), (sandbox.repository(), None));
}

#[test]
fn per_worktree_configuration_changes_nothing() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&root, &["config", "extensions.worktreeConfig", "true"]);
    sandbox.run(&root, &["config", "--worktree", "core.worktree", root.as_str()]);
    let linked = sandbox.worktree("feat/x");
    assert_eq!(sandbox.git.discover(&linked).unwrap().repository, sandbox.repository());
    assert_eq!(sandbox.repository().root, root);
}

#[test]
fn a_repository_of_another_user_is_refused_by_name() {
    let sandbox = Sandbox::new();
    let git = sandbox.git_with(|settings| {
        // git's own test switch (setup.c, `ensure_valid_ownership`).
        let environment = settings.environment.as_mut().unwrap();
        environment.insert("GIT_TEST_ASSUME_DIFFERENT_OWNER".into(), "1".into());
    });
    let dir = sandbox.root();
    assert_eq!(git.discover(&dir), Err(GitError::DubiousOwnership { dir }));
}

#[test]
fn variables_left_by_a_hook_do_not_lead_elsewhere() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "other"]);
    let other = sandbox.home().join("other/.git");
    let git = sandbox.git_with(|settings| {
        let environment = settings.environment.as_mut().unwrap();
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"] {
            environment.insert(name.into(), other.as_str().into());
        }
    });
    assert_eq!(git.discover(&sandbox.root()).unwrap().repository, sandbox.repository());
}

#[test]
fn broken_configuration_is_told_in_gits_words() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.root().join(".git/config"), "[core\n").unwrap();
    let refused = sandbox.git.discover(&sandbox.root());
    assert!(
        matches!(&refused, Err(GitError::Failed { message, .. }) if message.contains("bad config")),
        "{refused:?}"
    );
}

#[test]
fn two_repositories_of_one_name_are_two() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "elsewhere/app"]);
    let other = sandbox.git.discover(&sandbox.home().join("elsewhere/app")).unwrap().repository;
    assert_eq!(other.name, sandbox.repository().name);
    assert_ne!(other.id, sandbox.repository().id);
    let id = owt_git::repository_id(AbsPath::new(&other.common_dir).unwrap().as_path());
    assert_eq!(id, other.id);
}

#[test]
fn names_of_refs_come_newest_first_and_without_those_that_name_another() {
    let sandbox = Sandbox::new();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "copy"]);
    let copy = sandbox.home().join("copy");
    sandbox.run(&copy, &["branch", "older"]);
    sandbox.run(&copy, &["tag", "v1"]);
    sandbox.run(&copy, &["switch", "-q", "-c", "feat/newest"]);
    let person = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let commit = Cmd::new("git").args(person).args(["commit", "-q", "--allow-empty", "-m", "more"]);
    commit.env("GIT_COMMITTER_DATE", "2040-01-01T00:00:00Z").current_dir(&copy).run_checked().unwrap();
    let own = sandbox.git.ref_names(&copy, &[RefKind::Branch]).unwrap();
    assert_eq!((own.len(), own[0].as_str()), (3, "feat/newest"), "{own:?}");
    assert!(own.contains(&"main".to_owned()) && own.contains(&"older".to_owned()), "{own:?}");
    let all = sandbox.git.ref_names(&copy, &[RefKind::Branch, RefKind::RemoteBranch, RefKind::Tag]).unwrap();
    assert_eq!(all.len(), 5, "{all:?}");
    assert!(all.contains(&"origin/main".to_owned()) && all.contains(&"v1".to_owned()), "{all:?}");
    assert!(matches!(
        sandbox.git.ref_names(&AbsPath::new("/").unwrap(), &[RefKind::Tag]),
        Err(GitError::NotARepository { .. })
    ));
}
