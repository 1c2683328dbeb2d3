//! The mouse: what is clicked is what its key does, and what is turned is what scrolls. It must not know where anything
//! stands.

use super::Board;
use crate::draw;
use crate::event::Request;
use crate::key::Code;
use crate::key::Key;
use crate::layer::Layer;

impl Board {
    pub(super) fn click(&mut self, column: u16, row: u16) -> Vec<Request> {
        if let Some(key) = draw::key_at(self, column, row) {
            return self.key(key);
        }
        if let Some(at) = draw::item_at(self, column, row) {
            return self.pick(at);
        }
        if let Some(at) = draw::letter_at(self, column, row) {
            self.write_at(at);
            return Vec::new();
        }
        if let Some(line) = draw::patch_line_at(self, column, row) {
            self.read_line(line);
            return Vec::new();
        }
        if self.layers.is_empty()
            && let Some(at) = draw::row_at(self, column, row)
        {
            match &mut self.view {
                Some(view) => {
                    view.chosen = at;
                    self.select_what_is_viewed();
                }
                None => self.fleet.select_at(at),
            }
        }
        Vec::new()
    }

    fn pick(&mut self, at: usize) -> Vec<Request> {
        if let Some(Layer::Pick(picker)) = self.layers.top_mut() {
            picker.chosen = at;
        }
        self.key(Key::plain(Code::Enter))
    }

    /// The next letter comes where was clicked.
    fn write_at(&mut self, at: usize) {
        match self.layers.top_mut() {
            Some(Layer::Write(writing)) => writing.editor.go_to(at),
            Some(Layer::Review(review)) => review.write_at(at),
            _ => {}
        }
    }

    fn read_line(&mut self, line: usize) {
        if let Some(Layer::Review(review)) = self.layers.top_mut() {
            review.read_at(line);
        }
    }

    pub(super) fn wheel(&mut self, lines: i16) -> Vec<Request> {
        match (self.layers.top_mut(), self.side.pane()) {
            (Some(Layer::Review(review)), _) => review.move_by(isize::from(lines) * 3),
            (Some(Layer::Help { .. } | Layer::Choice(_) | Layer::Pick(_) | Layer::Write(_)), _) => {
                let code = if lines > 0 { Code::Down } else { Code::Up };
                return (0..lines.unsigned_abs()).flat_map(|_| self.key(Key::plain(code))).collect();
            }
            (None, Some(_)) => self.side.scroll(isize::from(lines) * 3, draw::pane_room(self)),
            (None, None) => self.move_by(lines.into()),
        }
        Vec::new()
    }
}
