//! What is wrong with a home and the programs around it, as far as it needs no record to tell. Pure: from what was seen
//! to what is said of it. What is wrong with workspaces and sessions is the server's to say.

use owt_api::ErrorCode;
use owt_api::Finding;
use owt_api::FindingState;
use owt_config::FolderError;
use owt_config::Stranger;
use owt_core::AbsPath;
use owt_store::Exposure;

use crate::doubts::Doubt;

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct HomeFacts {
    /// What keeps our folders from being made or written.
    pub(crate) obstacles: Vec<FolderError>,
    /// Files and folders of ours that are not as we leave them.
    pub(crate) exposures: Vec<(AbsPath, Exposure)>,
    /// Why git cannot be used, if it cannot.
    pub(crate) git: Option<String>,
    /// Why tmux cannot be used where it is wanted, if it cannot.
    pub(crate) tmux: Option<String>,
    /// Agents whose programs are older than what is known of them.
    pub(crate) agents: Vec<OldAgent>,
    /// Below so many free bytes no work begins; `None` where nobody minds.
    pub(crate) min_free: Option<u64>,
    /// Folders with the bytes that are free there.
    pub(crate) room: Vec<(AbsPath, u64)>,
    /// Why the configuration cannot be used, if it cannot.
    pub(crate) configuration: Option<String>,
    /// Variables that are named as ours are, and that nothing reads.
    pub(crate) strangers: Vec<Stranger>,
    /// What leads nowhere in the configuration.
    pub(crate) doubts: Vec<Doubt>,
    /// What could not be looked at, and why.
    pub(crate) blind: Vec<(String, String)>,
}

/// An agent whose program is older than the versions that its manifest was made from.
#[derive(Debug)]
pub(crate) struct OldAgent {
    /// Its name.
    pub(crate) name: String,
    /// Its program.
    pub(crate) program: AbsPath,
    /// What it says of its version.
    pub(crate) version: String,
    /// The oldest version that is known.
    pub(crate) known: String,
}

/// Without so many free bytes no record can be written, whatever the configuration asks for: 1 MiB.
const NEEDED: u64 = 1 << 20;

/// Whether a person has to do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mends {
    /// We can.
    Doctor,
    /// They must.
    Person,
}

/// What is wrong.
pub(crate) fn findings(facts: &HomeFacts) -> Vec<Finding> {
    let obstacles = facts.obstacles.iter().map(obstacle);
    let exposures = facts.exposures.iter().map(|(path, exposure)| exposed(path, exposure));
    let git = facts.git.iter().map(|why| {
        let remedy = "install git 2.38 or newer";
        finding(
            "git_unusable",
            "git",
            why.clone(),
            "no workspace can be made or looked at",
            remedy,
            Mends::Person,
        )
    });
    let tmux = facts.tmux.iter().map(|why| {
        let remedy = "install tmux 3.3 or newer, or say session.backend = \"pty\" in your configuration";
        finding(
            "tmux_unusable",
            "tmux",
            why.clone(),
            "sessions in tmux cannot be started",
            remedy,
            Mends::Person,
        )
    });
    let least = facts.min_free.unwrap_or(0).max(NEEDED);
    let room = facts.room.iter().filter(|(_, free)| *free < least).map(|(folder, free)| {
        let what = format!("{} MB are free on the disk of {folder}", free / 1_000_000);
        let why =
            "no work begins with less than worktree.min_free_space, and a full disk stops what is under way";
        finding("low_space", folder.as_str(), what, why, "free some space: owt cleanup", Mends::Person)
    });
    let configuration = facts.configuration.iter().map(|why| {
        let what = format!("the configuration is broken: {why}");
        let remedy = "mend the file: owt config validate";
        finding(
            "bad_configuration",
            "configuration",
            what,
            "nothing new can be started",
            remedy,
            Mends::Person,
        )
    });
    let blind = facts.blind.iter().map(|(what, why)| not_looked_at(what, why));
    obstacles
        .chain(exposures)
        .chain(git)
        .chain(tmux)
        .chain(facts.agents.iter().map(old_agent))
        .chain(room)
        .chain(configuration)
        .chain(facts.strangers.iter().map(stranger))
        .chain(facts.doubts.iter().map(Doubt::finding))
        .chain(blind)
        .collect()
}

/// What keeps every command that needs records, and every server, from working.
fn obstacle(obstacle: &FolderError) -> Finding {
    let (folder, what, remedy) = match obstacle {
        FolderError::DataNotWritable { folder, cause } => (
            folder,
            format!("the data folder {folder} cannot be made or written: {cause}"),
            "mend that, or name another place: OWT_HOME (or XDG_DATA_HOME) set to a folder that you can write",
        ),
        FolderError::NoSpace(folder) => (folder, obstacle.to_string(), "free some space"),
        FolderError::Runtime { folder, .. } | FolderError::NotOurs { folder, .. } => (
            folder,
            obstacle.to_string(),
            "set XDG_RUNTIME_DIR to a folder that you can write, or mend that one",
        ),
    };
    let why = "nothing can be recorded there, so no server can run and nothing can be begun";
    finding(ErrorCode::HomeNotWritable.as_str(), folder.as_str(), what, why, remedy, Mends::Person)
}

