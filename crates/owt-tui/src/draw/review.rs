//! The review over the whole screen. It must not know what its keys do.

use ratatui_core::layout::Position;
use ratatui_core::layout::Rect;

use crate::draw::Canvas;
use crate::draw::layers::put_lines;
use crate::draw::layers::within;
use crate::draw::layers::wrapped;
use crate::draw::narrow;
use crate::draw::typed;
use crate::editor::Editor;
use crate::pane::State;
use crate::patch::Of;
use crate::patch::Shown;
use crate::review::Form;
use crate::review::Mode;
use crate::review::Review;
use crate::status::Tone;
use crate::text;

/// Comments stand in from their lines.
const INDENT: u16 = 4;

/// From here on there is room for a file as it was beside the file as it is.
const ROOM_FOR_BOTH: u16 = 80;

/// A comment that is being written has so many lines at most.
const WRITTEN: u16 = 6;

pub(super) fn draw(review: &Review, screen: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    let inner = canvas.frame(screen, &format!("Review {}", review.name));
    let editor = editor(review);
    let Places { head, patch, below, foot } = Places::of(review, inner);
    put_lines(&head, inner, canvas);
    draw_patch(review, patch, canvas);
    let (tone, words) = keys(review);
    canvas.put((foot.x, foot.y), foot.width, tone, &words);
    editor.and_then(|editor| draw_editor(review, editor, below, canvas))
}

fn editor(review: &Review) -> Option<&Editor> {
    match &review.mode {
        Mode::Writing(editor) | Mode::Unkept(editor) => Some(editor),
        Mode::Reading | Mode::Leaving => None,
    }
}

/// What stands where.
struct Places {
    /// The lines above the patch.
    head: Vec<(Tone, String)>,
    patch: Rect,
    /// Where a comment is written.
    below: Rect,
    foot: Rect,
}

impl Places {
    fn of(review: &Review, inner: Rect) -> Self {
        let mut head = wrapped(&review.head(), inner.width);
        let tall = narrow(head.len()).min(inner.height / 3);
        let more = (head.len() + 1).saturating_sub(usize::from(tall));
        head.truncate(usize::from(tall));
        if let Some(last) = head.last_mut().filter(|_| more > 1) {
            let words = format!("… {more} more lines of this: owt critic ship {}", text::line(&review.name));
            *last = (Tone::Warn, words);
        }
        let foot = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
        let written = editor(review)
            .map_or(0, |editor| 1 + typed::height(editor, inner.width.saturating_sub(2)).clamp(1, WRITTEN));
        let written = written.min(inner.height.saturating_sub(tall + 1));
        let below = Rect { y: foot.y.saturating_sub(written), height: written, ..inner };
        let height = inner.height.saturating_sub(tall + 1 + written);
        Self { head, patch: Rect { y: inner.y + tall, height, ..inner }, below, foot }
    }
}

/// Which line of the patch stands there.
pub(super) fn line_at(review: &Review, screen: Rect, place: Position) -> Option<usize> {
    let area = Places::of(review, within(screen)).patch;
    if !area.contains(place) {
        return None;
    }
    let shown = shown(review, area);
    let mut y = area.y;
    for line in shown.iter().skip(first(review, &shown, area)) {
        let comments: usize = line.lines().map(|at| comment(review, at, area.width).len()).sum();
        let next = y.saturating_add(1).saturating_add(narrow(comments));
        if (y..next).contains(&place.y) {
            let is_right = place.x >= area.x + 2 + (area.width.saturating_sub(2)) / 2;
            return match line {
                Shown::Whole(at) => Some(*at),
                Shown::Beside(before, after) if is_right => after.or(*before),
                Shown::Beside(before, after) => before.or(*after),
            };
        }
        y = next;
    }
    None
}

fn keys(review: &Review) -> (Tone, String) {
    let count = review.comments.len();
    match &review.mode {
        Mode::Reading => {
            let enter = if count == 0 { "enter closes".to_owned() } else { format!("enter sends {count}") };
            let comment = if review.takes_comments() { "c comment · " } else { "" };
            (
                Tone::Dim,
                format!(
                    "{comment}{enter} · ] [ files · }} {{ hunks · v side by side · ? all keys · esc closes"
                ),
            )
        }
        Mode::Writing(_) => (Tone::Dim, "enter keeps it · alt-enter a new line · esc closes".to_owned()),
        Mode::Unkept(_) => {
            (Tone::Warn, "not kept yet: enter keeps it · d drops it · esc goes on writing".to_owned())
        }
        Mode::Leaving => {
            let what = format!("not sent yet, {count}: enter sends · d drops them all · esc goes on reading");
            (Tone::Warn, what)
        }
    }
}

