//! Each recorded event stream is read whole, and what it says is what happened.

use std::collections::BTreeMap;

use owt_agents::Catalog;
use owt_agents::events::AgentEvent;
use owt_agents::events::ErrorClass;
use owt_agents::events::MicroUsd;
use owt_agents::events::Parser;
use owt_agents::events::Spent;
use owt_agents::events::Start;
use owt_agents::events::ToolOutcome;
use owt_agents::events::TurnOutcome;
use owt_agents::events::Usage;
use owt_agents::manifest::OutputFormat;
use proptest::prelude::*;

use crate::corpus;

const APP_SERVER: &str = "codex-appserver.jsonl";
const SERVED: &str = "opencode-serve-permission.jsonl";

fn format_of(file: &str) -> OutputFormat {
    let catalog = Catalog::built_in();
    if file == APP_SERVER {
        return OutputFormat::CodexAppServer;
    }
    if file.starts_with("opencode-serve-") {
        return OutputFormat::OpencodeServe;
    }
    let agent = catalog.get(file.split('-').next().unwrap()).unwrap();
    agent.modes.headless.as_ref().unwrap().output
}

/// What the program printed: without the lines that were sent to it.
fn printed(file: &str) -> String {
    let text = corpus::read("transcripts", file);
    text.lines().filter(|line| !line.starts_with(r#"{"DIR""#)).map(|line| format!("{line}\n")).collect()
}

fn read_from(file: &str, start: Start) -> Vec<AgentEvent> {
    let mut parser = Parser::new(format_of(file), start);
    let mut events = parser.feed(printed(file).as_bytes());
    events.extend(parser.finish());
    assert_eq!(parser.unknown_lines(), 0, "{file}: {events:?}");
    events
}

fn read(file: &str) -> Vec<AgentEvent> {
    read_from(file, Start::Fresh)
}

/// The ends of all turns: outcome, text, what was spent, denials.
fn ends(events: &[AgentEvent]) -> Vec<(TurnOutcome, Option<String>, Spent, u32)> {
    events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::TurnEnded { outcome, text, spent, denied } => {
                Some((*outcome, text.clone(), **spent, *denied))
            }
            _ => None,
        })
        .collect()
}

fn tools(events: &[AgentEvent]) -> Vec<(String, String)> {
    events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::ToolCall { tool, summary, .. } => Some((tool.clone(), summary.clone())),
            _ => None,
        })
        .collect()
}

fn failed_tools(events: &[AgentEvent]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::ToolResult { outcome: ToolOutcome::Failed, summary, .. } => Some(summary.clone()),
            _ => None,
        })
        .collect()
}

/// The files that its tools have changed, in the order in which it tells.
fn changed(events: &[AgentEvent]) -> Vec<String> {
    let (mut under_way, mut done) = (BTreeMap::new(), Vec::new());
    for event in events {
        match event {
            AgentEvent::ToolCall { call, edits, .. } => {
                under_way.insert(call, edits);
            }
            AgentEvent::ToolResult { call, outcome: ToolOutcome::Done, edits, .. } => {
                done.extend(under_way.get(call).into_iter().copied().flatten().chain(edits).cloned());
            }
            _ => {}
        }
    }
    done.dedup();
    done
}

#[test]
fn the_files_that_a_stream_tells_of_are_those_that_were_changed() {
    let below = |folder: &str, file: &str| format!("/home/dev/agent-work/{folder}/{file}");
    for (file, files) in [
        ("claude-edit.jsonl", vec![below("claude1-wt", "greeting.txt")]),
        ("claude-perm-acceptEdits-write.jsonl", vec![below("claude4-wt", "w.txt")]),
        ("claude-hooks-deny.jsonl", vec![]),
        ("claude-perm-default-write.jsonl", vec![]),
        ("claude-perm-acceptEdits-touch.jsonl", vec![]),
        ("codex-edit.jsonl", vec![below("codex3-wt", "greeting.txt")]),
        (APP_SERVER, vec![]),
        ("gemini-edit.jsonl", vec![below("gm1-wt", "greeting.txt")]),
        ("gemini-hooks-deny.jsonl", vec![]),
        ("opencode-edit.jsonl", vec![below("oc2-wt", "greeting.txt")]),
        ("droid-edit.jsonl", vec!["hello.txt".to_owned()]),
    ] {
        assert_eq!(changed(&read(file)), files, "{file}");
    }
}

