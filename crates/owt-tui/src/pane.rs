//! What is shown of one workspace beside the rows: a log, a diff, the evidence. It must not know where it stands on the
//! screen, nor how what it shows is read.

use owt_api as api;

use crate::event::Look;
use crate::event::Seen;
use crate::event::SubjectKind;
use crate::ink::Ink;
use crate::ink::Line;
use crate::patch::Of;
use crate::patch::Patch;
use crate::row;
use crate::screen;
use crate::status;
use crate::status::Tone;
use crate::text;

/// So many lines of a log are kept.
const LINES: usize = 5_000;

/// An open pane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pane {
    /// The workspace's id.
    pub(crate) of: String,
    pub(crate) kind: SubjectKind,
    pub(crate) look: Look,
    pub(crate) zoomed: bool,
    pub(crate) state: State,
    lines: Vec<Line>,
    /// Instead of lines, of a diff.
    patch: Patch,
    /// The last line goes on with the next text.
    is_open: bool,
    /// Lines between the beginning and the top; of what is read from its end between that and the bottom.
    scroll: usize,
    /// Columns of a diff or a terminal that are left of what is seen; other lines are broken at the edge.
    shift: usize,
    /// Another look has begun, and what is shown is of the last.
    is_stale: bool,
}

/// How far the reading is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Reading,
    /// It is as shown now, and what comes takes its place.
    Live,
    Whole,
    Failed(String),
}

impl Pane {
    pub(crate) fn new(of: String, kind: SubjectKind, look: Look) -> Self {
        let (lines, patch, state) = (Vec::new(), Patch::default(), State::Reading);
        Self {
            of,
            kind,
            look,
            zoomed: false,
            state,
            lines,
            patch,
            is_open: false,
            scroll: 0,
            shift: 0,
            is_stale: false,
        }
    }

    pub(crate) fn zoomed(self, zoomed: bool) -> Self {
        Self { zoomed, ..self }
    }

    /// The same is looked at again; what was seen stays until there is something new.
    pub(crate) fn renew(&mut self, look: Look) {
        (self.look, self.is_stale) = (look, true);
    }

    /// Whether news of it come without being asked for.
    pub(crate) const fn goes_on(&self) -> bool {
        match self.kind {
            SubjectKind::Log => true,
            SubjectKind::Screen => matches!(self.state, State::Reading | State::Live),
            SubjectKind::Diff | SubjectKind::Evidence | SubjectKind::Detail => false,
        }
    }