/// Something that could not be looked at.
pub(crate) fn not_looked_at(what: &str, why: &str) -> Finding {
    let said = format!("{what} could not be looked at: {why}");
    let remedy = "mend what keeps it from being looked at, and try again";
    finding("not_looked_at", what, said, "faults there are not seen", remedy, Mends::Person)
}

/// What a person has to do something about, besides.
pub(crate) fn for_the_person(code: &str, subject: &str, what: String, why: &str, remedy: &str) -> Finding {
    finding(code, subject, what, why, remedy, Mends::Person)
}

fn exposed(path: &AbsPath, exposure: &Exposure) -> Finding {
    let subject = path.as_str();
    match exposure {
        Exposure::Mode(mode) => finding(
            "wrong_permissions",
            subject,
            format!("{path} has the mode {mode:04o}"),
            "it may hold prompts, output and keys, which others of this machine must not read",
            "it is closed to everybody but you",
            Mends::Doctor,
        ),
        Exposure::Owner(user) => finding(
            "not_ours",
            subject,
            format!("{path} belongs to the user {user}"),
            "owt cannot rely on it, and was perhaps run as another user here",
            "look what it is; as its owner or as root: chown it to yourself, or take it away",
            Mends::Person,
        ),
        Exposure::Leftover => finding(
            "leftover_file",
            subject,
            format!("{path} was never finished, and its writer is gone"),
            "it takes room; nobody will ever read it",
            "the file is removed",
            Mends::Doctor,
        ),
    }
}

fn old_agent(agent: &OldAgent) -> Finding {
    let OldAgent { name, program, version, known } = agent;
    finding(
        "agent_too_old",
        name,
        format!("{program} says '{version}', and {name} is known from {known} on"),
        "its screens, hooks and options may be others than owt expects",
        "update it; owt agents shows what is known of it",
        Mends::Person,
    )
}

fn stranger(stranger: &Stranger) -> Finding {
    let why = "what it was to change stays as it is";
    let remedy = "name it as owt config show --origin and the documentation do, or unset it";
    finding("unknown_variable", &stranger.name, stranger.to_string(), why, remedy, Mends::Person)
}

fn finding(
    code: &str,
    subject: &str,
    what: String,
    why: &str,
    remedy: impl Into<String>,
    mends: Mends,
) -> Finding {
    Finding {
        code: code.to_owned(),
        subject: subject.to_owned(),
        what,
        why: why.to_owned(),
        remedy: remedy.into(),
        fixable: mends == Mends::Doctor,
        state: FindingState::Found,
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> AbsPath {
        AbsPath::new(text).unwrap()
    }

    #[test]
    fn nothing_seen_is_nothing_wrong() {
        let room = vec![(path("/data"), 5 << 20)];
        let facts = HomeFacts { min_free: Some(5 << 20), room, ..HomeFacts::default() };
        assert_eq!(findings(&facts), []);
    }

    #[test]
    fn a_full_disk_is_told_although_nobody_asks_for_room() {
        let facts = |free| HomeFacts { room: vec![(path("/data"), free)], ..HomeFacts::default() };
        assert_eq!(findings(&facts(NEEDED)), []);
        assert_eq!(findings(&facts(NEEDED - 1))[0].code, "low_space");
    }

    #[test]
    fn each_fact_is_told_and_only_our_own_files_are_mended() {
        let facts = HomeFacts {
            obstacles: vec![FolderError::DataNotWritable { folder: path("/data"), cause: "no".to_owned() }],
            exposures: vec![
                (path("/data/a"), Exposure::Mode(0o644)),
                (path("/data/b"), Exposure::Owner(7)),
                (path("/data/c"), Exposure::Leftover),
            ],
            git: Some("git is missing".to_owned()),
            tmux: Some("tmux 3.2 is too old".to_owned()),
            agents: vec![OldAgent {
                name: "claude".to_owned(),
                program: path("/bin/claude"),
                version: "1.0.0".to_owned(),
                known: "2.1.197".to_owned(),
            }],
            min_free: Some(5 << 20),
            room: vec![(path("/data"), 4 << 20)],
            configuration: Some("line 1".to_owned()),
            strangers: vec![Stranger { name: "OWT_X".to_owned(), nearest: None }],
            doubts: vec![Doubt::Path {
                agent: "claude".to_owned(),
                place: "/config.toml:1:1".to_owned(),
                path: path("/nowhere"),
            }],
            blind: vec![("it".to_owned(), "no".to_owned())],
        };
        let found = findings(&facts);
        let told: Vec<(&str, bool)> =
            found.iter().map(|finding| (finding.code.as_str(), finding.fixable)).collect();
        let expected = [
            ("home_not_writable", false),
            ("wrong_permissions", true),
            ("not_ours", false),
            ("leftover_file", true),
            ("git_unusable", false),
            ("tmux_unusable", false),
            ("agent_too_old", false),
            ("low_space", false),
            ("bad_configuration", false),
            ("unknown_variable", false),
            ("agent_program_missing", false),
            ("not_looked_at", false),
        ];
        assert_eq!(told, expected);
        assert!(
            found
                .iter()
                .all(|finding| ![&finding.what, &finding.why, &finding.remedy].contains(&&String::new()))
        );
    }
}