#[test]
fn every_stream_is_understood_and_every_turn_has_one_end() {
    for file in corpus::names("transcripts") {
        let events = read(&file);
        let turns = match file.as_str() {
            "claude-control.jsonl" => 4,
            "claude-streamin.jsonl" => 2,
            APP_SERVER => 3,
            SERVED => 2,
            _ => 1,
        };
        assert_eq!(ends(&events).len(), turns, "{file}");
        let named =
            |event: &AgentEvent| matches!(event, AgentEvent::SessionStarted { conversation: Some(_), .. });
        let over_serve = format_of(&file) == OutputFormat::OpencodeServe;
        let names = events.iter().filter(|event| named(event)).count();
        // There it says its model when it has read the first prompt, which it repeats.
        assert!(names == 1 || over_serve, "{file}");
        assert!(over_serve || events.contains(&AgentEvent::TurnStarted), "{file}");
    }
}

#[test]
fn opencodes_server_tells_prompts_requests_tools_and_ends() {
    let events = read(SERVED);
    assert_eq!(
        tools(&events),
        [("bash".to_owned(), "echo scripted-was-here > bash_ran.txt && cat bash_ran.txt".to_owned())]
    );
    let asked =
        |event: &AgentEvent| matches!(event, AgentEvent::PermissionRequest { tool, .. } if tool == "bash");
    assert_eq!(events.iter().filter(|event| asked(event)).count(), 1);
    let usage = Usage { input: 16_206, output: 48, ..Usage::default() };
    let (outcome, text, spent, _) = &ends(&events)[0];
    assert_eq!((*outcome, text.as_deref()), (TurnOutcome::Completed, Some("Command finished.")));
    assert_eq!((spent.usage, spent.cost), (Some(usage), Some(MicroUsd(49_338))));

    // What it tries again is told in the provider's words alone.
    let failed = read("opencode-serve-fail-err429.jsonl");
    let retry = |event: &AgentEvent| matches!(event, AgentEvent::Retrying { class: ErrorClass::Other, .. });
    assert_eq!(failed.iter().filter(|event| retry(event)).count(), 5);
    assert_eq!(ends(&failed)[0].0, TurnOutcome::Failed(ErrorClass::RateLimit));
    let echoed = |event: &AgentEvent| matches!(event, AgentEvent::PromptEchoed { id: Some(_), .. });
    assert_eq!(failed.iter().filter(|event| echoed(event)).count(), 1);
    let limit =
        |event: &AgentEvent| matches!(event, AgentEvent::RateLimited { resets_at: Some(1_795_480_436) });
    assert!(failed.iter().any(limit), "{failed:?}");
}

#[test]
fn claude_edits_and_commits() {
    let events = read("claude-edit.jsonl");
    assert!(matches!(
        &events[..2],
        [AgentEvent::SessionStarted { conversation: Some(id), model: Some(model), directory: Some(cwd) },
         AgentEvent::TurnStarted]
        if id.as_str() == "bfe1fc6e-01b4-419d-af9f-97cd7fbd1850"
            && model == "claude-opus-4-8[1m]" && cwd == "/home/dev/agent-work/claude1-wt"
    ));
    let greeting = "/home/dev/agent-work/claude1-wt/greeting.txt";
    let expected = [
        ("Write", greeting),
        ("Read", greeting),
        ("Edit", greeting),
        ("Bash", "git add -A && git commit -qm 'scripted: add greeting' && git log --oneline | head -1"),
    ];
    assert_eq!(tools(&events), expected.map(|(tool, summary)| (tool.to_owned(), summary.to_owned())));
    let usage = Usage { input: 78520, cache_read: 1000, cache_write: 10, output: 184 };
    assert_eq!(
        ends(&events),
        [(
            TurnOutcome::Completed,
            Some("Done: committed greeting.txt.".to_owned()),
            Spent { usage: Some(usage), conversation_usage: None, cost: Some(MicroUsd(397_763)) },
            0
        )]
    );
}

