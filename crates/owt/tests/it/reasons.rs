//! `owt explain`, `owt usage`, `owt list --watch`: what is printed where.

use owt_api as api;
use owt_api::Status;

use crate::rehearsal::workspace;
use crate::sealed::Staged;
use crate::seated::Seated;

const PAST: &str = "2026-01-02T03:04:05.000Z";

fn staged() -> Staged {
    let staged = Staged::new();
    staged.service.set(|scene| scene.workspaces.push(workspace("auth", Status::Idle)));
    staged
}

fn ruling(rule: &str, why: &str, status: Status) -> api::Ruling {
    api::Ruling { rule: rule.to_owned(), why: why.to_owned(), status, detail: None }
}

fn piece(age_s: u64, source: &str, weight: &str, says: &str, made: Option<Status>) -> api::EvidencePiece {
    api::EvidencePiece {
        at: PAST.to_owned(),
        age_s,
        source: source.to_owned(),
        weight: weight.to_owned(),
        says: says.to_owned(),
        reading: None,
        made,
        decides: made == Some(Status::Idle),
    }
}

#[test]
fn a_status_with_its_reasons() {
    let staged = staged();
    staged.service.set(|scene| {
        scene.explanation = Some(api::Explanation {
            name: "auth".to_owned(),
            status: Status::Working,
            since: "9999-01-01T00:00:00Z".to_owned(),
            source: "commit".to_owned(),
            detail: Some("what it left is being committed".to_owned()),
            failure: None,
            hooks: Some("not_firing".to_owned()),
            tools: vec![api::OpenTool {
                tool: "Bash".to_owned(),
                summary: "cargo test \u{1b}[2J".to_owned(),
                since: "9999-01-01T00:00:00Z".to_owned(),
            }],
            not_understood: Some(api::StrangeLines {
                count: 2,
                what: "news".to_owned(),
                line: "{\"type\":\"news\u{1b}[2J\"}".to_owned(),
            }),
            reports_not_understood: Some(api::StrangeLines {
                count: 1,
                what: "Weather (an unknown event)".to_owned(),
                line: "{}".to_owned(),
            }),
            decided: ruling(
                "commit_due",
                "it is at rest, but what it left is still being committed",
                Status::Working,
            ),
            overruled: vec![ruling(
                "newest_evidence",
                "the newest evidence says what it is doing",
                Status::Idle,
            )],
            evidence: vec![
                piece(300, "process", "strong", "its program was started", None),
                piece(200, "hook", "medium", "it asks: Bash: rm \u{1b}[2J", Some(Status::WaitingPermission)),
                piece(12, "hook", "medium", "its turn is over", Some(Status::Idle)),
            ],
            earlier: 4,
            disbelieved: vec![api::DisbelievedPiece {
                at: PAST.to_owned(),
                age_s: 11,
                source: "screen".to_owned(),
                weight: "weak".to_owned(),
                says: "it works".to_owned(),
                reading: Some(api::Reading {
                    rule: "spinner".to_owned(),
                    parts: vec!["bottom:5".to_owned(), "progress".to_owned()],
                }),
                why: "the screen may not have caught up".to_owned(),
                times: 8,
            }],
        });
    });
    insta::assert_snapshot!(staged.run(&["explain", "auth"]).told(), @r#"
    auth  ● working  since 9999-01-01 00:00 UTC (now) (commit)
      what it left is being committed
      In use: Bash: cargo test \x1b[2J  just begun
      Hooks: not firing; its status rests on other evidence
      Not understood: 2 lines of its stream, the newest news: {"type":"news\x1b[2J"}
      Not understood: 1 report of its hooks, the newest Weather (an unknown event): {}

    Decided by
      commit_due  it is at rest, but what it left is still being committed

    Overruled
      newest_evidence  the newest evidence says what it is doing: would be idle

    Seen  4 earlier pieces are left out
    AGO  SOURCE   WEIGHT  THEN           WHAT WAS SEEN
    5m   process  strong                 its program was started
    3m   hook     medium  ◆ needs a yes  it asks: Bash: rm \x1b[2J
    12s  hook     medium  ○ idle         → its turn is over

    Not believed
    AGO  SOURCE  WEIGHT  WHAT WAS SEEN                                           WHY NOT
    11s  screen  weak    it works (rule spinner at bottom:5, progress), 8 times  the screen may not have caught up
    [exit 0]
    "#);
    assert_eq!(staged.run(&["explain", "auth", "--json"]).json()["data"]["decided"]["rule"], "commit_due");
    assert_eq!(staged.run(&["explain", "nobody"]).code, 5);
}

fn counts(workspaces: u64, told: bool) -> api::UsageCounts {
    api::UsageCounts {
        workspaces,
        jobs: api::JobEnds { done: workspaces, ..api::JobEnds::default() },
        attempts: workspaces,
        deliveries: 2 * workspaces,
        running_s: 4000 * workspaces,
        tokens: told.then_some(api::Tokens { input: 12_000, output: 800 }),
        cost_usd: told.then_some(0.25),
        cost_estimated: false,
        cost_partial: told && workspaces > 2,
        attempts_without_cost: u64::from(!told || workspaces > 2),
        tokens_partial: told && workspaces > 2,
        attempts_without_tokens: u64::from(!told || workspaces > 2),
    }
}

#[test]
fn what_was_used_by_agent_and_by_day() {
    let staged = staged();
    let used = |total| api::Usage {
        since: "2026-01-01".to_owned(),
        days: 7,
        total,
        by_agent: vec![
            api::AgentUsage { agent: "claude".to_owned(), counts: counts(2, true) },
            api::AgentUsage { agent: "worker".to_owned(), counts: counts(1, false) },
        ],
        by_model: vec![
            api::ModelUsage { model: None, counts: counts(1, false) },
            api::ModelUsage { model: Some("opus".to_owned()), counts: counts(2, true) },
        ],
        by_repository: vec![api::RepositoryUsage { repository: None, counts: counts(3, true) }],
        by_workspace: vec![api::WorkspaceUsage {
            workspace: "auth".to_owned(),
            job: "job_1".to_owned(),
            counts: counts(3, true),
        }],
        by_job: vec![api::JobUsage {
            job: "job_1".to_owned(),
            title: "Fix the login page".to_owned(),
            workspace: "auth".to_owned(),
            agent: "claude".to_owned(),
            counts: counts(3, true),
        }],
        by_attempt: vec![api::AttemptUsage {
            attempt: "att_2".to_owned(),
            number: 2,
            job: "job_1".to_owned(),
            workspace: "auth".to_owned(),
            agent: "claude".to_owned(),
            model: None,
            started_at: "2026-01-02T03:04:05Z".to_owned(),
            counts: counts(3, true),
        }],
        by_day: vec![api::DayUsage { day: "2026-01-02".to_owned(), counts: counts(3, true) }],
    };
    staged.service.set(|scene| scene.usage = Some(used(counts(3, true))));
    insta::assert_snapshot!(staged.run(&["usage", "--days", "7"]).told(), @r"
    since 2026-01-01, by days of UTC

    AGENT   WORKSPACES  DONE  FAILED  EXITED  OPEN  SESSIONS  MESSAGES  TIME    TOKENS      COST
    claude  2           2     0       0       0     2         4         2h 13m  12.0k+800   $0.25
    worker  1           1     0       0       0     1         2         1h 6m   -           -
    all     3           3     0       0       0     3         6         3h 20m  ≥12.0k+800  ≥$0.25

    DAY         WORKSPACES  DONE  FAILED  EXITED  OPEN  SESSIONS  MESSAGES  TIME    TOKENS      COST
    2026-01-02  3           3     0       0       0     3         6         3h 20m  ≥12.0k+800  ≥$0.25
    all         3           3     0       0       0     3         6         3h 20m  ≥12.0k+800  ≥$0.25

    ≥ at least: 1 session told no tokens, 1 session told no cost
    [exit 0]
    ");
    for (by, first) in [("job", "Fix the login page"), ("attempt", "auth #2")] {
        let told = staged.run(&["usage", "--days", "7", "--by", by]).told();
        assert!(told.lines().any(|line| line.starts_with(first)), "{told}");
    }
    insta::assert_snapshot!(staged.run(&["usage", "--days", "7", "--by", "model"]).told(), @r"
    since 2026-01-01, by days of UTC

    MODEL  SESSIONS  TIME    TOKENS      COST
    -      1         1h 6m   -           -
    opus   2         2h 13m  12.0k+800   $0.25
    all    3         3h 20m  ≥12.0k+800  ≥$0.25

    ≥ at least: 1 session told no tokens, 1 session told no cost
    [exit 0]
    ");
    for (by, named) in
        [("workspace", "auth"), ("repository", "REPOSITORY"), ("day", "2026-01-02"), ("agent", "claude")]
    {
        let told = staged.run(&["usage", "--days", "7", "--by", by]).told();
        assert!(told.contains(named), "{by}: {told}");
        assert!(told.lines().any(|line| line.starts_with("all ")), "{by}: {told}");
    }
    staged.service.set(|scene| scene.usage = Some(used(api::UsageCounts::default())));
    insta::assert_snapshot!(staged.run(&["usage", "--all-repos"]).told(), @r"
    Nothing was used since 2026-01-01.
    [exit 0]
    ");
    for days in ["0", "-1", "4000", "x"] {
        assert_eq!(staged.run(&["usage", "--days", days]).code, 2, "{days}");
    }
    let calls: Vec<String> = staged.service.scene().calls.iter().map(|(call, _)| call.clone()).collect();
    assert_eq!(calls, [&["usage 7 false"; 8][..], &["usage 30 true"]].concat());
}

#[test]
fn on_a_terminal_the_list_is_drawn_over_itself_until_ctrl_c() {
    let staged = staged();
    for command in [&["list", "--watch"][..], &["status", "-w"]] {
        let mut seated = Seated::at(&staged.sealed, 80, command);
        seated.until("○ idle");
        staged.service.set(|scene| scene.workspaces[0].status = Status::Working);
        seated.until("● working");
        assert!(seated.seen.contains("\u{1b}[2F\u{1b}[J"), "{:?}", seated.seen);
        // Nothing of the terminal is changed that would have to be put back.
        for taken in ["\u{1b}[?1049h", "\u{1b}[?25l"] {
            assert!(!seated.seen.contains(taken), "{:?}", seated.seen);
        }
        seated.types("\u{3}");
        let (seen, code) = seated.ended();
        assert_eq!(code, Some(130), "{seen}");
        // It was the way to end.
        assert!(!seen.contains("interrupted"), "{seen}");
        staged.service.set(|scene| scene.workspaces[0].status = Status::Idle);
    }
    assert_eq!(staged.run(&["status", "auth", "--watch"]).code, 2);
}