fn shown(review: &Review, area: Rect) -> Vec<Shown> {
    match review.form {
        Form::Beside if area.width >= ROOM_FOR_BOTH => review.patch.beside(),
        Form::Beside | Form::Unified => review.patch.unified(),
    }
}

fn draw_patch(review: &Review, area: Rect, canvas: &mut Canvas<'_>) {
    let shown = shown(review, area);
    let mut y = area.top();
    for line in shown.iter().skip(first(review, &shown, area)) {
        if y >= area.bottom() {
            return;
        }
        draw_line(review, *line, Rect { y, height: 1, ..area }, canvas);
        y += 1;
        for words in line.lines().flat_map(|at| comment(review, at, area.width)) {
            if y < area.bottom() {
                canvas.put((area.x + INDENT, y), area.width.saturating_sub(INDENT), Tone::Warn, &words);
                y += 1;
            }
        }
    }
    let note = match &review.state {
        State::Failed(why) => (Tone::Bad, why.as_str()),
        State::Reading => (Tone::Dim, "reading …"),
        State::Whole if shown.is_empty() => (Tone::Dim, "nothing has changed"),
        State::Live | State::Whole => return,
    };
    if y < area.bottom() {
        canvas.put((area.x + 2, y), area.width.saturating_sub(2), note.0, note.1);
    }
}

/// A line of the screen; what the cursor is on stands out, and that alone.
fn draw_line(review: &Review, line: Shown, area: Rect, canvas: &mut Canvas<'_>) {
    let is_here = line.lines().any(|at| at == review.cursor);
    canvas.put((area.x, area.y), area.width, Tone::Active, if is_here { "▶" } else { " " });
    let room = Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area };
    let left = Rect { width: room.width / 2, ..room };
    let right = Rect { x: room.x + left.width, width: room.width - left.width, ..room };
    let parts = match line {
        Shown::Whole(at) => [Some((at, Of::After, area, room)), None],
        Shown::Beside(before, after) => {
            let gap = Rect { width: left.width.saturating_sub(1), ..left };
            [before.map(|at| (at, Of::Before, left, gap)), after.map(|at| (at, Of::After, right, right))]
        }
    };
    for (at, of, whole, room) in parts.into_iter().flatten() {
        let Some(line) = review.patch.lines.get(at) else { continue };
        let gutter = review.patch.gutter(usize::from(room.width), review.shift);
        canvas.put_line(&line.numbered(of, gutter), room);
        if at == review.cursor {
            canvas.fill(whole, canvas.theme.selected());
        }
    }
}

fn comment(review: &Review, at: usize, width: u16) -> Vec<String> {
    let Some(comment) = review.comments.get(&at) else { return Vec::new() };
    let room = usize::from(width.saturating_sub(INDENT + 2)).max(1);
    let lines = text::lines(comment).into_iter().flat_map(|line| text::wrap(&line, room, 20));
    lines.map(|line| format!("┃ {line}")).collect()
}

/// The first line to be seen, so that the cursor's is in the middle, with the comments before it.
fn first(review: &Review, shown: &[Shown], area: Rect) -> usize {
    let mut room = usize::from(area.height / 2);
    let mut first = shown.iter().position(|line| line.lines().any(|at| at == review.cursor)).unwrap_or(0);
    while let Some(before) = first.checked_sub(1) {
        let comments =
            |line: &Shown| line.lines().map(|at| comment(review, at, area.width).len()).sum::<usize>();
        let needed = 1 + shown.get(before).map_or(0, comments);
        if needed > room {
            break;
        }
        room -= needed;
        first = before;
    }
    first
}

/// The letter that stands there, of a comment that is being written.
pub(super) fn letter_at(review: &Review, screen: Rect, place: Position) -> Option<usize> {
    let below = Places::of(review, within(screen)).below;
    typed::letter_at(editor(review)?, room_of_editor(below), place)
}

/// Where the comment itself stands, below what it is about.
fn room_of_editor(below: Rect) -> Rect {
    let (width, height) = (below.width.saturating_sub(2), below.height.saturating_sub(1));
    Rect { x: below.x + 2, y: below.y + 1, width, height }
}

fn draw_editor(review: &Review, editor: &Editor, area: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    let place = review.line().and_then(|line| line.place.as_ref())?;
    let title = format!("On {}:{}", text::line(&place.path), place.line);
    canvas.put((area.x, area.y), area.width, Tone::Strong, &title);
    let cursor = typed::draw(editor, room_of_editor(area), canvas);
    (area.height > 1).then_some(cursor)
}