#[test]
fn failures_have_their_class_whatever_the_subtype_says() {
    let cases = [
        ("claude-fail-err400.jsonl", ErrorClass::Billing, 0),
        ("claude-fail-err401.jsonl", ErrorClass::Authentication, 2),
        ("claude-fail-err403.jsonl", ErrorClass::Authentication, 0),
        ("claude-fail-err429.jsonl", ErrorClass::RateLimit, 2),
        ("claude-fail-err500.jsonl", ErrorClass::Server, 2),
        ("claude-fail-err529.jsonl", ErrorClass::Overloaded, 2),
        ("claude-fail-errlong.jsonl", ErrorClass::ContextTooLong, 0),
        ("claude-fail-quota.jsonl", ErrorClass::RateLimit, 2),
        ("claude-fail-refused.jsonl", ErrorClass::Connection, 2),
        ("codex-fail-err400.jsonl", ErrorClass::InvalidRequest, 0),
        ("codex-fail-err401.jsonl", ErrorClass::Authentication, 2),
        ("codex-fail-err403.jsonl", ErrorClass::Authentication, 2),
        ("codex-fail-err404.jsonl", ErrorClass::Other, 0),
        ("codex-fail-err429.jsonl", ErrorClass::RateLimit, 0),
        ("codex-fail-err429ra.jsonl", ErrorClass::RateLimit, 2),
        ("codex-fail-err500.jsonl", ErrorClass::Overloaded, 2),
        ("codex-fail-err529.jsonl", ErrorClass::Overloaded, 2),
        ("codex-fail-errlong.jsonl", ErrorClass::ContextTooLong, 0),
        ("codex-fail-limited.jsonl", ErrorClass::RateLimit, 0),
        ("codex-fail-err503.jsonl", ErrorClass::Overloaded, 0),
        ("gemini-fail-limited.jsonl", ErrorClass::RateLimit, 0),
        ("gemini-fail-errlong.jsonl", ErrorClass::ContextTooLong, 0),
        ("gemini-fail-cut-midway.jsonl", ErrorClass::Connection, 0),
        ("opencode-fail-cut.jsonl", ErrorClass::Connection, 0),
        ("opencode-fail-err429.jsonl", ErrorClass::RateLimit, 0),
        ("opencode-serve-fail-err401.jsonl", ErrorClass::Authentication, 0),
        ("opencode-fail-err503.jsonl", ErrorClass::Overloaded, 0),
        ("gemini-fail-err400.jsonl", ErrorClass::InvalidRequest, 0),
        ("gemini-fail-err401.jsonl", ErrorClass::Authentication, 0),
        ("gemini-fail-err403.jsonl", ErrorClass::Authentication, 0),
        ("gemini-fail-cut.jsonl", ErrorClass::Connection, 0),
        ("opencode-err400.jsonl", ErrorClass::InvalidRequest, 0),
        ("opencode-err403.jsonl", ErrorClass::Authentication, 0),
        ("opencode-err404.jsonl", ErrorClass::ModelNotFound, 0),
        ("opencode-err401.jsonl", ErrorClass::Authentication, 0),
        ("opencode-errlong.jsonl", ErrorClass::ContextTooLong, 0),
        ("droid-fail-connection.jsonl", ErrorClass::Connection, 0),
        ("droid-fail-cut.jsonl", ErrorClass::Connection, 0),
        ("droid-fail-err429.jsonl", ErrorClass::RateLimit, 0),
        ("droid-fail-err401.jsonl", ErrorClass::Authentication, 0),
        ("pi-fail-err401.jsonl", ErrorClass::Authentication, 0),
        ("pi-fail-err404.jsonl", ErrorClass::ModelNotFound, 0),
        ("pi-fail-err429.jsonl", ErrorClass::RateLimit, 3),
        ("pi-fail-err529.jsonl", ErrorClass::Overloaded, 3),
        ("pi-fail-cut.jsonl", ErrorClass::Connection, 3),
        ("pi-fail-errlong.jsonl", ErrorClass::ContextTooLong, 0),
    ];
    for (file, class, retries) in cases {
        let events = read(file);
        assert_eq!(ends(&events)[0].0, TurnOutcome::Failed(class), "{file}");
        assert!(ends(&events)[0].1.as_ref().is_some_and(|text| !text.is_empty()), "{file}: says why");
        let found: Vec<(Option<u32>, ErrorClass)> = events
            .iter()
            .filter_map(|event| match event {
                AgentEvent::Retrying { attempt, class, .. } => Some((*attempt, *class)),
                _ => None,
            })
            .collect();
        let expected: Vec<(Option<u32>, ErrorClass)> = (1..=retries).map(|n| (Some(n), class)).collect();
        assert_eq!(found, expected, "{file}");
    }
}