    pub(crate) const fn title(&self) -> &'static str {
        match self.kind {
            SubjectKind::Screen => "terminal",
            SubjectKind::Log => "log",
            SubjectKind::Diff => "diff",
            SubjectKind::Evidence => "evidence",
            SubjectKind::Detail => "last words",
        }
    }

    pub(crate) fn take(&mut self, seen: Seen) {
        if std::mem::take(&mut self.is_stale) {
            self.lines.clear();
            (self.patch, self.is_open) = (Patch::default(), false);
        }
        match seen {
            Seen::Text(text) if self.kind == SubjectKind::Diff => self.patch.push(&text),
            Seen::Text(text) => self.push_text(&text),
            Seen::Evidence(explanation) => self.show_all(evidence(&explanation)),
            Seen::Detail(detail) => self.show_all(self::detail(&detail)),
            Seen::Screen(screen) => {
                self.lines = screen::lines(&screen);
                self.state = State::Live;
            }
            Seen::End => {
                self.patch.end();
                self.state = State::Whole;
            }
            Seen::Failed(why) => self.state = State::Failed(text::line(&why)),
        }
    }

    fn show_all(&mut self, lines: Vec<(Tone, String)>) {
        let lines = lines.into_iter().map(|(tone, line)| Line::toned(tone, text::harmless(&line)));
        self.lines = lines.collect();
        self.state = State::Whole;
    }

    fn push_text(&mut self, more: &str) {
        for piece in more.split_inclusive('\n') {
            let ends = piece.ends_with('\n');
            let piece = text::harmless(piece);
            match self.lines.last_mut().filter(|_| self.is_open) {
                Some(last) => last.push(Ink::Tone(Tone::Plain), &piece),
                None => self.push_line(piece),
            }
            self.is_open = !ends;
        }
    }

    /// The newest of a log are kept.
    fn push_line(&mut self, line: String) {
        if self.lines.len() >= LINES {
            self.lines.drain(..LINES / 10);
        }
        self.lines.push(Line::toned(Tone::Plain, line));
    }

    /// Whether its end is what matters: there is what is said or asked now.
    const fn is_from_the_end(&self) -> bool {
        matches!(self.kind, SubjectKind::Log | SubjectKind::Screen | SubjectKind::Detail)
    }

    /// Whether its lines stay whole, to be moved sideways.
    const fn is_wide(&self) -> bool {
        matches!(self.kind, SubjectKind::Diff | SubjectKind::Screen)
    }

    /// So many rows of the screen does it take.
    fn count(&self, width: usize) -> usize {
        match self.is_wide() {
            true => self.lines.len() + self.patch.lines.len(),
            false => self.lines.iter().map(|line| line.wrapped(width).len()).sum(),
        }
    }

    /// Moves so many columns to the right; negative is to the left.
    pub(crate) fn shift(&mut self, columns: isize) {
        let lines = self.lines.iter().chain(self.patch.lines.iter().map(|line| &line.shown));
        let widest = lines.map(|line| text::columns(&line.text)).max().unwrap_or(0);
        let most = if self.is_wide() { widest.saturating_sub(1) } else { 0 };
        self.shift = self.shift.saturating_add_signed(columns).min(most);
    }

    /// Moves so many lines down, where there is room for so many columns and rows; negative is up.
    pub(crate) fn scroll(&mut self, lines: isize, (width, height): (usize, usize)) {
        let lines = if self.is_from_the_end() { -lines } else { lines };
        let most = self.count(width).saturating_sub(height);
        self.scroll = self.scroll.saturating_add_signed(lines).min(most);
    }

    fn shifted(&self, line: &Line) -> Line {
        if self.shift == 0 { line.clone() } else { line.beyond(self.shift) }
    }

    /// What is to be seen in so many columns and rows.
    pub(crate) fn window(&self, (width, height): (usize, usize)) -> Vec<Line> {
        let top = self.count(width).saturating_sub(height);
        let from = match self.is_from_the_end() {
            true => top.saturating_sub(self.scroll),
            false => self.scroll.min(top),
        };
        let gutter = self.patch.gutter(width, self.shift);
        let patch = self.patch.lines.iter().map(|line| line.numbered(Of::After, gutter));
        match self.is_wide() {
            true => self
                .lines
                .iter()
                .map(|line| self.shifted(line))
                .chain(patch)
                .skip(from)
                .take(height)
                .collect(),
            false => self.lines.iter().flat_map(|line| line.wrapped(width)).skip(from).take(height).collect(),
        }
    }
}

fn evidence(it: &api::Explanation) -> Vec<(Tone, String)> {
    let said = |ruling: &api::Ruling| format!("{}: {}", status::word(ruling.status), ruling.why);
    let mut lines =
        vec![(status::tone(it.status), format!("{} {}", status::glyph(it.status), status::word(it.status)))];
    lines.extend(it.detail.iter().map(|detail| (Tone::Warn, detail.clone())));
    lines.push((Tone::Plain, format!("because {}", it.decided.why)));
    lines.push((Tone::Dim, format!("the rule {}, from {}", it.decided.rule, it.source)));
    if !it.overruled.is_empty() {
        lines.push((Tone::Strong, "Overruled".to_owned()));
        lines.extend(it.overruled.iter().map(|ruling| (Tone::Plain, format!("  {}", said(ruling)))));
    }
    lines.push((Tone::Strong, "Seen, the newest first".to_owned()));
    for piece in it.evidence.iter().rev() {
        let tone = if piece.decides { Tone::Active } else { Tone::Plain };
        let age = row::span(i64::try_from(piece.age_s).unwrap_or(i64::MAX));
        lines.push((tone, format!("  {age:>4}  {:<10} {:<6}  {}", piece.source, piece.weight, piece.says)));
    }
    if !it.disbelieved.is_empty() {
        lines.push((Tone::Strong, "Seen and not believed".to_owned()));
        let words = |piece: &api::DisbelievedPiece| {
            let often = if piece.times > 1 { format!(", {} times", piece.times) } else { String::new() };
            format!("  {}: {}{often}, because {}", piece.source, piece.says, piece.why)
        };
        lines.extend(it.disbelieved.iter().map(|piece| (Tone::Dim, words(piece))));
    }
    lines
}

fn detail(it: &api::WorkspaceDetail) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    if let Some(task) = &it.workspace.assignment.task {
        lines.push((Tone::Strong, "Task".to_owned()));
        lines.extend(text::lines(task).into_iter().map(|line| (Tone::Plain, format!("  {line}"))));
    }
    for tool in &it.tools {
        lines.push((Tone::Active, format!("{} {}", tool.tool, tool.summary)));
    }
    lines.push((Tone::Strong, "Last words".to_owned()));
    lines.extend(it.last_lines.iter().map(|line| (Tone::Plain, format!("  {line}"))));
    lines
}
