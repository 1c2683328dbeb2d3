//! A board with invented workspaces, its keys and its screen.

use jiff::SignedDuration;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use owt_api::Workspace;
use owt_tui::Beginning;
use owt_tui::Board;
use owt_tui::Command;
use owt_tui::Deed;
use owt_tui::Event;
use owt_tui::Keymap;
use owt_tui::Request;
use owt_tui::Setting;
use owt_tui::Theme;
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use serde_json::Value;
use serde_json::json;

/// The present of the stage.
pub(crate) const NOW: &str = "2026-01-02T12:00:00Z";

pub(crate) struct Stage {
    pub(crate) board: Board,
    size: (u16, u16),
    now: Timestamp,
}

impl Stage {
    pub(crate) fn new(columns: u16, rows: u16, workspaces: &[Value]) -> Self {
        let mut stage = Self::beginning(columns, rows, Beginning::default());
        stage.lists(workspaces);
        stage.pass(1_000);
        stage
    }

    /// One of all repositories, opened outside of any.
    pub(crate) fn outside(columns: u16, rows: u16, workspaces: &[Value]) -> Self {
        let mut stage = Self::of((columns, rows), None, Beginning::default());
        stage.lists(workspaces);
        stage.pass(1_000);
        stage
    }

    /// One that has heard nothing yet.
    pub(crate) fn beginning(columns: u16, rows: u16, beginning: Beginning) -> Self {
        Self::of((columns, rows), Some("/repos/shop"), beginning)
    }

    fn of(size: (u16, u16), repository: Option<&str>, beginning: Beginning) -> Self {
        let setting = Setting {
            cwd: repository.unwrap_or("/home/me").to_owned(),
            repository: repository.map(str::to_owned),
            title: "shop".to_owned(),
            keymap: Keymap::default(),
            zone: TimeZone::UTC,
            environment: [("PATH".to_owned(), "/bin".to_owned())].into(),
            commands: || {
                let command = |words: &str, about: &str, is_of_a_workspace| Command {
                    words: words.to_owned(),
                    about: about.to_owned(),
                    is_of_a_workspace,
                };
                vec![
                    command("pr create", "Push a branch and make a pull request of it", true),
                    command("restore", "List what was removed, or bring it back", false),
                ]
            },
            beginning,
        };
        let now: Timestamp = NOW.parse().unwrap();
        let board = Board::new(setting, size, now);
        Self { board, size, now }
    }

    /// The server says what there is.
    pub(crate) fn lists(&mut self, workspaces: &[Value]) -> Vec<Request> {
        let workspaces: Vec<Workspace> =
            workspaces.iter().map(|it| serde_json::from_value(it.clone()).unwrap()).collect();
        self.hears(Event::Listed(workspaces))
    }

    pub(crate) fn hears(&mut self, event: Event) -> Vec<Request> {
        if let Event::Resized(columns, rows) = event {
            self.size = (columns, rows);
        }
        self.board.step(event, self.now)
    }

    pub(crate) fn pass(&mut self, millis: i64) {
        self.now += SignedDuration::from_millis(millis);
    }

    /// Keys, with spaces between them; what they ask for.
    pub(crate) fn keys(&mut self, keys: &str) -> Vec<Request> {
        keys.split(' ').flat_map(|key| self.hears(Event::Key(key.parse().unwrap()))).collect()
    }

    pub(crate) fn writes(&mut self, text: &str) {
        self.hears(Event::Paste(text.to_owned()));
    }

    /// The one deed that the keys ask for.
    pub(crate) fn deed(&mut self, keys: &str) -> Deed {
        let mut asked = self.keys(keys);
        match (asked.pop(), asked.len()) {
            (Some(Request::Do(_, deed)), 0) => *deed,
            other => panic!("{keys}: {other:?}"),
        }
    }

    pub(crate) fn buffer(&self, theme: Theme) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        owt_tui::draw(&self.board, theme, &mut buffer);
        buffer
    }

    /// What a person reads.
    pub(crate) fn screen(&self) -> String {
        let buffer = self.buffer(Theme::Dark);
        let width = usize::from(self.size.0.max(1));
        let line = |cells: &[ratatui_core::buffer::Cell]| {
            let mut line = String::new();
            let mut covered = 0;
            for cell in cells {
                // The second half of a wide letter is a cell of its own.
                if covered > 0 {
                    covered -= 1;
                    continue;
                }
                covered = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
                line.push_str(cell.symbol());
            }
            line.trim_end().to_owned()
        };
        buffer.content().chunks(width).map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A workspace with nothing unusual.
pub(crate) fn workspace(name: &str, status: &str, more: &Value) -> Value {
    let mut it = json!({
        "id": format!("ws_{name}"), "name": name, "branch": format!("feat/{name}"), "path": format!("/repos/shop-{name}"),
        "repository": "/repos/shop", "kind": "worktree", "agent": "claude", "backend": "structured", "session": "att_1",
        "status": status, "status_since": "2026-01-02T11:55:00Z", "status_source": "protocol",
        "title": format!("Do {name}"), "conflicts_with": [],
        "created_at": "2026-01-02T11:00:00Z", "updated_at": "2026-01-02T11:55:00Z",
    });
    for (key, value) in more.as_object().unwrap() {
        it[key] = value.clone();
    }
    it
}

/// What a terminal shows.
pub(crate) fn picture(rows: &[&str], looks: &Value) -> owt_api::SessionScreen {
    serde_json::from_value(json!({ "name": "it", "rows": rows, "looks": looks, "title": "" })).unwrap()
}

/// All about a workspace, whose agent said this last.
pub(crate) fn detail(last_lines: &[&str]) -> owt_api::WorkspaceDetail {
    let more = json!({ "attempts": [], "deliveries": [], "last_lines": last_lines });
    serde_json::from_value(workspace("it", "exited", &more)).unwrap()
}

/// A request for permission.
pub(crate) fn permission(request: &str, command: &str) -> Value {
    json!([{ "request": request, "tool": "Bash", "summary": command }])
}