/// Gemini CLI wraps the provider's words in its own; its exit code is the provider's status, modulo 256.
#[test]
fn an_exit_code_settles_what_no_field_says() {
    let class = |code| {
        let mut parser = Parser::new(OutputFormat::GeminiStreamJson, Start::Fresh);
        let mut events = parser.feed(printed("gemini-fail-err503.jsonl").as_bytes());
        assert_eq!(ends(&events), [], "not known yet");
        events.extend(parser.finish_with(code));
        ends(&events)[0].0
    };
    for (code, expected) in [
        (Some(503 % 256), ErrorClass::Overloaded),
        (Some(500 % 256), ErrorClass::Server),
        (Some(401 % 256), ErrorClass::Authentication),
        (Some(1), ErrorClass::Other),
        (None, ErrorClass::Other),
    ] {
        assert_eq!(class(code), TurnOutcome::Failed(expected), "{code:?}");
    }
}

#[test]
fn a_raw_provider_answer_becomes_its_sentence() {
    let text = ends(&read("codex-fail-err400.jsonl")).remove(0).1;
    assert_eq!(text.as_deref(), Some("Your credit balance is too low to access the Anthropic API."));
}

#[test]
fn denials_are_counted_though_the_turn_completes() {
    for file in [
        "claude-perm-default-touch.jsonl",
        "claude-perm-default-write.jsonl",
        "claude-perm-dontAsk-touch.jsonl",
        "claude-perm-dontAsk-write.jsonl",
        "claude-perm-plan-touch.jsonl",
        "claude-perm-plan-write.jsonl",
        "claude-hooks-deny.jsonl",
        "claude-mcpdeny.jsonl",
    ] {
        let events = read(file);
        let end = ends(&events).remove(0);
        assert_eq!((end.0, end.3), (TurnOutcome::Completed, 1), "{file}");
        assert_eq!(failed_tools(&events).len(), 1, "{file}");
    }
    for file in ["claude-perm-acceptEdits-touch.jsonl", "claude-perm-acceptEdits-write.jsonl"] {
        let events = read(file);
        assert_eq!((ends(&events)[0].3, failed_tools(&events).len()), (0, 0), "{file}");
    }
    assert_eq!(
        failed_tools(&read("claude-hooks-deny.jsonl")),
        ["BLOCKED-BY-HOOK: file claimed by another agent"]
    );
    assert_eq!(failed_tools(&read("gemini-hooks-deny.jsonl")).len(), 1);
}

/// Request, tool and what it is used on, of everything that permission was asked for.
fn permissions_asked(events: &[AgentEvent]) -> Vec<(&str, &str, &str)> {
    events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::PermissionRequest { request, tool, summary, .. } => {
                Some((request.as_str(), tool.as_str(), summary.as_str()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn an_app_server_asks_is_answered_and_is_interrupted() {
    let events = read(APP_SERVER);
    let file = "/home/dev/agent-work/codex5-wt/w.txt";
    assert_eq!(
        permissions_asked(&events),
        [("0", "command_execution", "/bin/bash -lc 'touch touched.txt'"), ("1", "file_change", file)]
    );
    let withdrawn =
        events.iter().filter(|event| matches!(event, AgentEvent::RequestWithdrawn { .. })).count();
    assert_eq!(withdrawn, 2);
    assert_eq!(failed_tools(&events), [file], "what was declined");
    let used = |input, output| Some(Usage { input, output, ..Usage::default() });
    let turns: Vec<(TurnOutcome, Option<String>, Option<Usage>)> =
        ends(&events).into_iter().map(|(outcome, text, spent, _)| (outcome, text, spent.usage)).collect();
    // The thread's total is counted up over its turns, and told twice at the interrupted one.
    assert_eq!(
        turns,
        [
            (TurnOutcome::Completed, Some("Touched.".to_owned()), used(19257, 45)),
            (TurnOutcome::Completed, Some("Wrote w.txt.".to_owned()), used(39010 - 90 - 19257, 45)),
            (TurnOutcome::Interrupted, None, used(0, 0)),
        ]
    );
}

#[test]
fn a_control_session_asks_is_answered_and_is_interrupted() {
    let events = read("claude-control.jsonl");
    assert_eq!(
        permissions_asked(&events),
        [
            ("54907324-90bc-45c7-8c54-324441a4cf2c", "Bash", "touch touched.txt"),
            ("35b03911-d3c0-4e57-b5e3-582b9d3eb414", "Write", "/home/dev/agent-work/claude4-wt/w.txt"),
        ]
    );
    let answered: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::Answered { request, error: None } => Some(request.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(answered, ["r0", "r9", "r10"]);
    let outcomes: Vec<(TurnOutcome, u32, Option<MicroUsd>)> =
        ends(&events).into_iter().map(|(outcome, _, spent, denied)| (outcome, denied, spent.cost)).collect();
    // The program counts cost up over its turns; each turn has its own part.
    assert_eq!(
        outcomes,
        [
            (TurnOutcome::Completed, 0, Some(MicroUsd(220_865))),
            (TurnOutcome::Completed, 1, Some(MicroUsd(221_985))),
            (TurnOutcome::Interrupted, 0, Some(MicroUsd(0))),
            (TurnOutcome::Completed, 0, Some(MicroUsd(223_515))),
        ]
    );
    assert_eq!(events.iter().filter(|event| **event == AgentEvent::TurnStarted).count(), 4);
}

#[test]
fn repeated_prompts_carry_their_id() {
    let events = read("claude-streamin.jsonl");
    let echoed: Vec<(Option<&str>, &str)> = events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::PromptEchoed { id, text } => Some((id.as_deref(), text.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(
        echoed,
        [
            (Some("b3136c7c-def3-4e52-9f0b-23d13dc69355"), "first [[scn:hello]]"),
            (Some("e69b69dd-7609-4d09-b291-87a597fd860e"), "second [[scn:bash]]"),
        ]
    );
}

#[test]
fn codex_edits_and_commits() {
    let events = read("codex-edit.jsonl");
    let kinds: Vec<String> = tools(&events).into_iter().map(|(tool, _)| tool).collect();
    assert_eq!(kinds, ["file_change", "command_execution", "file_change", "command_execution"]);
    assert_eq!(failed_tools(&events), Vec::<String>::new());
    let usage = Usage { input: 39361, cache_read: 1000, cache_write: 0, output: 184 };
    assert_eq!(
        ends(&events),
        [(
            TurnOutcome::Completed,
            Some("Done: committed greeting.txt.".to_owned()),
            Spent { usage: Some(usage), conversation_usage: Some(usage), cost: None },
            0
        )]
    );
}

#[test]
fn codex_counts_the_conversation_and_we_the_turn() {
    let total = Usage { input: 70379, cache_read: 1000, cache_write: 0, output: 201 };
    let before = Usage { input: 55925, cache_read: 1000, cache_write: 0, output: 190 };
    let spent = |start| ends(&read_from("codex-resume.jsonl", start)).remove(0).2;
    let known = spent(Start::Resumed(Some(before)));
    assert_eq!(known.usage, Some(Usage { input: 14454, cache_read: 0, cache_write: 0, output: 11 }));
    assert_eq!(known.conversation_usage, Some(total));
    let unknown = spent(Start::Resumed(None));
    assert_eq!((unknown.usage, unknown.conversation_usage), (None, Some(total)));
}

#[test]
fn warnings_of_codex_are_no_errors() {
    let events = read("codex-hooks-edit.jsonl");
    assert!(!events.iter().any(|event| matches!(event, AgentEvent::Error { .. })));
    assert_eq!(events.iter().filter(|event| matches!(event, AgentEvent::Notice { .. })).count(), 2);
    assert_eq!(tools(&read("codex-mcp.jsonl")), [("probe.echo".to_owned(), "over-stdio".to_owned())]);
}

#[test]
fn the_other_agents_sums_and_last_words() {
    let (outcome, text, spent, _) = ends(&read("gemini-edit.jsonl")).remove(0);
    assert_eq!((outcome, text.as_deref()), (TurnOutcome::Completed, Some("Done: committed greeting.txt.")));
    let usage = Usage { input: 49691, cache_read: 1000, cache_write: 0, output: 208 };
    assert_eq!((spent.usage, spent.cost), (Some(usage), None));

    let events = read("opencode-edit.jsonl");
    let (outcome, text, spent, _) = ends(&events).remove(0);
    assert_eq!((outcome, text.as_deref()), (TurnOutcome::Completed, Some("Done: committed greeting.txt.")));
    assert_eq!(spent.usage.map(|usage| (usage.cache_read, usage.output)), Some((1000, 184)));
    assert_eq!(spent.cost, Some(MicroUsd(98_559)));
    assert_eq!(tools(&events).len(), 4);

    let events = read("droid-edit.jsonl");
    let (outcome, text, spent, _) = ends(&events).remove(0);
    assert_eq!(
        (outcome, text.as_deref()),
        (TurnOutcome::Completed, Some("I added hello.txt and committed it."))
    );
    let usage = Usage { input: 6298, cache_read: 0, cache_write: 0, output: 50 };
    assert_eq!((spent.usage, spent.cost), (Some(usage), None));
    let git = "git add hello.txt && git commit -q -m 'Add hello'";
    assert_eq!(
        tools(&events),
        [("Create", "hello.txt"), ("Execute", git)].map(|(a, b)| (a.to_owned(), b.to_owned()))
    );
    assert_eq!(failed_tools(&read("droid-failed-tool.jsonl")).len(), 1);

    let (outcome, text, spent, _) = ends(&read("pi-resume.jsonl")).remove(0);
    assert_eq!((outcome, text.as_deref()), (TurnOutcome::Completed, Some("Hello from the scripted model.")));
    assert_eq!(spent.cost, Some(MicroUsd(5_577)));
}

#[test]
fn an_interrupted_opencode_stream_is_not_taken_for_success() {
    let text = corpus::read("transcripts", "opencode-edit.jsonl");
    let first_step: String = text.lines().take(4).map(|line| format!("{line}\n")).collect();
    let mut parser = Parser::new(OutputFormat::OpencodeRunJson, Start::Fresh);
    let mut events = parser.feed(first_step.as_bytes());
    events.extend(parser.finish());
    assert_eq!(ends(&events)[0].0, TurnOutcome::Interrupted);
}

#[test]
fn what_is_not_understood_is_kept_and_counted() {
    let mut parser = Parser::new(OutputFormat::ClaudeStreamJson, Start::Fresh);
    let events = parser.feed(
        b"{\"type\":\"brand_new\",\"x\":1}\nnot json\n[1]\n{\"type\":\"system\",\"subtype\":\"odd\"}\n",
    );
    let what: Vec<&str> = events
        .iter()
        .map(|event| match event {
            AgentEvent::Unknown { what, .. } => what.as_str(),
            _ => "understood",
        })
        .collect();
    assert_eq!(what, ["brand_new", "no JSON object", "no JSON object", "system"]);
    assert_eq!(parser.unknown_lines(), 4);
}

#[test]
fn text_is_told_line_by_line_and_a_terminal_says_nothing() {
    let mut parser = Parser::new(OutputFormat::Text, Start::Fresh);
    let mut events = parser.feed("eins\nzwei".as_bytes());
    events.extend(parser.finish());
    let texts: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            AgentEvent::MessageText { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["eins", "zwei"]);
    let mut parser = Parser::new(OutputFormat::Terminal, Start::Fresh);
    assert_eq!(parser.feed(b"\x1b[2Janything\n"), []);
}

#[test]
fn the_demo_agents_lines_are_read() {
    let lines = r#"{"type":"session","session_id":"s1","model":"demo","cwd":"/w"}
{"type":"turn"}
{"type":"prompt","id":"p1","text":"do it"}
{"type":"permission","request_id":"r1","tool":"edit","input":{"path":"a.txt"}}
{"type":"tool_call","id":"t1","tool":"edit","summary":"a.txt"}
{"type":"tool_result","id":"t1","ok":false,"summary":"denied"}
{"type":"done","text":"finished","outcome":"failed","class":"rate_limit","usage":{"input":10,"output":2},"cost_usd":0.25}
"#;
    let mut parser = Parser::new(OutputFormat::DemoJsonl, Start::Fresh);
    let events = parser.feed(lines.as_bytes());
    assert_eq!(parser.unknown_lines(), 0);
    assert!(
        events.contains(&AgentEvent::PromptEchoed { id: Some("p1".to_owned()), text: "do it".to_owned() })
    );
    assert!(matches!(&events[3], AgentEvent::PermissionRequest { summary, .. } if summary == "a.txt"));
    let (outcome, text, spent, _) = ends(&events).remove(0);
    assert_eq!(outcome, TurnOutcome::Failed(ErrorClass::RateLimit));
    assert_eq!((text.as_deref(), spent.cost), (Some("finished"), Some(MicroUsd(250_000))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_portions_give_the_same_events(
        file in proptest::sample::select(corpus::names("transcripts")),
        sizes in proptest::collection::vec(1usize..3000, 1..40),
    ) {
        let whole = read(&file);
        let text = printed(&file);
        let mut parser = Parser::new(format_of(&file), Start::Fresh);
        let (mut events, mut rest) = (Vec::new(), text.as_bytes());
        for size in sizes.iter().cycle() {
            let (portion, after) = rest.split_at((*size).min(rest.len()));
            events.extend(parser.feed(portion));
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        events.extend(parser.finish());
        prop_assert_eq!(events, whole);
    }

    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in [OutputFormat::ClaudeStreamJson, OutputFormat::CodexExecJson, OutputFormat::PiJson] {
            let mut parser = Parser::new(format, Start::Fresh);
            parser.feed(&bytes);
            parser.finish();
        }
    }

    #[test]
    fn damaged_lines_never_panic(
        file in proptest::sample::select(corpus::names("transcripts")),
        cut in 0usize..20_000,
        insert in "[\"{}\\[\\],:0-9a-z]{0,6}",
    ) {
        let mut text = printed(&file);
        let at = (0..=cut.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert_str(at, &insert);
        let mut parser = Parser::new(format_of(&file), Start::Fresh);
        parser.feed(text.as_bytes());
        parser.finish();
    }
}
